"""Salts of subjects in a SQLite file of their own, so that no copy of the ledger holds them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from affidavit import LedgerUnavailableError
from affidavit.plugin import Token
from affidavit_sqlite.connection import need_file
from affidavit_sqlite.faults import meaning
from affidavit_sqlite.location import make_private
from affidavit_sqlite.sqlite_reader import reading

T = TypeVar("T")

_TIMEOUT_S = 5.0


class SqliteSubjects:
    """Keeps salts in one file. Deleted pages are overwritten: gone is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        """Return a salt; of two processes that keep one at once, the first one's counts."""

        def act(connection: sqlite3.Connection) -> str:
            connection.execute(
                "insert into salts values (?, ?) on conflict do nothing", (place, salt)
            )
            return str(_salt(connection, place))

        return self._with(act, timeout_s)

    def read(self, place: Token) -> str | None:
        """Return a salt, or None."""
        if not self._path.exists():
            return None
        try:
            with reading(self._path) as connection:
                return _salt(connection, place)
        except sqlite3.Error as error:
            failure = error
        raise _unavailable(failure)

    def destroy(self, place: Token) -> bool:
        """Destroy a salt."""

        def act(connection: sqlite3.Connection) -> bool:
            gone = connection.execute("delete from salts where lookup = ?", (place,)).rowcount
            return gone > 0

        return self._with(act, _TIMEOUT_S)

    def _with(self, act: Callable[[sqlite3.Connection], T], timeout_s: float) -> T:
        make_private(self._path)
        try:
            need_file(self._path)
            uri = f"file:{quote(str(self._path))}?mode=rwc"
            with closing(sqlite3.connect(uri, uri=True, timeout=timeout_s)) as connection:
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


def _salt(connection: sqlite3.Connection, place: Token) -> str | None:
    found = connection.execute("select salt from salts where lookup = ?", (place,)).fetchone()
    return None if found is None else str(found[0])
