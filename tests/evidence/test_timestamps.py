"""Time stamps of RFC 3161: asked for by the sealer, kept beside checkpoints, checked by `verify`.

`openssl ts` is the referee: an authority that the sealer asks, and a reader of what lies there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from affidavit import SettingsError
from affidavit_ledger.places import TIMESTAMPS, checkpoint_key, timestamps_key
from affidavit_ledger.seal_report import SealReport
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.time_basis import TimeBasis
from affidavit_ledger.timestamps import LONGEST, Authorities, TimestampAuthority
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from command_line import Terminal
from evidence_world import DictArchive, World
from offline import OFFLINE
from tsa_stand_in import TSA_NAME, StandInAuthority, answering, pem

OPENSSL = shutil.which("openssl")
CONFIG = """
[tsa]
default_tsa = own
[own]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""

needs_openssl = pytest.mark.skipif(
    OPENSSL is None and "CI" not in os.environ, reason="needs openssl: apt install openssl"
)


class _Watched(DictArchive):
    """An archive that writes down what is read."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        super().__init__(objects)
        self.read: list[str] = []

    def get(self, key: str) -> bytes:
        self.read.append(key)
        return super().get(key)


class Stamped:
    """A world whose sealer asks an authority for the time."""

    def __init__(self, folder: Path, known: StandInAuthority) -> None:
        self.world = World(3, names=["w0"])
        self.known = known
        self.file = folder / "tsa.pem"
        self.file.write_bytes(known.pem)
        self.authorities = Authorities.read(self.file)

    @property
    def now_s(self) -> int:
        return self.world.now_ms // 1000

    def answer(self, query: bytes) -> bytes | None:
        return self.known.answer(query, self.now_s)

    def seal(self, url: str) -> SealReport:
        world = self.world
        world.now_ms += 60_000
        world.emit(world.writers[0])
        sealer = world.sealer(
            witness=None, tsa=TimestampAuthority.open(urlsplit(f"{url}?certificates={self.file}"))
        )
        return seal_new(sealer, world.table)

    def verify(self) -> VerificationResult:
        world = self.world
        evidence = Evidence(
            archive=world.archive, verifier=world.signer.public, authorities=self.authorities
        )
        return verify(evidence, now_ms=world.now_ms)

    def kinds(self) -> list[str]:
        return [finding.kind.value for finding in self.verify().findings]

    def tokens(self) -> list[str]:
        return list(self.world.archive.keys(TIMESTAMPS))


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    return Terminal(capsys, tmp_path)


@pytest.fixture
def stamped(tmp_path: Path) -> Stamped:
    return Stamped(tmp_path, StandInAuthority())


@pytest.fixture
def openssl_authority(tmp_path: Path) -> Iterator[tuple[Stamped, str]]:
    """Let `openssl ts` answer, whose clock is that of this machine."""
    known = StandInAuthority(ends=2120)
    key = known.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for name, data in (
        ("key", key),
        ("certificate", pem(known.certificate)),
        ("config", CONFIG.encode()),
    ):
        (tmp_path / name).write_bytes(data)

    def answer(query: bytes) -> bytes:
        (tmp_path / "query").write_bytes(query)
        _openssl(
            tmp_path,
            *("-reply", "-config", "config", "-queryfile", "query", "-out", "reply"),
            *("-inkey", "key", "-signer", "certificate"),
        )
        return (tmp_path / "reply").read_bytes()

    there = Stamped(tmp_path, known)
    there.world.now_ms = (time.time_ns() // 10**9 - 180) * 1000
    with answering(answer) as url:
        yield there, url


def _openssl(folder: Path, *words: str) -> str:
    assert OPENSSL is not None, "apt install openssl"
    done = subprocess.run(
        [OPENSSL, "ts", *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def _reads(folder: Path, stamped: Stamped, number: int, *more: str) -> bool:
    """Tell whether `openssl ts -verify` takes the token for one over the checkpoint's object."""
    objects = stamped.world.archive.objects
    (folder / "note").write_bytes(objects[checkpoint_key(number)])
    (folder / "token").write_bytes(objects[timestamps_key(number)])
    words = ("-verify", "-data", "note", "-in", "token", "-CAfile", stamped.file.name, *more)
    return "OK" in _openssl(folder, *words)


@needs_openssl
def test_openssl_stamps_and_reads(openssl_authority: tuple[Stamped, str], tmp_path: Path) -> None:
    """Each checkpoint has a token, both accept it, and the verifier says what time rests on."""
    there, url = openssl_authority
    reports = [there.seal(url) for _ in range(3)]
    verdict = there.verify()

    assert [0, 0, 0] == [report.unstamped for report in reports]
    assert [timestamps_key(number) for number in range(3)] == there.tokens()
    assert verdict.clean, verdict.findings
    assert (f"the time-stamping authority {TSA_NAME}", 2) == (
        verdict.time.who,
        verdict.time.checkpoint,
    )
    assert all(_reads(tmp_path, there, number) for number in range(3))


@needs_openssl
def test_openssl_reads_what_the_stand_in_stamps(stamped: Stamped, tmp_path: Path) -> None:
    """So that what the corpus holds are tokens, and not only what we take for some."""
    with answering(stamped.answer) as url:
        stamped.seal(url)

    assert _reads(tmp_path, stamped, 0, "-attime", str(stamped.now_s))


def test_an_authority_that_is_away_holds_nothing_up(stamped: Stamped) -> None:
    """The seal is there, and says so; whoever asks for time stamps finds that they are missing."""
    with answering(lambda _: None) as url:
        assert [1, 1] == [stamped.seal(url).unstamped for _ in range(2)]
    assert 1 == stamped.seal("http://127.0.0.1:9/nobody").unstamped
    assert [] == stamped.tokens()
    assert ["unstamped"] == stamped.kinds()
    with answering(stamped.answer) as url:
        assert 0 == stamped.seal(url).unstamped
    assert [] == stamped.kinds()


@pytest.mark.parametrize("how", ["junk", "long", "another nonce", "another hash", "a stranger"])
def test_an_answer_that_does_not_hold_is_not_kept(stamped: Stamped, how: str) -> None:
    """It would make the archive not clean for ever."""

    def answer(query: bytes) -> bytes:
        at = query.index(b"\x04\x20") + 2
        if how == "junk":
            return b"thanks"
        if how == "long":
            return bytes(LONGEST + 1)
        if how == "another nonce":
            return stamped.known.stamp(query[at : at + 32], stamped.now_s, 1)
        if how == "another hash":
            return stamped.known.answer(query[:at] + bytes(32) + query[at + 32 :], stamped.now_s)
        return StandInAuthority(2).answer(query, stamped.now_s)

    with answering(answer) as url:
        assert 1 == stamped.seal(url).unstamped
    assert [] == stamped.tokens()


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("of another checkpoint", "timestamp-broken"),
        ("no token", "timestamp-broken"),
        ("of a stranger", "timestamp-foreign"),
        ("with another signature", "timestamp-foreign"),
        ("of an hour later", "time-differs"),
        ("gone", "unstamped"),
    ],
)
def test_what_is_wrong_has_a_finding_of_its_own(stamped: Stamped, how: str, kind: str) -> None:
    """On the newest checkpoint, six minutes after the one before."""
    with answering(stamped.answer) as url:
        stamped.seal(url)
        stamped.world.now_ms += 300_000
        stamped.seal(url)
    objects, name = stamped.world.archive.objects, timestamps_key(1)
    note, token = objects[checkpoint_key(1)], objects.pop(name)
    assert ["unstamped"] == stamped.kinds()
    wrong = {
        "of another checkpoint": objects[timestamps_key(0)],
        "no token": token[1:],
        "of a stranger": StandInAuthority(2).token(note, stamped.now_s),
        "with another signature": token[:-1] + bytes([token[-1] ^ 1]),
        "of an hour later": stamped.known.token(note, stamped.now_s + 3600),
    }
    if how in wrong:
        objects[name] = wrong[how]
    found = stamped.verify()

    assert sorted({kind, "unstamped"}) == sorted(finding.kind.value for finding in found.findings)
    assert (False, 0) == (found.clean, found.time.checkpoint)


@pytest.mark.parametrize("ahead_s", [-3600, -301, -300, 300, 301, 3600])
def test_a_sealer_whose_clock_is_wrong_is_found(stamped: Stamped, ahead_s: int) -> None:
    """Whatever it says of the time, the token says another one, and is kept."""
    with answering(lambda query: stamped.known.answer(query, stamped.now_s - ahead_s)) as url:
        assert 0 == stamped.seal(url).unstamped
    wrong = ["time-differs", "unstamped"] if abs(ahead_s) > 300 else []

    assert wrong == stamped.kinds()


def test_with_a_mark_older_time_stamps_are_not_read_again(stamped: Stamped) -> None:
    """Only those behind it, and the one at it."""
    with answering(stamped.answer) as url:
        for _ in range(6):
            stamped.seal(url)
        mark = stamped.verify().mark
        for _ in range(2):
            stamped.seal(url)
    archive = _Watched(stamped.world.archive.objects)
    evidence = Evidence(
        archive=archive, verifier=stamped.world.signer.public, authorities=stamped.authorities
    )
    verdict = verify(evidence, now_ms=stamped.world.now_ms, mark=mark)

    assert (True, 7) == (verdict.clean, verdict.time.checkpoint)
    assert [timestamps_key(number) for number in (7, 6, 5)] == [
        key for key in archive.read if key.startswith(TIMESTAMPS)
    ]


def test_the_basis_that_reaches_further_counts() -> None:
    """Two that speak of one checkpoint are named both."""
    nobody, one, other = TimeBasis(), TimeBasis("a", "1", 3), TimeBasis("b", "2", 3)

    assert (one, one) == (nobody.beside(one), one.beside(nobody))
    assert TimeBasis("a and b", "2", 3) == one.beside(other)
    assert other._replace(checkpoint=4) == one.beside(other._replace(checkpoint=4))


def test_without_known_authorities_the_sealers_clock_is_all(stamped: Stamped) -> None:
    """Time stamps of nobody that one trusts say nothing."""
    with answering(stamped.answer) as url:
        stamped.seal(url)
    world = stamped.world
    evidence = Evidence(archive=world.archive, verifier=world.signer.public)

    assert "the sealer's clock alone" == verify(evidence, now_ms=world.now_ms).time.who


def test_an_address_names_its_certificates(tmp_path: Path) -> None:
    """Other parts of the query are the authority's own."""
    file = tmp_path / "tsa.pem"
    file.write_bytes(StandInAuthority().pem)
    found = TimestampAuthority.open(urlsplit(f"https://x.example/t?a=1&certificates={file}"))

    assert "https://x.example/t?a=1" == found.url
    for wrong in (
        "https://x.example/t",
        f"ftp://x.example/t?certificates={file}",
        f"https:?certificates={file}",
        f"https://x.example/t?certificates={tmp_path}/missing",
        f"https://x.example/t?certificates={Path(__file__)}",
    ):
        with pytest.raises(SettingsError):
            TimestampAuthority.open(urlsplit(wrong))


def test_without_the_library_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No ImportError reaches anybody."""
    file = tmp_path / "tsa.pem"
    file.write_bytes(StandInAuthority().pem)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)

    with pytest.raises(SettingsError, match="timestamps"):
        Authorities.read(file)


def test_the_setting_and_the_options_are_obeyed(
    terminal: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With AFFIDAVIT_TSA there is a token; `verify` looks at it if it is told whom to believe."""
    known = StandInAuthority(ends=2120)
    file = tmp_path / "tsa.pem"
    file.write_bytes(known.pem)
    places = ("--ledger", terminal.ledger, "--archive", terminal.archive)
    asked = ("verify", *places, "--public-key", str(terminal.folder / "sealer.pub"))
    terminal.invoke(2)
    assert "no time stamp" not in terminal("seal", *places, "--signer", terminal.signer).out
    alone = terminal(*asked)
    assert (0, True) == (alone.code, "the sealer's clock alone" in alone.out)
    with answering(lambda query: known.answer(query, time.time_ns() // 10**9)) as url:
        address = f"{url}?certificates={file}"
        terminal.invoke(2)
        said = terminal("seal", *places, "--signer", terminal.signer, "--tsa", address)
        assert (0, False) == (said.code, "no time stamp" in said.out)
    believed = terminal(*asked, "--tsa-certificates", str(file))
    assert (0, True) == (believed.code, TSA_NAME in believed.out)
    monkeypatch.setenv("AFFIDAVIT_TSA", address)
    named = terminal(*asked)
    assert (0, True) == (named.code, TSA_NAME in named.out)
    terminal.invoke(2)
    said = terminal("seal", *places, "--signer", terminal.signer)
    assert (0, True) == (said.code, "no time stamp" in said.out)
    terminal.invoke(1)
    told = terminal("seal", *places, "--signer", terminal.signer, "--output", "json")
    parts = ("unstamped", "unsigned", "lost", "aside", "repaired")
    assert [1, 0, 0, 0, 0] == [told.data[part] for part in parts]
    assert 0 == terminal(*asked, "--tsa-certificates", str(file)).code
    folder, key = str(terminal.folder / "archive"), str(terminal.folder / "sealer.pub")
    assert 0 == OFFLINE.main(["archive", folder, key])
    assert "Time stamps are not looked at" in capsys.readouterr().out
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(StandInAuthority(2).pem)
    found = terminal(*asked, "--tsa-certificates", str(stranger), "--output", "json")
    assert {"timestamp-foreign": 1, "unstamped": 1} == found.data["counts"]
