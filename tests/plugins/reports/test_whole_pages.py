"""What a pack and a printed answer say, whole: every word that a reader sees, in its order."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from affidavit import __version__
from affidavit_reports.ask import Answer
from affidavit_reports.pack import EvidencePack, page
from affidavit_reports.questions import SHOWN, Question
from affidavit_reports.report_command import MOST_PRINTED, as_csv, shown
from affidavit_reports.sealed import Coverage
from affidavit_reports.templates import TEMPLATES, Template

TOKEN = "0123456789abcdef" * 2
COVERAGE: dict[str, Any] = {
    "origin": "example.org/ledger",
    "checkpoints": 3,
    "sealed_at": "2026-01-02T00:00:00Z",
    "size": 9,
    "root": "ab" * 32,
    "segments": 2,
    "records": 7,
}
FEW = Question("few", "Who read it?", "", (), ("actor", "accesses", "first"))
ALL = Question("all", "What happened?", "", ())


def _answer(question: Question, *rows: tuple[Any, ...], **more: Any) -> Answer:
    names, coverage = more.pop("names", {}), Coverage(**{**COVERAGE, **more})
    return Answer(question=question, asked={}, rows=rows, coverage=coverage, names=names)


def _row(**said: Any) -> tuple[Any, ...]:
    return tuple(said.get(name, "") for name in SHOWN)


def _read(text: str) -> list[str]:
    """Return what stands in a page, part by part, without its style, script and pictures."""
    for hidden in ("style", "script", "figure"):
        text = re.sub(f"<{hidden}>.*?</{hidden}>", "", text, flags=re.DOTALL)
    return [unescape(one).strip() for one in re.split("<[^>]*>", text) if one.strip()]


def _pack(*answers: Answer, template: Template = TEMPLATES["plain"], **more: Any) -> EvidencePack:
    said = {"asked": "period", "asked_by": "an auditor", "asked_at": "2026-02-01T00:00:00.000Z"}
    return EvidencePack(template=template, answers=answers, proofs=(), **{**said, **more})


TOLD = (
    *("Asked", "period", "By", "an auditor", "At", "2026-02-01T00:00:00.000Z"),
    *("Log", "example.org/ledger", "Sealed up to", "2026-01-02T00:00:00Z"),
    *("Leaves and root", f"9 / {'ab' * 32}", "Written by", f"affidavit {__version__}"),
)
SEALED = (
    ": 7 records in 2 segment(s) of example.org/ledger, sealed by 3 checkpoint(s) up to "
    "2026-01-02T00:00:00Z."
)
BY_THEN = "What was not sealed by then is not in this answer."


COPIED = (
    "4 of them were read from a copy, which is as good as the folder that it lies in: "
    "affidavit archive check compares it with the archive."
)


def test_a_plain_page_says_this() -> None:
    """Tokens are cut, people whose names are known have them, empty columns are left out."""
    answer = _answer(
        FEW, (TOKEN, 2, ""), ("0" * 32, None, ""), names={"0" * 32: "Kim & Lee"}, copied=4
    )
    pack = _pack(answer)

    assert [
        *("Evidence", "Evidence", "VERIFIED", SEALED),
        *(COPIED, BY_THEN, *TOLD, "Who read it?", "2 row(s)\n.", "actor", "accesses"),
        *(f"{TOKEN[:12]}…", "2", "Kim & Lee"),
        *("The whole answer (JSON)", pack.data()),
    ] == _read(page(pack, pack.data()))


def test_a_page_that_can_be_checked_says_how() -> None:
    """With its clause and its limits, what was left out, and the four attachments."""
    template = Template("Audit trail", "21 CFR 11.10(e)", (), "It shows <this>.")
    answer = _answer(
        FEW,
        left_out=["segments/1"],
        findings=[f"finding {n}" for n in range(6)],
        gaps=["No key finds one."],
    )
    pack = _pack(
        answer, answer, template=template, public_key="KEY", verifier_program="PROGRAM"
    )._replace(proofs=({"event": "e"},))
    listed = ["Who read it?", "0 row(s)\n."]

    said = _read(page(pack, pack.data()))
    at = said.index("Check it without us")
    assert [
        *("Audit trail", "Audit trail", "21 CFR 11.10(e)", "VERIFIED IN PART", SEALED),
        "1 segment(s) left out: missing, or not what was signed.",
        *(f"The log has a finding: finding {n}. Run affidavit verify." for n in range(5)),
        *("1 more finding(s).", "No key finds one.", BY_THEN, *TOLD, "It shows <this>."),
        *(*listed, *listed),
    ] == said[:at]
    assert said[at + 1].startswith("1 proof(s) are attached below")
    assert [
        *("python verify_offline.py proof proofs.json sealer.pub",),
        *("The whole answer (JSON)", pack.data(), "Proofs (JSON)", '[{"event":"e"}]'),
        *("The sealer's public key (PEM)", "KEY", "verify_offline.py", "PROGRAM"),
    ] == said[-9:]
    assert 'class="verdict bad"' in page(pack, pack.data())


def test_an_answer_that_lies_beside_its_page_is_named_with_its_digest() -> None:
    """And is not in it."""
    from hashlib import sha256

    pack = _pack(_answer(FEW), beside="answer.json")
    said = _read(page(pack, "[1]"))

    assert [
        "The whole answer has 3 bytes and lies beside this page as",
        "answer.json",
        ", SHA-256",
        sha256(b"[1]").hexdigest(),
        ".",
    ] == said[-5:]


def test_an_archive_that_nobody_signed_is_said_first() -> None:
    """As a bad page."""
    pack = _pack(_answer(FEW, checkpoints=0))
    said = _read(page(pack, ""))

    assert ["NOT VERIFIED", ": the archive has no checkpoint that this key has signed."] == said[
        2:4
    ]
    assert 'class="verdict bad"' in page(pack, "")
    assert 'class="verdict good"' in page(_pack(_answer(FEW)), "")


@pytest.mark.parametrize(("count", "told"), [(500, "."), (501, ", the first 500 shown.")])
def test_a_page_shows_500_rows(count: int, told: str) -> None:
    """All of them stand in the data."""
    text = page(_pack(_answer(FEW, *[("kim", n, "") for n in range(count)])), "")

    assert f"{count} row(s)\n{told}" in _read(text)
    assert 500 == text.count("<td>kim</td>")
    assert 'id="rows-0"' in text
    assert 'data-rows="rows-0"' in text


def test_accesses_are_drawn_and_counted() -> None:
    """By time, by hour, by who acted and by outcome."""
    answer = _answer(
        ALL,
        _row(at="2026-01-02T03:04:05.000Z", actor=TOKEN, outcome="ok"),
        _row(at="2026-01-02T03:05:05.000Z", actor=TOKEN, outcome="deny"),
    )
    text = page(_pack(answer), "")

    assert [
        *("Accesses over time", "Accesses by hour and weekday (UTC)", "Who", "Outcomes"),
    ] == re.findall("<figcaption>(.*?)</figcaption>", text)
    assert "<title>2026-01: 2</title>" in text
    assert "<title>Fr 03:00 UTC: 2</title>" in text
    for name, count in ((f"{TOKEN[:12]}…", 2), ("deny", 1), ("ok", 1)):
        assert re.search(rf">{name}</text><rect [^>]*></rect><text [^>]*>{count}</text>", text)


def test_a_printed_answer_has_the_columns_that_fit() -> None:
    """Files and JSON have all; a short question is printed as it is."""
    row = {name: f"the {name}" for name in SHOWN} | {"actor": TOKEN, "subject": "0" * 32}
    told = shown(_answer(ALL, _row(**row), names={"0" * 32: "Kim"}))
    brief = ("at", "action", "outcome", "actor", "subject", "reads", "recipient", "request")

    assert brief == tuple(told.columns)
    assert [
        *("the at", "the action", "the outcome", TOKEN[:12]),
        *("Kim", "the reads", "the recipient", "the request"),
    ] == list(told.rows[0])
    assert (("1 row(s).", f"VERIFIED{SEALED}", BY_THEN), 0) == (told.notes, told.exit_code)
    few = shown(_answer(FEW, ("a", 1, "b"), gaps=["No key finds one."]))
    assert (FEW.columns, [("a", 1, "b")], 1) == (few.columns, few.rows, few.exit_code)


@pytest.mark.parametrize("count", [MOST_PRINTED, MOST_PRINTED + 1])
def test_a_thousand_rows_are_printed(count: int) -> None:
    """And it is said how many there are."""
    told = shown(_answer(FEW, *[("a", n, "b") for n in range(count)]))
    more = "" if count == 1_000 else ", the first 1000 shown"

    assert (1_000, f"{count} row(s){more}.") == (len(told.rows), told.notes[0])


def test_a_file_has_names_and_all_columns() -> None:
    """A cell that a spreadsheet would run begins with an apostrophe."""
    answer = _answer(FEW, ("0" * 32, 1, "=b"), names={"0" * 32: "Kim"})

    assert ["actor,accesses,first", "Kim,1,'=b"] == as_csv(answer).splitlines()
