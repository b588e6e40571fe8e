"""`affidavit archive`: a columnar copy of the archive, and whether it is one."""

from __future__ import annotations

from pathlib import Path

import click

from affidavit.plugin import CommandResult, now_ms
from affidavit_ledger.session import RecordCounter, archive_option, begin
from affidavit_ledger.signing import read_public_key
from affidavit_reports.evidence_options import FOLDER, key_option
from affidavit_reports.lake import compact as run_compact
from affidavit_reports.lake import differences


@click.group()
def archive() -> None:
    """Make a columnar copy of the archive, and check it."""


@archive.command()
@archive_option
@key_option
@click.option("--to", "folder", type=FOLDER, required=True, help="The folder of the copy.")
def compact(archive: str | None, public_key: Path, folder: Path) -> CommandResult:
    """Write what is sealed as Parquet, by month, so that questions are answered at once.

    The copy is derived: it can be removed and made anew at any time. Running it
    again adds what was sealed since.
    """
    session = begin(archive=archive)
    progress = RecordCounter()
    lake, coverage, new = run_compact(
        session.archive()[0],
        read_public_key(public_key),
        folder,
        now_ms=now_ms(),
        progress=progress,
    )
    progress.done()
    files = [(name, one) for name in sorted(lake.months) for one in lake.months[name]]
    return CommandResult(
        data={
            "new_records": new,
            "months": {name: lake.records(name) for name in sorted(lake.months)},
            "rests_on": coverage.json(),
        },
        columns=("month", "records", "segments", "file"),
        rows=[(name, one.records, len(one.segments), one.file) for name, one in files],
        notes=(f"{new} new record(s).", *coverage.sentences()),
        exit_code=0 if coverage.whole else 1,
    )


@archive.command()
@archive_option
@key_option
@click.option("--lake", "folder", type=FOLDER, required=True, help="The folder of the copy.")
def check(archive: str | None, public_key: Path, folder: Path) -> CommandResult:
    """Make the copy anew from the archive, and say where the one that is kept differs.

    Exit code 0: it is the same. 1: it differs, or the archive is not whole.
    """
    session = begin(archive=archive)
    coverage, found = differences(
        session.archive()[0], read_public_key(public_key), folder, now_ms=now_ms()
    )
    word = "DIFFERS" if found else "SAME"
    return CommandResult(
        data={"same": not found, "differences": list(found), "rests_on": coverage.json()},
        columns=("difference",),
        rows=[(one,) for one in found],
        notes=(f"{word}: {len(found)} difference(s).", *coverage.sentences()),
        exit_code=1 if found or not coverage.whole else 0,
    )
