"""Hand records to other tools: as they are, as a table, or as OCSF events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from affidavit.plugin import Entry, Phase, Record
from affidavit_ledger.csv_lines import csv_line
from affidavit_ledger.ocsf import as_ocsf

_COLUMNS: Final = (
    *("at", "phase", "action", "resource", "outcome", "code", "actor", "known_by", "subject"),
    *("reads", "purpose", "function", "region", "via", "request", "event", "attempt", "place"),
)


def as_ndjson(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield records as they were hashed, one a line."""
    for entry in entries:
        yield entry.body.decode() + "\n"


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a header and one row per record, genesis records left out."""
    yield _row(_COLUMNS)
    for entry in entries:
        record = Record.parse(entry.body)
        if record.phase == Phase.GENESIS.value:
            continue
        said = record.document
        source = said.get("src", {})
        yield _row(
            (
                *(record.at, record.phase, said.get("act", ""), said.get("obj", "")),
                *(record.status, record.code or "", record.actor or ""),
                *(said.get("actor", {}).get("auth", ""), record.subject or ""),
                " ".join(f"{read['s']}.{read['n']}" for read in said.get("q", [])),
                *(said.get("why", ""), source.get("fn", ""), source.get("reg", "")),
                *(source.get("via", ""), said.get("req", ""), record.event, record.attempt),
                f"{entry.writer}/{entry.seq}",
            )
        )


FORMATS: Final[Mapping[str, Callable[[Iterable[Entry]], Iterator[str]]]] = {
    "ndjson": as_ndjson,
    "csv": as_csv,
    "ocsf": as_ocsf,
}
"""What `affidavit export --format` takes."""


def _row(cells: Iterable[object]) -> str:
    # A record may say a number where a text is expected; that is no formula, either.
    return csv_line("" if cell is None else str(cell) for cell in cells)
