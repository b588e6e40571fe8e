"""Read rows from one SQLite file with named binds and a deadline; write if the URL says so."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import SplitResult

from affidavit import (
    Query,
    Row,
    Scalar,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)
from affidavit.plugin import Permit, check_permit
from affidavit_sqlite.connection import connect, need_file, wait_at_most
from affidavit_sqlite.faults import code_of, meaning
from affidavit_sqlite.location import Location, locate

_READS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_WRITES = _READS | {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
_STEPS_BETWEEN_CHECKS = 5_000
"""How many virtual-machine steps SQLite takes between two looks at the clock."""

_KINDS: Mapping[str, type[SourceError]] = {
    "SQLITE_INTERRUPT": SourceTimeoutError,
    "SQLITE_AUTH": StatementError,
    "SQLITE_CONSTRAINT": StatementError,
    "SQLITE_ERROR": StatementError,
    "SQLITE_MISMATCH": StatementError,
    "SQLITE_RANGE": StatementError,
    "SQLITE_TOOBIG": StatementError,
    "SQLITE_PERM": SourceForbiddenError,
}


class SqliteSource:
    """One SQLite file as a data source. Each thread has a connection of its own."""

    def __init__(self, name: str, location: Location) -> None:
        self.name = name
        self._location = location
        self._local = threading.local()

    def run(
        self, permit: Permit, query: Query, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Run a query; see `affidavit.Source`.

        One that writes returns the rows of its `returning` clause; without one, a
        row that says how many were `changed`.
        """
        check_permit(permit)
        query.check_binds(binds)
        if query.write and not self._location.writable:
            raise self._refused(query, "it writes, and this source only reads")
        try:
            rows = self._rows(permit, query, binds, max_rows)
        except sqlite3.Error as error:
            failure = error
        except (OverflowError, UnicodeError, ValueError):
            raise self._refused(query, "a bind value has no place in SQLite") from None
        else:
            if len(rows) > max_rows:
                raise self._refused(query, f"it finds more than {max_rows} rows")
            return rows
        why, fix = meaning(failure)
        kind = _KINDS.get(code_of(failure), SourceUnavailableError)
        raise kind(f"query {query.name} failed", why=why, fix=fix)

    def _rows(
        self, permit: Permit, query: Query, binds: Mapping[str, Scalar], max_rows: int
    ) -> list[Row]:
        connection = self._connection(write=query.write)
        deadline = time.monotonic() + permit.deadline_s
        connection.set_progress_handler(
            lambda: int(time.monotonic() > deadline), _STEPS_BETWEEN_CHECKS
        )
        wait_at_most(connection, int(permit.deadline_s * 1000))
        connection.set_authorizer(_only_writes if query.write else _only_reads)
        try:
            cursor = connection.execute(query.sql, {n: _bind(v) for n, v in binds.items()})
            if query.write and cursor.description is None:
                return [{"changed": cursor.rowcount}]
            names = [column[0].lower() for column in cursor.description or ()]
            if len(set(names)) != len(names):
                raise self._refused(query, "two of its columns have one name")
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(max_rows + 1)]
        finally:
            connection.set_authorizer(None)
            connection.set_progress_handler(None, 0)

    def _connection(self, *, write: bool) -> sqlite3.Connection:
        # A connection each: the one that reads cannot write, whatever the URL says.
        place = "writing" if write else "held"
        held = getattr(self._local, place, None)
        if held is not None and held[0] == os.getpid():
            found: sqlite3.Connection = held[1]
            return found
        need_file(self._location.path)
        connection = connect(self._location.uri("rw" if write else "ro"))
        if not write:
            connection.execute("pragma query_only = on")
        setattr(self._local, place, (os.getpid(), connection))
        return connection

    def _refused(self, query: Query, why: str) -> StatementError:
        return StatementError(
            f"query {query.name} cannot be run", why=why, fix="See docs/sources.md"
        )


def open_source(name: str, url: SplitResult) -> SqliteSource:
    """Open the source that a `sqlite:` URL names; the first query connects.

    Raises:
        SettingsError: The URL names no file.

    """
    return SqliteSource(name, locate(url))


def _only_reads(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _only_writes(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _WRITES else sqlite3.SQLITE_DENY


def _bind(value: Scalar) -> object:
    """Return what SQLite stores: decimals and dates are text there."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
