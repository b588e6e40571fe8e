"""Read a ledger's SQLite file, without being able to write it and without having to."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from affidavit import LedgerMissingError, LedgerUnavailableError
from affidavit.plugin import Entry, Token, WriterId
from affidavit_sqlite.connection import need_file
from affidavit_sqlite.faults import code_of, meaning
from affidavit_sqlite.ledger_schema import damage_of
from affidavit_sqlite.location import Location

_COLUMNS = "writer, seq, body, mac, expires_at, at, actor, subject"
_TEXT: Final = (str, type(None))
_KINDS: Final[tuple[Any, ...]] = (str, int, bytes, bytes, int, str, _TEXT, _TEXT)
_WRITERS: Final = """
with recursive chain(name) as (
    select min(writer) from records
    union all
    select (select min(writer) from records where writer > name) from chain where name is not null
) select name from chain where name is not null
"""
"""One step per chain; `distinct` would read every record."""

_NO_RIGHT: Final = frozenset({"SQLITE_READONLY", "SQLITE_CANTOPEN"})


class SqliteReader:
    """Reads a ledger file without being able to write it."""

    def __init__(self, location: Location) -> None:
        self._location = location

    def writers(self) -> Iterator[WriterId]:
        """Name every chain."""
        for (writer,) in self._rows(_WRITERS, ()):
            if isinstance(writer, str):  # of others `damage` tells
                yield WriterId(writer)

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        """Read one chain in order, from `start` on."""
        sql = f"select {_COLUMNS} from records where writer = ? and seq >= ? order by seq"  # noqa: S608
        yield from map(_entry, self._rows(sql, (writer, start)))

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what one actor did."""
        return self._find("actor", actor, since, until)

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what was done to one subject."""
        return self._find("subject", subject, since, until)

    def _find(self, column: str, token: Token, since: str, until: str) -> Iterator[Entry]:
        sql = (
            f"select {_COLUMNS} from records "  # noqa: S608 - `column` is one of ours
            f"where {column} = ? and at >= ? and at < ? order by at, writer, seq"
        )
        yield from map(_entry, self._rows(sql, (token, since, until)))

    def stamp(self) -> str:
        """Return what changes with every commit: sizes, times, and SQLite's own counters."""
        told = []
        for path in (
            self._location.path,
            self._location.path.with_name(self._location.path.name + "-wal"),
        ):
            with suppress(OSError), path.open("rb") as file:
                found = os.fstat(file.fileno())
                told.append(f"{found.st_size}.{found.st_mtime_ns}.{file.read(100).hex()}")
        return sha256("/".join(told).encode()).hexdigest() if told else ""

    def damage(self) -> Iterator[str]:
        """Say what is wrong with the file itself: its schema, its pages, its indexes."""
        with self._open() as connection:
            yield from damage_of(connection)

    def _rows(self, sql: str, binds: tuple[str | int, ...]) -> Iterator[tuple[Any, ...]]:
        with self._open() as connection:
            yield from connection.execute(sql, binds)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with reading(self._location.path) as connection:
                yield connection
        except sqlite3.Error as error:
            failure = error
        else:
            return
        path = self._location.path
        if path.parent.is_dir() and not path.exists():
            raise LedgerMissingError(
                "there is no SQLite ledger",
                why="its file does not exist",
                fix="The first audited invocation makes it; if there were some, name their file",
            )
        why, fix = meaning(failure)
        raise LedgerUnavailableError("the SQLite ledger cannot be read", why=why, fix=fix)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file for reading, also where nothing can be written beside it.

    SQLite writes a file of its own beside one that is kept with a log, even to
    read it. Where it may not, the file is read as it stands if it is whole; if
    part of it is still in the log, from a copy that is removed again.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(closing(_connect(path, "mode=ro")))
        try:
            connection.execute("select 1 from sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            if code_of(error) not in _NO_RIGHT or not os.access(path, os.R_OK):
                raise
            log = path.with_name(path.name + "-wal")
            if log.exists() and log.stat().st_size:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                for file in (path, log):
                    shutil.copyfile(file, folder / file.name)
                connection = stack.enter_context(closing(_connect(folder / path.name, "mode=rw")))
            else:
                connection = stack.enter_context(closing(_connect(path, "mode=ro&immutable=1")))
        yield connection


def _connect(path: Path, parameters: str) -> sqlite3.Connection:
    need_file(path)
    uri = f"file:{quote(str(path))}?{parameters}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.text_factory = _text
    return connection


def _text(data: bytes) -> str:
    """Read text; what is none becomes something that no writer is called."""
    return data.decode("utf-8", "replace")


def _entry(row: tuple[Any, ...]) -> Entry:
    """Return a row as an entry.

    One that has not the form which the table's checks demand, because somebody
    has made the table anew, becomes an entry that no verifier takes for a record:
    it must not keep the others from being read.
    """
    if all(map(isinstance, row, _KINDS)):
        return Entry(*row)
    writer, seq = row[0], row[1]
    return Entry(
        WriterId(writer if isinstance(writer, str) else "?"),
        seq if isinstance(seq, int) else -1,
        row[2] if isinstance(row[2], bytes) else b"",
        row[3] if isinstance(row[3], bytes) else b"",
        0,
        "",
    )
