"""A columnar copy of the archive: Parquet by month, derived from what is sealed.

    lake.json                      which segments stand in which file, with digests
    month=2026-01/<digest>.parquet records of one month, by subject, actor and time

Nothing here is evidence: it can be made anew from the archive at any time, and
`check` does so and compares. Files are never changed; `lake.json` is replaced
last, so whoever reads sees the copy before or after, never between.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from affidavit import LedgerUnavailableError, SettingsError
from affidavit.plugin import Archive, Json
from affidavit_ledger.notes import Verifier
from affidavit_ledger.segments import Manifest
from affidavit_reports.record_table import TABLE, connect, create, rows, run, take
from affidavit_reports.sealed import Coverage, read_log

FORMAT: Final = 2
INDEX: Final = "lake.json"
_ORDER: Final = "subject, actor, event_time, writer, seq"
PORTION: Final = 1_000_000
"""Records that are held in memory before their months are written."""


class Month(NamedTuple):
    """One file of the copy: the records of a month, and the segments that they come from."""

    file: str
    digest: str
    records: int
    segments: tuple[str, ...]


class Lake(NamedTuple):
    """What a copy holds: months, the segments in it with their digests, and the log it is of."""

    origin: str
    size: int
    months: dict[str, Month]
    segments: dict[str, str]

    def text(self) -> str:
        """Return the index as it is kept."""
        told: dict[str, Json] = {
            "format": FORMAT,
            "origin": self.origin,
            "leaves": self.size,
            "months": {
                name: {**month._asdict(), "segments": list(month.segments)}
                for name, month in sorted(self.months.items())
            },
            "segments": dict(sorted(self.segments.items())),
        }
        return json.dumps(told, indent=1) + "\n"


EMPTY: Final = Lake("", 0, {}, {})


def read_lake(folder: Path) -> Lake:
    """Read a copy's index; an empty one if there is none yet.

    Raises:
        LedgerUnavailableError: It cannot be read, or another version wrote it.

    """
    path = folder / INDEX
    if not path.exists():
        return EMPTY
    try:
        said = json.loads(path.read_bytes())
        if said["format"] == FORMAT:
            return Lake(
                str(said["origin"]),
                int(said["leaves"]),
                {name: _month(one) for name, one in said["months"].items()},
                {str(key): str(digest) for key, digest in said["segments"].items()},
            )
        why = "another version of affidavit wrote it"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"reading its index raised {type(error).__name__}"
    raise LedgerUnavailableError(
        "the columnar copy cannot be used", why=why, fix="Remove the folder and compact anew"
    )


def _month(said: Any) -> Month:
    file = str(said["file"])
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise ValueError("a file of the copy lies outside it")
    return Month(file, str(said["digest"]), int(said["records"]), tuple(said["segments"]))


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
        for part in _portions(new, portion):
            with connect() as engine:
                create(engine)
                take(engine, archive, part, coverage, progress)
                taken = [one for one in part if one.key not in coverage.left_out]
                lake = _written(engine, folder, lake, coverage, taken)
    except OSError as error:
        failed = type(error).__name__
    else:
        return lake, coverage, sum(o.records for o in new if o.key not in coverage.left_out)
    raise SettingsError(
        "the columnar copy cannot be written",
        why=f"writing raised {failed}",
        fix="Name a folder that this user may write to, with --to",
    )


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


def _written(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    before: Lake,
    coverage: Coverage,
    taken: Sequence[Manifest],
) -> Lake:
    """Write the months that got something new, then the index, then clean up."""
    months = dict(before.months)
    found = rows(engine, f"SELECT DISTINCT month FROM {TABLE}")
    for (month,) in list(found):
        months[month] = _write(engine, folder, month, before.months.get(month))
    segments = before.segments | {one.key: one.digest for one in taken}
    lake = Lake(coverage.origin, coverage.size, months, segments)
    _replace(folder / INDEX, lake.text().encode())
    _clean(folder, lake)
    return lake


def differences(
    archive: Archive, verifier: Verifier, folder: Path, *, now_ms: int
) -> tuple[Coverage, list[str]]:
    """Make the copy anew in memory, and say where the one that is kept differs.

    Raises:
        LedgerUnavailableError: The archive or the copy cannot be read.

    """
    lake = read_lake(folder)
    coverage, manifests = read_log(archive, verifier, now_ms)
    engine = connect()
    create(engine)
    held = [one for one in manifests if one.key in lake.segments]
    take(engine, archive, held, coverage, lambda _: None)
    found = [f"{key}: not in the log" for key in lake.segments.keys() - {m.key for m in manifests}]
    found += [
        f"{month.file}: missing, or not the one that was written"
        for month in lake.months.values()
        if _digest(folder / month.file) != month.digest
    ]
    if not found and lake.months:
        found += _compare(engine, folder, lake)
    return coverage, sorted(found)


def attach(engine: duckdb.DuckDBPyConnection, folder: Path, lake: Lake) -> None:
    """Let a question read the copy, once each file has the digest that its index says.

    Raises:
        LedgerUnavailableError: A file is missing, or is not the one that was written.

    """
    for month in lake.months.values():
        if _digest(folder / month.file) != month.digest:
            raise LedgerUnavailableError(
                "the columnar copy is not the one that was written",
                why=f"{month.file} is missing or differs",
                fix="Remove the folder and compact anew; ask the archive itself meanwhile",
            )
    if not lake.months:
        create(engine)
        return
    files = parquet_of([folder / month.file for month in lake.months.values()])
    run(engine, f"CREATE VIEW {TABLE} AS SELECT * FROM {files}")


def _write(
    engine: duckdb.DuckDBPyConnection, folder: Path, month: str, before: Month | None
) -> Month:
    """Write one month anew: what it held, and what is new."""
    target = folder / f"month={month}"
    target.mkdir(parents=True, exist_ok=True)
    partial = target / f".{os.getpid()}.parquet"
    parts, values = [f"SELECT * FROM {TABLE} WHERE month = ?"], [month]
    if before is not None:
        parts.append("SELECT * FROM read_parquet(?, hive_partitioning = false)")
        values.append(str(folder / before.file))
    name = str(partial).replace("'", "''")
    run(
        engine,
        f"COPY (SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {_ORDER}) TO '{name}' "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)",
        values,
    )
    told = (
        f"SELECT segment, count(*) FROM {parquet_of([partial])} GROUP BY segment ORDER BY segment"
    )
    segments = dict(rows(engine, told))
    digest = _digest(partial)
    final = target / f"{digest[:16]}.parquet"
    partial.replace(final)
    place = final.relative_to(folder).as_posix()
    return Month(place, digest, sum(segments.values()), tuple(segments))


def _compare(engine: duckdb.DuckDBPyConnection, folder: Path, lake: Lake) -> list[str]:
    """Compare what was made with what is kept, both ways, record by record."""
    run(
        engine,
        "CREATE TEMP VIEW kept AS SELECT * FROM "
        + parquet_of([folder / month.file for month in lake.months.values()]),
    )
    found = []
    for what, one, other in (("lacks", TABLE, "kept"), ("has besides", "kept", TABLE)):
        sql = f"SELECT month, count(*) FROM (TABLE {one} EXCEPT ALL TABLE {other}) GROUP BY month"
        found += [f"month {month}: {what} {count} record(s)" for month, count in rows(engine, sql)]
    return found


def parquet_of(files: Sequence[Path]) -> str:
    """Return the expression that reads these files, their names quoted."""
    quoted = ", ".join("'" + str(name).replace("'", "''") + "'" for name in files)
    return f"read_parquet([{quoted}], hive_partitioning = false)"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            hashed = sha256()
            while data := file.read(1 << 20):
                hashed.update(data)
    except OSError:
        return ""
    return hashed.hexdigest()


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(path)


def _clean(folder: Path, lake: Lake) -> None:
    """Remove files that no index names any more."""
    kept = {folder / month.file for month in lake.months.values()}
    for path in folder.glob("month=*/*.parquet"):
        if path not in kept:
            path.unlink(missing_ok=True)
