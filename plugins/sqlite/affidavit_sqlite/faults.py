"""Say what a SQLite error means, without repeating its text: it may quote data."""

from __future__ import annotations

import sqlite3
from typing import Final

_MEANINGS: Final = {
    "SQLITE_BUSY": ("another process holds the file locked", "Retry, or raise timeout_ms"),
    "SQLITE_LOCKED": ("another process holds the file locked", "Retry, or raise timeout_ms"),
    "SQLITE_READONLY": ("the file or its folder is read-only", "Make both writable"),
    "SQLITE_CANTOPEN": ("the file cannot be opened", "Check that its folder exists and its rights"),
    "SQLITE_NOFILE": ("what stands there is no ordinary file", "Name another one, or move it away"),
    "SQLITE_FULL": ("the disk is full", "Free some space"),
    "SQLITE_IOERR": ("the disk reports an error", "Check the disk; do not retry blindly"),
    "SQLITE_CORRUPT": ("the file is damaged", "Restore it from a backup, then verify it"),
    "SQLITE_NOTADB": ("the file is not a SQLite database", "Name another file"),
    "SQLITE_PERM": ("the file may not be used", "Check its rights"),
    "SQLITE_AUTH": ("the statement does more than read or write", "Use one plain statement"),
    "SQLITE_CONSTRAINT": ("a rule of the table does not hold", "Compare the values with the table"),
    "SQLITE_INTERRUPT": ("there was no time left", "Narrow the query, or allow more time"),
}


def code_of(error: sqlite3.Error) -> str:
    """Return the primary result code, e.g. `SQLITE_IOERR` for `SQLITE_IOERR_READ`."""
    name = str(getattr(error, "sqlite_errorname", None) or "SQLITE_ERROR")
    return "_".join(name.split("_")[:2])


def meaning(error: sqlite3.Error) -> tuple[str, str]:
    """Return why it happened and what to do next."""
    code = code_of(error)
    return _MEANINGS.get(code, (f"SQLite reports {code}", "Look the code up in SQLite's manual"))
