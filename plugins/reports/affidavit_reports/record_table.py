"""The table of records: its columns, and how it is filled from segments.

One row is one record other than a genesis record. Names of columns are words,
as reports show them; docs/records.md says from which key of a record each
comes. The same columns stand in Parquet, so DuckDB here and Athena in an
account read the same SQL; `month` is what folders of the copy are named after.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb

from affidavit import LedgerUnavailableError
from affidavit_reports.sealed import SealedSegment

BATCH: Final = 256
"""Segments that are parsed at once; a segment has at most 10,000 records, about 8 MB."""

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
_DERIVED: Final = {
    "month": "substr(coalesce(said[1], ''), 1, 7)",
    "reads": "array_to_string(list_transform(list_zip(sources, queries), "
    "lambda one: one[1] || '.' || one[2]), ' ')",
    "rows_read": "coalesce(list_sum(list_transform(found, "
    "lambda one: greatest(try_cast(one AS BIGINT), 0))), 0)::BIGINT",
    "changes": "array_to_string(changed, ' ')",
    "off_record": "array_to_string(list_transform(list_zip(kinds, reached), "
    "lambda one: one[1] || ':' || one[2]), ' ')",
}
"""Columns that say when in short, or sum up a list of a record: what was read, how many rows, which
fields changed, what was reached past the sources."""


def _column(at: int, name: str) -> str:
    value = f"said[{at}]"
    if name in _NUMBERS:
        return f'try_cast({value} AS BIGINT) AS "{name}"'
    return f"coalesce({value}, '{'unknown' if name == 'outcome' else ''}') AS \"{name}\""


_SELECT: Final = ", ".join(
    [_column(at, name) for at, name in enumerate(COLUMNS, 1)]
    + [f'{how} AS "{name}"' for name, how in _DERIVED.items()]
)
_PATHS: Final = ", ".join(f"'$.b.{key}'" for key in COLUMNS.values())
_READ: Final = (
    f"SELECT json_extract_string(line, [{_PATHS}]) AS said, "
    "json_extract_string(line, '$.b.q[*].s') AS sources, "
    "json_extract_string(line, '$.b.q[*].n') AS queries, "
    "json_extract_string(line, '$.b.q[*].r') AS found, "
    "json_extract_string(line, '$.b.chg[*].f') AS changed, "
    "json_extract_string(line, '$.b.off[*].k') AS kinds, "
    "json_extract_string(line, '$.b.off[*].n') AS reached"
)
"""Lines are read as text and asked for what is needed: ten times faster than as structures."""


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
    several = iter(segments)
    while batch := list(islice(several, BATCH)):
        with tempfile.TemporaryDirectory(prefix="affidavit-") as folder:
            for number, segment in enumerate(batch):
                (Path(folder) / f"{number}.ndjson").write_bytes(segment.data)
            _insert(engine, Path(folder), [one.manifest.key for one in batch], table)


def _insert(engine: duckdb.DuckDBPyConnection, folder: Path, keys: list[str], table: str) -> None:
    try:
        run(
            engine,
            f"INSERT INTO {table} SELECT {_SELECT}, "
            "list_extract($keys::VARCHAR[], 1 + parse_filename(filename, true)::INTEGER) "
            f"FROM ({_READ}, filename FROM read_csv($files, columns = {{'line': 'VARCHAR'}}, "
            "auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', "
            "filename = true, max_line_size = 4194304)) WHERE said[2] <> 'G'",
            {"keys": keys, "files": str(folder / "*.ndjson")},
        )
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
