"""A columnar copy of the archive: Parquet by month, derived from what is sealed.

    lake.json                      which segments stand in which file, with digests
    month=2026-01/<digest>.parquet records of one month, by subject, actor and time

Nothing here is evidence: it can be made anew from the archive at any time, and
`differences` does so and compares. Files are never changed; `lake.json` is replaced
last, so whoever reads sees the copy before or after, never between.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import duckdb

from affidavit import LedgerUnavailableError, SettingsError
from affidavit.plugin import Archive
from affidavit_ledger.notes import Verifier
from affidavit_ledger.segments import Manifest
from affidavit_reports.lake_index import Lake, MonthFile, digest_of, read_lake, write_lake
from affidavit_reports.record_table import NO_MONTH, TABLE, connect, create, rows, run, take
from affidavit_reports.sealed import Coverage, read_log

_ORDER: Final = "subject, actor, event_time, writer, seq"
PORTION: Final = 500_000
"""Records that are held in memory before their months are written. A file that has so many is not
written anew."""


def compact(
    archive: Archive,
    verifier: Verifier,
    folder: Path,
    *,
    now_ms: int,
    progress: Callable[[int], None] = lambda _: None,
    portion: int = PORTION,
) -> tuple[Lake, Coverage, int]:
    """Bring the copy up to date; return it, what it rests on, and how many records are new.

    Months that get nothing new are left as they are. What is new is taken in portions of
    about so many records: memory does not grow with the log, and a run that is broken off
    goes on with the next one.

    Raises:
        LedgerUnavailableError: The archive or the copy cannot be read.
        SettingsError: The folder holds the copy of another log, or cannot be written.

    """
    lake = read_lake(folder)
    coverage, manifests = read_log(archive, verifier, now_ms)
    _same_log(lake, coverage)
    new = [one for one in manifests if lake.segments.get(one.key) != one.digest]
    try:
        lake = _copied(archive, folder, lake, coverage, new, portion=portion, progress=progress)
    except (OSError, duckdb.IOException) as error:
        failed = type(error).__name__
    else:
        coverage.note_unfit(lake.records(NO_MONTH))
        return lake, coverage, sum(o.records for o in new if o.key not in coverage.left_out)
    raise SettingsError(
        "the columnar copy cannot be written",
        why=f"writing raised {failed}",
        fix="Name a folder that this user may write to, with --to, and see that its disk has room",
    )


def _copied(
    archive: Archive,
    folder: Path,
    lake: Lake,
    coverage: Coverage,
    new: Sequence[Manifest],
    *,
    portion: int,
    progress: Callable[[int], None],
) -> Lake:
    """Read each portion, and write its months."""
    for part in _portions(new, portion):
        with connect() as engine:
            # Batches and months are done side by side, each on one core.
            run(engine, "SET threads = 1")
            create(engine)
            take(engine, archive, part, coverage, progress)
            taken = {o.key: o.digest for o in part if o.key not in coverage.left_out}
            segments = lake.segments | taken
            lake = Lake(coverage.origin, coverage.size, dict(lake.months), segments)
            _write_months(engine, folder, lake, portion)
    return lake


def _portions(manifests: Sequence[Manifest], portion: int) -> Iterator[Sequence[Manifest]]:
    """Yield manifests of about so many records; once none if there are none."""
    begin = held = 0
    for end, manifest in enumerate(manifests):
        if held >= portion:
            yield manifests[begin:end]
            begin, held = end, 0
        held += manifest.records
    yield manifests[begin:]


def _same_log(lake: Lake, coverage: Coverage) -> None:
    if lake.segments and lake.origin != coverage.origin:
        raise SettingsError(
            "the folder holds the copy of another log",
            why=f"it is of {lake.origin}",
            fix="Name another folder",
        )


def _write_months(
    engine: duckdb.DuckDBPyConnection, folder: Path, lake: Lake, portion: int
) -> None:
    """Write the months that got something new, several at a time, then the index."""

    def write(month: str) -> None:
        lake.months[month] = _write(engine, folder, month, lake.months.get(month, ()), portion)

    found = rows(engine.cursor(), f"SELECT DISTINCT month FROM {TABLE}")
    months = [month for (month,) in found]
    # The engine writes one file on one core, as small as a month of a portion is.
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        for done in [side_by_side.submit(write, month) for month in months]:
            done.result()
    write_lake(folder, lake)


def _write(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    month: str,
    before: tuple[MonthFile, ...],
    portion: int,
) -> tuple[MonthFile, ...]:
    """Write what is new of a month, together with its file that is not full yet if it has one."""
    cursor = engine.cursor()
    target = folder / f"month={month}"
    target.mkdir(parents=True, exist_ok=True)
    partial = target / f".{os.getpid()}.parquet"
    full = tuple(one for one in before if one.records >= portion)
    begun = [folder / one.file for one in before if one not in full]
    parts = [f"SELECT * FROM {TABLE} WHERE month = ?"]
    if begun:
        parts.append(f"SELECT * FROM {parquet_of(begun)}")
    name = str(partial).replace("'", "''")
    run(
        cursor,
        f"COPY (SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {_ORDER}) TO '{name}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440)",
        [month],
    )
    told = (
        f"SELECT segment, count(*) FROM {parquet_of([partial])} GROUP BY segment ORDER BY segment"
    )
    segments = dict(rows(cursor, told))
    digest = digest_of(partial)
    final = target / f"{digest[:16]}.parquet"
    partial.replace(final)
    place = final.relative_to(folder).as_posix()
    return (*full, MonthFile(place, digest, sum(segments.values()), tuple(segments)))


def differences(
    archive: Archive, verifier: Verifier, folder: Path, *, now_ms: int, portion: int = PORTION
) -> tuple[Coverage, list[str]]:
    """Make the copy anew in memory, a portion at a time, and say where the kept one differs.

    Raises:
        LedgerUnavailableError: The archive or the copy cannot be read.

    """
    lake = read_lake(folder)
    coverage, manifests = read_log(archive, verifier, now_ms)
    held = [one for one in manifests if one.key in lake.segments]
    found = [f"{key}: not in the log" for key in lake.segments.keys() - {m.key for m in manifests}]
    found += [
        f"{one.file}: missing, or not the one that was written"
        for one in lake.files()
        if not one.holds(folder)
    ]
    if found:
        return coverage, sorted(found)
    found += _strange(folder, lake)
    for part in _portions(held, portion):
        with connect() as engine:
            create(engine)
            take(engine, archive, part, coverage, lambda _: None)
            found += _compare(engine, folder, lake, {one.key for one in part})
    coverage.note_unfit(lake.records(NO_MONTH))
    return coverage, sorted(set(found))


def _strange(folder: Path, lake: Lake) -> list[str]:
    """Say which files hold records of segments, or of months, that the index does not say."""
    found = []
    with connect() as engine:
        for month, files in lake.months.items():
            for one in files:
                source = parquet_of([folder / one.file])
                told = rows(engine, f"SELECT DISTINCT month, segment FROM {source}")
                if set(told) - {(month, segment) for segment in one.segments}:
                    found.append(f"{one.file}: its index does not say all that is in it")
    return found


def _compare(
    engine: duckdb.DuckDBPyConnection, folder: Path, lake: Lake, segments: set[str]
) -> list[str]:
    """Compare what was made of some segments with what is kept, both ways, record by record."""
    files = [folder / one.file for one in lake.files() if not segments.isdisjoint(one.segments)]
    source = parquet_of(files) if files else f"(SELECT * FROM {TABLE} WHERE false)"
    wanted = "SELECT unnest($segments::VARCHAR[])"
    run(
        engine,
        f"CREATE TEMP TABLE kept AS SELECT * FROM {source} WHERE segment IN ({wanted})",
        {"segments": sorted(segments)},
    )
    found = []
    for what, one, other in (("lacks", TABLE, "kept"), ("has besides", "kept", TABLE)):
        sql = f"SELECT month, count(*) FROM (TABLE {one} EXCEPT ALL TABLE {other}) GROUP BY month"
        found += [f"month {month}: {what} {count} record(s)" for month, count in rows(engine, sql)]
    return found


def attach(
    engine: duckdb.DuckDBPyConnection, folder: Path, lake: Lake, since: str = "", until: str = "~"
) -> None:
    """Let a question read the copy, once each file has the digest that its index says.

    Only the months from `since` to `until` are looked at, and are in what the question reads.

    Raises:
        LedgerUnavailableError: A file is missing, or is not the one that was written.

    """
    files = lake.files(since, until)
    for one in files:
        if not one.holds(folder):
            raise LedgerUnavailableError(
                "the columnar copy is not the one that was written",
                why=f"{one.file} is missing or differs",
                fix="Remove the folder and compact anew; ask the archive itself meanwhile",
            )
    if not files:
        create(engine, "copied")
        run(engine, f"CREATE VIEW {TABLE} AS TABLE copied")
        return
    source = parquet_of([folder / one.file for one in files])
    run(engine, f"CREATE VIEW {TABLE} AS SELECT * FROM {source}")


def parquet_of(files: Sequence[Path]) -> str:
    """Return the expression that reads these files, their names quoted."""
    quoted = ", ".join("'" + str(name).replace("'", "''") + "'" for name in files)
    return f"read_parquet([{quoted}], hive_partitioning = false)"
