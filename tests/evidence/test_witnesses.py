"""Witnesses that cosign: a strict one, asked by the sealer, and checked by both verifiers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerKeyError, SettingsError
from affidavit_ledger.cosignatures import WitnessKey, consistency, read_witness_keys
from affidavit_ledger.merkle import leaf_hash, root_of
from affidavit_ledger.places import COSIGNATURES, cosignatures_key
from affidavit_ledger.seal_report import SealReport
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.witnesses import HttpWitness, WitnessError, proof_from
from evidence_world import World
from offline import OFFLINE
from witness_stand_in import NAME, StrictWitness, _leads, listening

LEAVES = [leaf_hash(b"%d" % n) for n in range(70)]


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_proof_leads_from_any_size_to_any_larger_one(one: int, other: int) -> None:
    """Checked step by step as RFC 9162, section 2.1.4.2, says it."""
    old, new = sorted((one, other))
    proof = list(consistency(lambda a, b: root_of(LEAVES[a:b]), old, new)) if old else []
    was, now = root_of(LEAVES[:old]), root_of(LEAVES[:new])

    assert _leads(old, new, proof, was, now)
    if 0 < old < new:
        assert not _leads(old, new, proof, leaf_hash(b"other"), now)


class Witnessed:
    """A world whose sealer asks a witness."""

    def __init__(self, url: str, witness: StrictWitness, world: World) -> None:
        self.world, self.strict = world, witness
        self.witness = HttpWitness.open(urlsplit(f"{url}?key={quote(witness.public, safe='')}"))
        self.others: list[HttpWitness] = []

    def seal(self) -> SealReport:
        world = self.world
        world.now_ms += 60_000
        self.strict.now_s = world.now_ms // 1000
        world.emit(world.writers[0])
        sealer = world.sealer(witness=None, witnesses=[self.witness, *self.others])
        return seal_new(sealer, world.table)

    def verify(self, *keys: WitnessKey) -> VerificationResult:
        world = self.world
        evidence = Evidence(
            archive=world.archive,
            verifier=world.signer.public,
            witnesses=keys or (self.witness.key,),
        )
        return verify(evidence, now_ms=world.now_ms)

    def offline(self, folder: Path) -> tuple[list[str], list[str]]:
        """Return what the verifier of the documents says."""
        for name, data in self.world.archive.objects.items():
            file = folder / "archive" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        (folder / "key.pem").write_bytes(self.world.signer.public_pem())
        (folder / "witnesses").write_text(f"# known\n{self.strict.public}\n")
        found: tuple[list[str], list[str]] = OFFLINE.check(
            "archive", folder / "archive", folder / "key.pem", folder / "witnesses"
        )
        return found


@pytest.fixture
def witnessed() -> Iterator[Witnessed]:
    world = World(3, names=["w0"])
    key = world.signer.public._keys[0].public_bytes_raw()  # type: ignore[union-attr]
    strict = StrictWitness(world.signer.name, key)
    with listening(strict) as url:
        yield Witnessed(url, strict, world)


def test_every_checkpoint_is_cosigned(witnessed: Witnessed, tmp_path: Path) -> None:
    """And the verifier says that time rests on the witness, and until when."""
    reports = [witnessed.seal() for _ in range(9)]
    verdict = witnessed.verify()

    assert {0} == {report.unsigned for report in reports}
    assert 9 == len(list(witnessed.world.archive.keys(COSIGNATURES)))
    assert {200} == {status for _, status in witnessed.strict.asked}
    assert (True, f"the witness {NAME}", 8) == (
        verdict.clean,
        verdict.time.who,
        verdict.time.checkpoint,
    )
    assert verdict.time.at == reports[-1].checkpoint.time
    assert ([], []) == witnessed.offline(tmp_path)


def test_two_witnesses_sign_beside_each_other(witnessed: Witnessed, tmp_path: Path) -> None:
    """Whoever knows one of them can check what it signed."""
    key = witnessed.world.signer.public._keys[0].public_bytes_raw()  # type: ignore[union-attr]
    other = StrictWitness(witnessed.world.signer.name, key, seed=b"v" * 32)
    other.now_s = witnessed.world.now_ms // 1000 + 60
    with listening(other) as url:
        second = HttpWitness.open(urlsplit(f"{url}?key={quote(other.public, safe='')}"))
        witnessed.others.append(second)
        assert 0 == witnessed.seal().unsigned
    for keys in ((witnessed.witness.key,), (second.key,), (witnessed.witness.key, second.key)):
        verdict = witnessed.verify(*keys)
        assert (True, 0) == (verdict.clean, verdict.time.checkpoint), verdict.findings
    assert ([], []) == witnessed.offline(tmp_path)


def test_a_witness_that_was_away_is_caught_up_with(witnessed: Witnessed) -> None:
    """It answers with the size that it knows, and gets the proof from there."""
    witnessed.seal()
    there, witnessed.witness = (
        witnessed.witness,
        witnessed.witness._replace(url="http://127.0.0.1:9/nobody"),
    )
    assert [1, 1, 1] == [witnessed.seal().unsigned for _ in range(3)]
    witnessed.witness = there
    assert 0 == witnessed.seal().unsigned
    assert [(0, 200), (4, 409), (1, 200)] == witnessed.strict.asked
    assert witnessed.verify().clean


def test_proofs_from_tiles_are_those_from_all_leaves(witnessed: Witnessed) -> None:
    """Whatever the witness has seen last."""
    for _ in range(12):
        witnessed.seal()
    archive = witnessed.world.archive
    note = archive.objects[max(archive.keys("checkpoints/"))].decode()
    size = int(note.split("\n")[1])
    leaves = [
        leaf_hash(line)
        for key in archive.keys("manifests/")
        for line in archive.objects[key].splitlines()
    ]
    for old in range(1, size):
        expected = list(consistency(lambda a, b: root_of(leaves[a:b]), old, size))
        assert expected == proof_from(archive, note, old)


def test_another_history_gets_no_cosignature(witnessed: Witnessed) -> None:
    """The sealer's own key signs anew what the witness has seen otherwise."""
    for _ in range(3):
        witnessed.seal()
    other = World(3, names=["w0"])
    other.signer = witnessed.world.signer
    for _ in range(5):
        other.emit(other.writers[0])
    witnessed.world = other
    other.now_ms += 600_000

    assert 1 == witnessed.seal().unsigned
    assert ["uncosigned"] == [finding.kind.value for finding in witnessed.verify().findings]


@pytest.mark.parametrize("how", ["flip", "cut", "junk", "moved", "gone", "foreign"])
def test_what_does_not_hold_is_a_finding_of_both(
    witnessed: Witnessed, tmp_path: Path, how: str
) -> None:
    """And what comes from witnesses that nobody asked about is passed over."""
    for _ in range(8):
        witnessed.seal()
    objects = witnessed.world.archive.objects
    keys = sorted(key for key in objects if key.startswith(COSIGNATURES))
    kind = "cosignature-broken"
    if how == "flip":
        line = objects[keys[3]]
        objects[keys[3]] = line[:-10] + bytes([line[-10] ^ 1]) + line[-9:]
    elif how == "cut":
        objects[keys[3]] = objects[keys[3]][:-1]
    elif how == "junk":
        objects[keys[3]] += b"junk\n"
    elif how == "moved":
        objects[keys[3]] = objects[keys[4]]
    elif how == "gone":
        for key in keys[1:]:
            del objects[key]
        kind = "uncosigned"
    else:
        objects[keys[3]] += StrictWitness("x", b"", seed=b"x" * 32).cosign("x")
        kind = ""
    verdict = witnessed.verify()

    assert ([kind] if kind else []) == [finding.kind.value for finding in verdict.findings]
    found, reasons = witnessed.offline(tmp_path)
    assert (bool(kind), []) == (bool(found), reasons)


def test_without_known_witnesses_the_sealers_clock_is_all(witnessed: Witnessed) -> None:
    """Cosignatures of nobody that one trusts say nothing."""
    witnessed.seal()
    world = witnessed.world
    evidence = Evidence(archive=world.archive, verifier=world.signer.public)
    verdict = verify(evidence, now_ms=world.now_ms)

    assert (True, "the sealer's clock alone") == (verdict.clean, verdict.time.who)


def test_a_key_is_read_as_witnesses_publish_it(tmp_path: Path) -> None:
    """Anything else is refused: another kind, another id, a key that anybody can sign for."""
    public = StrictWitness("x", b"").public
    file = tmp_path / "keys"
    file.write_text(f"# one\n\n{public}\n")

    assert (public,) == tuple(key.text for key in read_witness_keys(file))
    name, known, key = public.rsplit("+", 2)
    weak = WitnessKey("w", bytes(32)).text
    for wrong in (f"{name}+00000000+{key}", f"{name}+{known}+AQ==", "x", weak, public + "="):
        file.write_text(wrong)
        with pytest.raises(LedgerKeyError):
            read_witness_keys(file)
    file.write_text("# nobody\n")
    with pytest.raises(SettingsError):
        read_witness_keys(file)
    with pytest.raises(SettingsError):
        read_witness_keys(tmp_path / "missing")
    for url in (f"http://example.org/w?key={quote(public)}", "https://example.org/w"):
        with pytest.raises(SettingsError):
            HttpWitness.open(urlsplit(url))


@pytest.mark.parametrize("answer", [b"", b"thanks", b"\xff", b"\xe2\x80\x94 x AAAA\n"])
def test_an_answer_that_is_no_signature_is_not_kept(
    witnessed: Witnessed, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would make the archive not clean for ever."""
    monkeypatch.setattr(witnessed.strict, "cosign", lambda _: answer)

    assert 1 == witnessed.seal().unsigned
    assert [] == list(witnessed.world.archive.keys(COSIGNATURES))


def test_a_witness_that_has_seen_more_is_asked_once(
    witnessed: Witnessed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has shown it another log of this name, or this archive has lost its end."""
    asked: list[int] = []

    def answer(_: HttpWitness, __: str, old: int, ___: object) -> tuple[int, bytes]:
        asked.append(old)
        return 409, b"99"

    monkeypatch.setattr(HttpWitness, "_post", answer)
    witness = HttpWitness("https://w.example", witnessed.strict.public)
    with pytest.raises(WitnessError, match="a larger log of this name"):
        witness.add("note", 5, lambda _: [], 3)
    assert [3] == asked


def test_names_are_twelve_digits() -> None:
    """As those of checkpoints are."""
    assert "cosignatures/000000000007" == cosignatures_key(7)
