"""The table of records: its columns, and how it is filled from segments.

One row is one record other than a genesis record. Names of columns are words,
as reports show them; docs/records.md says from which key of a record each
comes. The same columns stand in Parquet, so DuckDB here and Athena in an
account read the same SQL; `month` is what folders of the copy are named after.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import duckdb

from affidavit import LedgerUnavailableError
from affidavit.plugin import Archive
from affidavit_ledger.segments import Manifest
from affidavit_reports.sealed import Coverage, SealedSegment, sealed_segments

MOST_SEGMENTS: Final = 256
MOST_BYTES: Final = 32 * 1024 * 1024
"""What is parsed at once; a segment has at most 10,000 records, about 8 MB."""

_STEP: Final = 64
"""Progress is told after so many segments."""

TABLE: Final = "records"

COLUMNS: Final = {
    "event_time": "ts",
    "phase": "ph",
    "action": "act",
    "resource": "obj",
    "data_class": "cls",
    "purpose": "why",
    "recipient": "rcpt",
    "tenant": "ten",
    "outcome": "out.s",
    "code": "out.code",
    "error": "out.err",
    "known_by": "actor.auth",
    "actor": "actor.id",
    "on_behalf": "actor.obo",
    "subject": "subj",
    "event": "eid",
    "attempt": "att",
    "request": "req",
    "function": "src.fn",
    "version": "src.ver",
    "region": "src.reg",
    "via": "src.via",
    "address": "src.ip",
    "duration_ms": "dur",
    "policy": "pol",
    "writer": "wid",
    "seq": "seq",
}
"""Name of a column, and the key of a record that it is read from."""

_NUMBERS: Final = frozenset({"code", "duration_ms", "seq"})
_LISTS: Final = {"q": ("s", "n", "r"), "chg": ("f",), "off": ("k", "n")}
"""Members that are lists, and what is taken of each of their elements."""


def _each(member: str, value: str) -> str:
    return f"array_to_string(list_transform(b.{member}, lambda one: {value}), ' ')"


NO_MONTH: Final = "0000-00"
"""Where records stand that say no time or no phase: in no month, and never left out unsaid."""

_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"

_DERIVED: Final = {
    # It names a folder of the copy, so what a record says is held to the form first.
    "month": f"CASE WHEN b.ph <> '' AND regexp_full_match(b.ts, '{_TIME}') "
    f"THEN substr(b.ts, 1, 7) ELSE '{NO_MONTH}' END",
    "reads": _each("q", "one.s || '.' || one.n"),
    "rows_read": "list_sum(list_transform(b.q, "
    "lambda one: greatest(try_cast(one.r AS BIGINT), 0)))::BIGINT",
    "changes": _each("chg", "one.f"),
    "off_record": _each("off", "one.k || ':' || one.n"),
}
"""Columns that say when in short, or sum up a list of a record: what was read, how many rows, which
fields changed, what was reached past the sources."""


def _column(name: str, key: str) -> str:
    value = f"b.{key}"
    if name in _NUMBERS:
        return f'try_cast({value} AS BIGINT) AS "{name}"'
    return f"coalesce({value}, '{'unknown' if name == 'outcome' else ''}') AS \"{name}\""


def _derived(name: str, how: str) -> str:
    return f'coalesce({how}, {0 if name == "rows_read" else repr("")}) AS "{name}"'


_SELECT: Final = ", ".join(
    [_column(name, key) for name, key in COLUMNS.items()]
    + [_derived(name, how) for name, how in _DERIVED.items()]
)


def _shape() -> str:
    """Return the shape of what is read out of a line, all of it texts."""
    shape: dict[str, Any] = {
        member: [dict.fromkeys(parts, "VARCHAR")] for member, parts in _LISTS.items()
    }
    for key in COLUMNS.values():
        outer, _, inner = key.partition(".")
        if inner:
            shape.setdefault(outer, {})[inner] = "VARCHAR"
        else:
            shape[outer] = "VARCHAR"
    return json.dumps({"b": shape})


_READ: Final = f"SELECT json_transform(line, '{_shape()}').b AS b"
"""A line is parsed once, and nothing is built of it but what is needed."""


def connect() -> duckdb.DuckDBPyConnection:
    """Open an engine in memory that fetches nothing and has no records yet."""
    engine = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    engine.execute("SET TimeZone = 'UTC'")
    # What Athena calls so; the questions are one text for both.
    engine.execute("CREATE MACRO array_join(items, between) AS array_to_string(items, between)")
    engine.execute("CREATE MACRO day_of_week(day) AS isodow(day)")
    return engine


def create(engine: duckdb.DuckDBPyConnection, table: str = TABLE) -> None:
    """Make the empty table."""
    run(
        engine,
        f"CREATE TABLE {table} AS SELECT {_SELECT}, '' AS segment "
        f"FROM ({_READ} FROM (SELECT '{{}}' AS line)) WHERE false",
    )


def fill(
    engine: duckdb.DuckDBPyConnection, segments: Iterable[SealedSegment], table: str = TABLE
) -> None:
    """Add the records of these segments.

    The engine reads copies of the bytes that were checked, not the archive once more.

    Raises:
        LedgerUnavailableError: A segment that was signed is not JSON.

    """
    cores = os.cpu_count() or 1
    waiting: deque[Future[None]] = deque()
    # Batches are read side by side while the next one is checked.
    with (
        tempfile.TemporaryDirectory(prefix="affidavit-") as folder,
        ThreadPoolExecutor(cores) as aside,
    ):
        for number, batch in enumerate(_batches(segments)):
            place = Path(folder) / str(number)
            place.mkdir()
            # By numbers: a key is the archive's, and might lead out of the folder.
            for at, segment in enumerate(batch):
                (place / f"{at}.ndjson").write_bytes(segment.data)
            keys = [segment.manifest.key for segment in batch]
            if len(waiting) == cores:
                waiting.popleft().result()
            waiting.append(aside.submit(_insert, engine.cursor(), place, keys, table))
        for begun in waiting:
            begun.result()
    # Not as a condition of what is read: the engine would parse each line for that once more.
    run(engine, f"DELETE FROM {table} WHERE phase = 'G'")


def take(
    engine: duckdb.DuckDBPyConnection,
    archive: Archive,
    manifests: Sequence[Manifest],
    coverage: Coverage,
    progress: Callable[[int], None],
) -> None:
    """Read what holds of these segments into the engine; the rest is noted in `coverage`.

    Raises:
        LedgerUnavailableError: A segment that was signed is not JSON.

    """

    def checked() -> Iterator[SealedSegment]:
        for number, segment in enumerate(sealed_segments(archive, manifests, coverage), 1):
            yield segment
            if number % _STEP == 0:
                progress(coverage.records)

    fill(engine, checked())
    progress(coverage.records)


def _batches(segments: Iterable[SealedSegment]) -> Iterator[list[SealedSegment]]:
    batch: list[SealedSegment] = []
    size = 0
    for segment in segments:
        batch.append(segment)
        size += len(segment.data)
        if len(batch) == MOST_SEGMENTS or size > MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _insert(engine: duckdb.DuckDBPyConnection, folder: Path, keys: list[str], table: str) -> None:
    try:
        run(
            engine,
            f"INSERT INTO {table} SELECT {_SELECT}, "
            "list_extract($keys::VARCHAR[], 1 + parse_filename(filename, true)::INTEGER) "
            f"FROM ({_READ}, filename FROM read_csv($files, columns = {{'line': 'VARCHAR'}}, "
            "auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', "
            "filename = true, max_line_size = 4194304))",
            {"keys": keys, "files": str(folder / "*.ndjson")},
        )
        shutil.rmtree(folder)
    except duckdb.Error as error:
        failed = type(error).__name__
    else:
        return
    raise LedgerUnavailableError(
        "a sealed segment cannot be read as records",
        why=f"it is what was signed, and reading it raised {failed}",
        fix="Run affidavit verify on the archive; it names the segment",
    )


def run(
    engine: duckdb.DuckDBPyConnection,
    statement: str,
    values: list[Any] | dict[str, Any] | None = None,
) -> None:
    """Run a statement of ours. What comes from evidence or from a user is a bind in `values`."""
    engine.execute(statement, values or [])


def rows(
    engine: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield what a statement finds."""
    cursor = engine.execute(sql, parameters or [])
    while found := cursor.fetchmany(1000):
        yield from found
