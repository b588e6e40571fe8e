"""Connections that close themselves, and how long they wait for a file that is locked."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import ClassVar


class _Closing(sqlite3.Connection):
    """Closes itself when nobody holds it any more: nobody says when its owner is done."""

    # Of the class: names of a module may be gone when a process ends.
    _never_opened: ClassVar = contextlib.suppress(sqlite3.ProgrammingError)

    def __del__(self) -> None:
        with self._never_opened:
            self.close()


def connect(uri: str) -> sqlite3.Connection:
    """Open the file that a URI names, for statements that each are a transaction.

    Whoever lets go of the connection last closes it, which may be another thread.
    """
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, factory=_Closing, check_same_thread=False
    )


def need_file(path: Path) -> None:
    """Raise as SQLite does if something stands here that is no ordinary file.

    SQLite would wait in a pipe for as long as nobody writes into it.
    """
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - no right to look is not an error here
        error = sqlite3.OperationalError("no ordinary file")
        error.sqlite_errorname = "SQLITE_NOFILE"
        raise error


def wait_at_most(connection: sqlite3.Connection, wait_ms: int) -> None:
    """Let statements of this connection wait so many milliseconds for a lock, 0 for not at all."""
    # affidavit: allow AFF101 - a pragma takes no binds, and a whole number is no SQL
    connection.execute(f"pragma busy_timeout = {wait_ms:d}")
