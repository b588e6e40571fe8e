"""A ledger in one SQLite file: rows are added and nothing else.

Triggers enforce it as well as the code does: they stop an accident and a
careless colleague. They do not stop somebody who owns the file, who can drop
them; that the chain is keyed is what shows such a change.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult
from weakref import WeakSet

from affidavit import (
    LedgerConflictError,
    LedgerRefusedError,
    LedgerUnavailableError,
    SettingsError,
)
from affidavit.plugin import Entry, Ledger
from affidavit_sqlite.connection import connect, need_file, wait_at_most
from affidavit_sqlite.faults import code_of, meaning
from affidavit_sqlite.file_keys import FileKeys
from affidavit_sqlite.ledger_schema import LAST_MADE, SCHEMA
from affidavit_sqlite.location import Location, locate, make_private
from affidavit_sqlite.spill import FileSpill
from affidavit_sqlite.sqlite_reader import SqliteReader
from affidavit_sqlite.subjects import SqliteSubjects

_REMOVAL_S = 60.0
"""How long a removal may wait for others that write."""

_REMOVE = """
delete from records where writer = ? and seq < ?
    and expires_at <= min(?, cast(strftime('%s', 'now') as integer))
"""

_INSERT = "insert into records values (?, ?, ?, ?, ?, ?, ?, ?)"
OLDEST: Final = (3, 24, 0)
"""The first that knows `on conflict do nothing`. https://sqlite.org/changes.html"""

PERMANENT: Final = frozenset({"SQLITE_CONSTRAINT", "SQLITE_TOOBIG", "SQLITE_MISMATCH"})
"""What SQLite answers to rows that it will never take."""

_inherited: list[sqlite3.Connection] = []
"""Connections of a parent process, held so that they are not closed here."""


class SqliteStore:
    """Appends entries to one file; several processes may do so at once."""

    name = "sqlite"
    remote = False
    batch_limit = 1_000
    """A transaction of any size would do; this one holds the lock for milliseconds."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Add `entries` in one transaction that is on the disk when this returns."""
        if timeout_s <= 0:
            raise LedgerUnavailableError(
                "the SQLite ledger was given no time", why="the deadline has passed", fix="Retry"
            )
        if self._location.timeout_ms is not None:
            timeout_s = min(timeout_s, self._location.timeout_ms / 1000)
        deadline = time.monotonic() + timeout_s
        if len(entries) > self.batch_limit:
            raise _refused(
                f"it takes {self.batch_limit} entries at once", "Append them in portions"
            )
        with self._lock:
            try:
                self._append(entries, deadline)
            except sqlite3.Error as error:
                failure = error
            else:
                return
        why, fix = meaning(failure)
        if code_of(failure) in PERMANENT:
            raise _refused(why, fix)
        raise LedgerUnavailableError("the SQLite ledger cannot be written", why=why, fix=fix)

    def close(self) -> None:
        """Close this process's connection. An entry that comes later opens another."""
        if self._pid != os.getpid():
            return  # a child's parent opened it, and a thread there may have held the lock
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def remove_expired(self, now_s: int, writer: str, below: int) -> int:
        """Remove the expired rows of one chain below a seq; return how many.

        A trigger of the table's holds back what has not expired, whoever asks.
        """
        with self._lock:
            try:
                connection = self._connect(time.monotonic() + _REMOVAL_S)
                gone = connection.execute(
                    _REMOVE,
                    (writer, below, now_s),
                )
            except sqlite3.Error as error:
                failure = error
            else:
                return gone.rowcount
        why, fix = meaning(failure)
        raise LedgerUnavailableError("expired rows cannot be removed", why=why, fix=fix)

    def _append(self, entries: Sequence[Entry], deadline: float) -> None:
        connection = self._connect(deadline)
        _wait_until(connection, deadline)
        connection.execute("begin immediate")
        try:
            for entry in entries:
                if not _stands_already(connection, entry):
                    connection.execute(_INSERT, _row(entry))
                    _look_again(connection, entry)
            connection.execute("commit")
        except BaseException:
            # A full disk, say, has ended the transaction already.
            if connection.in_transaction:
                connection.execute("rollback")
            raise

    def _connect(self, deadline: float) -> sqlite3.Connection:
        if self._connection is not None and self._pid == os.getpid():
            return self._connection
        # After a fork the parent's connection must be neither used nor closed.
        if self._connection is not None:
            _inherited.append(self._connection)
        make_private(self._location.path)
        need_file(self._location.path)
        connection = connect(self._location.uri("rwc"))
        try:
            _prepare(connection, deadline)
        except BaseException:
            connection.close()
            raise
        self._connection, self._pid = connection, os.getpid()
        _written.add(self)
        return connection


_written: Final[WeakSet[SqliteStore]] = WeakSet()


@atexit.register
def _close_all() -> None:
    """Leave one file: whoever copies it would miss what still stands in its `-wal`.

    From Python 3.12 on nobody closes what is held to the end of a process.
    """
    for store in list(_written):
        store.close()


def _refused(why: str, fix: str) -> LedgerRefusedError:
    return LedgerRefusedError("the SQLite ledger does not take these entries", why=why, fix=fix)


def open_ledger(url: SplitResult) -> Ledger:
    """Open the ledger that a `sqlite:` URL names. Nothing is touched yet.

    Raises:
        SettingsError: The URL names no file, SQLite is too old, or this is a deployed function.

    """
    if os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        raise SettingsError(
            "a deployed function cannot keep its ledger in a local file",
            why="the file is gone with the execution environment",
            fix="Set AFFIDAVIT_LEDGER to dynamodb://<table>",
        )
    if sqlite3.sqlite_version_info < OLDEST:
        raise SettingsError(
            "this SQLite is too old for a ledger",
            why=f"it is {sqlite3.sqlite_version}, and {'.'.join(map(str, OLDEST))} is the oldest",
            fix="Use a Python with a newer one: python -c 'import sqlite3; "
            "print(sqlite3.sqlite_version)' shows it",
        )
    location = locate(url)
    return Ledger(
        store=SqliteStore(location),
        keys=FileKeys(location),
        reader=SqliteReader(location),
        spill=FileSpill(location.spill) if location.spill else None,
        subjects=SqliteSubjects(location.subjects) if location.subjects else None,
    )


def _prepare(connection: sqlite3.Connection, deadline: float) -> None:
    """Set the file up: a log that survives a power cut, and the table."""
    _wait_until(connection, deadline)
    # Switching to WAL needs the file alone for a moment, and SQLite does not
    # wait for that: processes that start together have to take turns.
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            break
        except sqlite3.OperationalError as error:
            if code_of(error) != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
    connection.execute("pragma synchronous = full")
    found = connection.execute("select 1 from sqlite_master where name = ?", (LAST_MADE,))
    if found.fetchone() is None:
        connection.executescript(SCHEMA)


def _wait_until(connection: sqlite3.Connection, deadline: float) -> None:
    left_ms = int((deadline - time.monotonic()) * 1000)
    if left_ms <= 0:
        late = sqlite3.OperationalError("no time left")
        late.sqlite_errorname = "SQLITE_BUSY"
        raise late
    wait_at_most(connection, left_ms)


def _stands_already(connection: sqlite3.Connection, entry: Entry) -> bool:
    """Tell whether the very same entry was kept before: an acknowledgement got lost."""
    found = connection.execute(
        "select body, mac from records where writer = ? and seq = ?", (entry.writer, entry.seq)
    ).fetchone()
    if found is None:
        return False
    if found == (entry.body, entry.mac):
        return True
    raise LedgerConflictError(
        "another record stands in this place",
        why="two writers share a chain",
        fix="Nothing: the writer opens a new chain",
    )


def _look_again(connection: sqlite3.Connection, entry: Entry) -> None:
    """Find the row that was just added: a trigger of somebody else's may have swallowed it."""
    if not _stands_already(connection, entry):
        raise LedgerUnavailableError(
            "the SQLite ledger did not keep a record",
            why="the row is not there after it was added, so something swallows it",
            fix="Look for triggers that are not the ledger's own: affidavit verify names them",
        )


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.writer,
        entry.seq,
        entry.body,
        entry.mac,
        entry.expires_at,
        entry.at,
        entry.actor,
        entry.subject,
    )
