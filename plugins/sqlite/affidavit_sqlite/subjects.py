"""Salts of subjects in a SQLite file of their own, so that no copy of the ledger holds them."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from affidavit import LedgerUnavailableError
from affidavit.plugin import Token
from affidavit_sqlite.faults import meaning
from affidavit_sqlite.location import make_private
from affidavit_sqlite.sqlite_reader import reading

T = TypeVar("T")

_TIMEOUT_S = 5.0


class SqliteSubjects:
    """Keeps salts in one file. Deleted pages are overwritten: gone is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_or_make(self, lookup: Token) -> str:
        """Return a salt; of two processes that make one at once, the first one's counts."""

        def act(connection: sqlite3.Connection) -> str:
            connection.execute(
                "insert into salts values (?, ?) on conflict do nothing",
                (lookup, secrets.token_hex(16)),
            )
            return str(_salt(connection, lookup))

        return self._with(act)

    def read(self, lookup: Token) -> str | None:
        """Return a salt, or None."""
        if not self._path.exists():
            return None
        try:
            with reading(self._path) as connection:
                return _salt(connection, lookup)
        except sqlite3.Error as error:
            failure = error
        raise _unavailable(failure)

    def destroy(self, lookup: Token) -> bool:
        """Destroy a salt."""

        def act(connection: sqlite3.Connection) -> bool:
            gone = connection.execute("delete from salts where lookup = ?", (lookup,)).rowcount
            return gone > 0

        return self._with(act)

    def _with(self, act: Callable[[sqlite3.Connection], T]) -> T:
        make_private(self._path)
        try:
            uri = f"file:{quote(str(self._path))}?mode=rwc"
            with closing(sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S)) as connection:
                connection.execute("pragma secure_delete = on")
                with connection:
                    connection.execute(
                        "create table if not exists salts "
                        "(lookup text primary key, salt text not null) without rowid"
                    )
                    return act(connection)
        except sqlite3.Error as error:
            failure = error
        raise _unavailable(failure)


def _unavailable(error: sqlite3.Error) -> LedgerUnavailableError:
    why, fix = meaning(error)
    return LedgerUnavailableError("the salts of subjects cannot be had", why=why, fix=fix)


def _salt(connection: sqlite3.Connection, lookup: Token) -> str | None:
    found = connection.execute("select salt from salts where lookup = ?", (lookup,)).fetchone()
    return None if found is None else str(found[0])
