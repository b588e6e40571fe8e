"""An evidence pack opens offline, runs nothing of a record's, and can be checked without us."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit_ledger.prove import prove
from affidavit_ledger.signing import open_file_signer
from affidavit_reports.ask import Answer, ask
from affidavit_reports.pack import EvidencePack, is_signed, page, signature_of
from affidavit_reports.pack_command import verifier_program
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.templates import TEMPLATES
from archive_world import ArchiveWorld, drawn, make_world
from command_line import Terminal

NOW_MS = 1_900_000_000_000
VOID = {"meta", "input", "br"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """A year of a ward, sealed."""
    events = drawn(80, subjects=5, actors=4, years=1, seed=9)
    return make_world(tmp_path_factory.mktemp("world"), events, segment=40)


def _answer(world: ArchiveWorld, **changes: Any) -> Answer:
    answer = ask(
        QUESTIONS["period"],
        {"from": "0000", "to": "9999"},
        archive=world.archive,
        verifier=world.verifier,
        now_ms=NOW_MS,
    )
    parts = {name: getattr(answer, name) for name in Answer.__dataclass_fields__}
    return Answer(**{**parts, **changes})


def _page(world: ArchiveWorld, **changes: Any) -> str:
    answer = _answer(world, **changes)
    event = str(answer.rows[0][-1])
    proofs = prove(world.archive, event) if re.fullmatch("[0-9a-f]{32}", event) else []
    pack = EvidencePack(
        template=TEMPLATES["hipaa-disclosures"],
        asked="period",
        asked_by="an auditor",
        asked_at="2026-01-01T00:00:00.000Z",
        answers=[answer],
        proofs=proofs,
        public_key=world.verifier.pem().decode(),
        verifier_program=verifier_program(),
    )
    return page(pack, pack.data())


class _Reader(HTMLParser):
    """Notes every tag, and holds that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    assert [] == reader.open
    return reader


def test_a_page_needs_nothing_else(world: ArchiveWorld) -> None:
    """No address, no external resource, and a policy that lets nothing in."""
    text = _page(world)
    reader = _read(text)

    policy = next(a["content"] for t, a in reader.tags if a.get("http-equiv"))
    assert "default-src 'none'" in str(policy)
    assert not [a for _, a in reader.tags if {"src", "href"} & a.keys()]
    assert 1 == sum(tag == "script" for tag, _ in reader.tags)


def test_markup_in_a_record_stays_text(world: ArchiveWorld) -> None:
    """In every field, in names, and in pictures."""
    evil = "<img src=x onerror=alert(1)>\"'</td><script>alert(2)</script>"
    rows = [tuple(evil for _ in QUESTIONS["period"].columns)] * 3
    reader = _read(_page(world, rows=rows, names={evil: evil}))

    assert not [tag for tag, _ in reader.tags if tag == "img"]
    assert 1 == sum(tag == "script" for tag, _ in reader.tags)
    assert not [a for _, a in reader.tags if any(name.startswith("on") for name in a)]


def test_a_pack_can_be_checked_without_us(world: ArchiveWorld, tmp_path: Path) -> None:
    """What is attached is enough, and a changed proof does not hold."""
    parts = [
        html.unescape(one)
        for one in re.findall(r"</summary><pre>(.*?)</pre>", _page(world), re.DOTALL)
    ]
    _, proofs, key, program = parts
    for name, text in (("proofs.json", proofs), ("sealer.pub", key), ("v.py", program)):
        (tmp_path / name).write_text(text)
    command = [sys.executable, "v.py", "proof", "proofs.json", "sealer.pub"]

    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    (tmp_path / "proofs.json").write_text(
        proofs.replace("CHART_READ", "CHART_SEEN")
        .replace("LAB_READ", "LAB_SEEN")
        .replace("CLAIM_SEND", "CLAIM_SENT")
        .replace("LEDGER_WHO", "LEDGER_HOW")
    )
    bad = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)

    assert (0, 1) == (good.returncode, bad.returncode), good.stderr
    assert json.loads(parts[0])[0]["rests_on"]["whole"]


def test_a_signature_covers_every_byte(world: ArchiveWorld, tmp_path: Path) -> None:
    """One byte of the page, another name or another key, and it is none."""
    signer = open_file_signer(urlsplit(f"file://{tmp_path}/k.key?name=example.org/packs"))
    data = _page(world).encode()
    note = signature_of(data, signer)

    assert is_signed(data, note, signer.public)
    assert not is_signed(data + b" ", note, signer.public)
    assert not is_signed(data, note.replace("/packs", "/pocks"), signer.public)
    assert not is_signed(data, note, world.verifier)
    assert not is_signed(data, "nothing", signer.public)
    head, _, signed = note.rstrip("\n").rpartition(" ")
    raw = base64.b64decode(signed)
    assert signer.key_id == raw[:4]
    for forged in (raw[:-1] + bytes([raw[-1] ^ 1]), raw[:4], b"none" + raw[4:]):
        assert not is_signed(data, f"{head} {base64.b64encode(forged).decode()}\n", signer.public)
    assert not is_signed(data, f"{head} no base64\n", signer.public)
    assert not is_signed(data, note.replace("\u2014", "-"), signer.public)
    assert not is_signed(data, note.replace("pack 1", "pack 2"), signer.public)


def test_the_command_makes_and_checks_a_page(
    world: ArchiveWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an auditor would; who was asked about is not on the page."""
    affidavit = Terminal(capsys, tmp_path)
    made = tmp_path / "pack.html"
    token = world.token("subject", "patient-001")
    done = affidavit(
        *("pack", "make", "subject", "--subject", f"token:{token}", "--template", "gdpr-access"),
        *("--archive", world.url, "--public-key", str(world.key_file), "--to-file", str(made)),
        *("--signer", f"file://{tmp_path}/k.key?name=example.org/packs", "--output", "json"),
    )
    good = affidavit("pack", "check", str(made), "--public-key", str(tmp_path / "k.pub"))
    made.write_bytes(made.read_bytes().replace(b"GDPR", b"gdpr", 1))
    bad = affidavit("pack", "check", str(made), "--public-key", str(tmp_path / "k.pub"))

    truth = sum(event.subject == "patient-001" for event in world.events)
    assert (0, truth) == (done.code, done.data["rows"]), done.err
    assert (0, 1) == (good.code, bad.code)
    assert "patient-001" not in made.read_text()


def test_the_commands_answer(
    world: ArchiveWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Report, copy and check, as documented."""
    affidavit = Terminal(capsys, tmp_path)
    where = ("--archive", world.url, "--public-key", str(world.key_file))
    lake = str(tmp_path / "lake")

    told = affidavit("report", "period", *where, "--to-file", str(tmp_path / "a.csv"))
    copied = affidavit("archive", "compact", *where, "--to", lake)
    asked = affidavit("report", "refusals", *where, "--lake", lake, "--output", "json")
    checked = affidavit("archive", "check", *where, "--lake", lake)

    assert (0, 0, 0, 0) == (told.code, copied.code, asked.code, checked.code)
    assert "VERIFIED" in told.out
    assert "SAME" in checked.out
    assert 81 == len((tmp_path / "a.csv").read_text().splitlines())
    assert sum(event.outcome != "ok" for event in world.events) == len(asked.data["rows"])


def test_what_cannot_be_asked_is_said(
    world: ArchiveWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing name, a name without a key or with another ledger's, a file of no known form."""
    affidavit = Terminal(capsys, tmp_path)
    where = ("--archive", world.url, "--public-key", str(world.key_file))

    missing = affidavit("report", "subject", *where)
    unkeyed = affidavit("report", "subject", "--subject", "patient-001", *where)
    formless = affidavit("report", "period", *where, "--to-file", str(tmp_path / "a.doc"))
    turned = affidavit("report", "period", *where, "--from", "2020-02-01", "--to", "2020-01-01")
    affidavit.invoke(1)
    other = ("--ledger", affidavit.ledger, "--actor", "staff-01")
    stranger = affidavit("report", "actor", *where, *other)

    assert "needs --subject" in missing.err
    assert "no time between" in turned.err
    assert "no ledger is named" in unkeyed.err
    assert ".csv" in formless.err
    assert "no record of this ledger was written under the token keys" in stranger.err
    assert not {missing.code, unkeyed.code, formless.code, stranger.code, turned.code} & {0, 1}
