"""`affidavit report`: ask the sealed archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from affidavit import SettingsError
from affidavit.plugin import CommandResult, iso_utc, now_ms
from affidavit_ledger.csv_lines import csv_line
from affidavit_ledger.session import RecordCounter, system_user
from affidavit_reports.ask import Answer, ask
from affidavit_reports.evidence_options import asking, open_sources, prepared
from affidavit_reports.pack import EvidencePack
from affidavit_reports.pack_command import asked_as, write_pack
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.shown_cells import TOKEN_SHOWN, is_token
from affidavit_reports.templates import TEMPLATES

_BRIEF = ("at", "action", "outcome", "actor", "subject", "reads", "recipient", "request")
"""Columns that fit a terminal; files and JSON have all of them."""


MOST_PRINTED = 1_000
"""Rows of a table for people; files and JSON have all of them."""


@click.command(
    epilog="Questions: "
    + " ".join(f"{name}: {one.asks}" for name, one in sorted(QUESTIONS.items()))
)
@asking
@click.option(
    "--to-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the whole answer there: .csv, .json, or .html to be read.",
)
def report(
    question: str,
    archive: str | None,
    public_key: Path,
    lake: Path | None,
    ledger: str | None,
    tenant: str,
    to_file: Path | None,
    **options: Any,
) -> CommandResult:
    """Ask the sealed archive: who, whom, when, refusals, disclosures.

    Only records that a checkpoint signs are read, and the answer says how far
    that went. `affidavit who` asks the hot table; this asks what is kept for years.
    """
    sources = open_sources(archive, public_key, ledger, tenant)
    asked = QUESTIONS[question]
    values, names, gaps = prepared(asked, sources, options)
    progress = RecordCounter()
    answer = ask(
        asked,
        values,
        archive=sources.archive,
        verifier=sources.verifier,
        now_ms=now_ms(),
        lake=lake,
        names=names,
        gaps=gaps,
        progress=progress,
    )
    progress.done()
    if to_file is not None:
        write_answer(answer, to_file, asked_as(question, options))
    return shown(answer)


def shown(answer: Answer) -> CommandResult:
    """Return an answer for people and programs."""
    columns = answer.question.columns
    brief = [name for name in columns if name in _BRIEF] if len(columns) > len(_BRIEF) else columns
    places = [columns.index(name) for name in brief]
    told = answer.table()[:MOST_PRINTED]
    more = f", the first {MOST_PRINTED} shown" if len(answer.rows) > MOST_PRINTED else ""
    return CommandResult(
        data=answer.json(),
        columns=brief,
        rows=[tuple(_cell(row[at]) for at in places) for row in told],
        notes=(f"{len(answer.rows)} row(s){more}.", *answer.coverage.sentences()),
        exit_code=0 if answer.coverage.whole else 1,
    )


def _cell(value: object) -> object:
    """Shorten a token; names and everything else stay as they are."""
    text = str(value)
    return text[:TOKEN_SHOWN] if is_token(text) else value


def write_answer(answer: Answer, path: Path, asked: str) -> None:
    """Write an answer to a file, in the form that its name says; `asked` stands in a page.

    Raises:
        SettingsError: The name says no form.

    """
    if path.suffix == ".html":
        kind, who, at = TEMPLATES["plain"], system_user(), iso_utc(now_ms())
        write_pack(path, EvidencePack(kind, asked, who, at, [answer], proofs=()))
        return
    forms = {".csv": as_csv, ".json": as_json}
    form = forms.get(path.suffix)
    if form is None:
        raise SettingsError(
            "--to-file has no form that is known",
            why="its name ends in none of .csv, .json and .html",
            fix="Name it answer.csv, answer.json or answer.html",
        )
    path.write_bytes(form(answer).encode())


def as_csv(answer: Answer) -> str:
    """Return an answer as CSV; a cell that a spreadsheet would run begins with an apostrophe."""
    return "".join(map(csv_line, (answer.question.columns, *answer.table())))


def as_json(answer: Answer) -> str:
    """Return an answer as JSON."""
    return json.dumps(answer.json(), indent=2, ensure_ascii=False) + "\n"
