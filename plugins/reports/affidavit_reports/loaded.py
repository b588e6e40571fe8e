"""Verified records, ready to be asked: from segments, or from the copy and what is newer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from affidavit import LedgerUnavailableError
from affidavit.plugin import Archive
from affidavit_ledger.notes import Verifier
from affidavit_ledger.segments import Manifest, parts_of
from affidavit_reports.lake import attach
from affidavit_reports.lake_index import Lake, read_lake
from affidavit_reports.record_table import NO_MONTH, connect, create, fill, rows, run, take
from affidavit_reports.sealed import Coverage, read_log, sealed_segments

_MONTH: Final = len("2026-01")


class Loaded(NamedTuple):
    """An engine that holds verified records, and what they rest on."""

    engine: duckdb.DuckDBPyConnection
    coverage: Coverage
    archive: Archive
    manifests: Sequence[Manifest]

    def segments(self, event: str) -> set[str]:
        """Return which segments have records of an event."""
        sql = "SELECT DISTINCT segment FROM records WHERE event = ?"
        return {key for (key,) in rows(self.engine.cursor(), sql, [event])}

    def record(self, writer: str, seq: int) -> Mapping[str, Any] | None:
        """Return one record as it was hashed, parsed; None if no segment that holds has it."""
        found = next(
            rows(
                self.engine.cursor(),
                "SELECT segment FROM records WHERE writer = ? AND seq = ?",
                [writer, seq],
            ),
            None,
        )
        manifest = next((one for one in self.manifests if found and one.key == found[0]), None)
        if manifest is None:
            return None
        # Read once more, and checked once more: the archive may have changed since.
        for segment in sealed_segments(self.archive, [manifest], Coverage()):
            for body, _ in parts_of(segment.data):
                said = json.loads(body)
                if said.get("wid") == writer and said.get("seq") == seq:
                    return {"segment": manifest.key, "record": said}
        return None


def load(
    archive: Archive,
    verifier: Verifier,
    *,
    now_ms: int,
    lake: Path | None = None,
    since: str = "",
    until: str = "~",
    progress: Callable[[int], None] = lambda _: None,
) -> Loaded:
    """Read what is sealed into an engine; of a copy only the months of `since` to `until`.

    Raises:
        LedgerUnavailableError: The archive or the copy cannot be read.

    """
    engine = connect()
    coverage, manifests = read_log(archive, verifier, now_ms)
    if lake is None:
        create(engine)
        take(engine, archive, manifests, coverage, progress)
        coverage.note_unfit(_unfit(engine, "records"))
    else:
        held = read_lake(lake)
        _hold(held, manifests, coverage)
        attach(engine, lake, held, since[:_MONTH], until[:_MONTH])
        _add_newer(engine, archive, manifests, coverage, held)
    return Loaded(engine, coverage, archive, manifests)


def _add_newer(
    engine: duckdb.DuckDBPyConnection,
    archive: Archive,
    manifests: list[Manifest],
    coverage: Coverage,
    lake: Lake,
) -> None:
    """Note what the copy holds, and read besides what is newer."""
    coverage.segments += len(lake.segments)
    coverage.copied = sum(one.records for one in manifests if one.key in lake.segments)
    coverage.records += coverage.copied
    coverage.note_unfit(lake.records(NO_MONTH))
    new = [one for one in manifests if one.key not in lake.segments]
    if new:
        run(engine, "ALTER VIEW records RENAME TO kept")
        create(engine, "fresh")
        fill(engine, sealed_segments(archive, new, coverage), "fresh")
        coverage.note_unfit(_unfit(engine, "fresh"))
        run(engine, "CREATE VIEW records AS TABLE kept UNION ALL TABLE fresh")


def _unfit(engine: duckdb.DuckDBPyConnection, table: str) -> int:
    sql = f"SELECT count(*) FROM {table} WHERE month = ?"
    return sum(count for (count,) in rows(engine.cursor(), sql, [NO_MONTH]))


def _hold(lake: Lake, manifests: Sequence[Manifest], coverage: Coverage) -> None:
    """Hold the copy against the log: same log, and nothing that the log has not signed."""
    if lake.segments and lake.origin != coverage.origin:
        raise LedgerUnavailableError(
            "the columnar copy is of another log",
            why=f"it is of {lake.origin}, the archive is of {coverage.origin}",
            fix="Name the copy that was made of this archive",
        )
    signed = {one.key: one.digest for one in manifests}
    strange = [key for key, digest in lake.segments.items() if signed.get(key) != digest]
    if strange:
        raise LedgerUnavailableError(
            "the columnar copy holds what the log does not",
            why=f"{len(strange)} of its segments are not signed by the archive's checkpoints",
            fix="Remove the folder and compact anew",
        )
