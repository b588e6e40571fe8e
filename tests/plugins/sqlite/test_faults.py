"""What a SQLite error means."""

from __future__ import annotations

import sqlite3

import pytest

from affidavit_sqlite.faults import code_of, meaning


def _error(name: str | None) -> sqlite3.Error:
    error = sqlite3.OperationalError("s3cr3t-value")
    if name is not None:
        error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("SQLITE_BUSY", "locked"),
        ("SQLITE_BUSY_SNAPSHOT", "locked"),
        ("SQLITE_LOCKED_SHAREDCACHE", "locked"),
        ("SQLITE_READONLY_DIRECTORY", "read-only"),
        ("SQLITE_CANTOPEN_ISDIR", "cannot be opened"),
        ("SQLITE_FULL", "disk is full"),
        ("SQLITE_IOERR_FSYNC", "disk reports an error"),
        ("SQLITE_CORRUPT_INDEX", "damaged"),
        ("SQLITE_NOTADB", "not a SQLite database"),
        ("SQLITE_PERM", "may not be used"),
        ("SQLITE_AUTH", "more than read"),
        ("SQLITE_INTERRUPT", "no time left"),
    ],
)
def test_a_code_has_a_meaning_and_a_remedy(name: str, why: str) -> None:
    """Extended codes mean what their primary ones mean."""
    told, fix = meaning(_error(name))

    assert why in told
    assert fix
    assert "s3cr3t" not in told + fix


@pytest.mark.parametrize(
    ("name", "code"),
    [("SQLITE_SCHEMA", "SQLITE_SCHEMA"), (None, "SQLITE_ERROR"), ("SQLITE_ERROR", "SQLITE_ERROR")],
)
def test_any_other_code_is_named(name: str | None, code: str) -> None:
    """So that it can be looked up; an error of the module itself has none."""
    assert code == code_of(_error(name))
    assert f"SQLite reports {code}" == meaning(_error(name))[0]
