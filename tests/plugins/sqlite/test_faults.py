"""What a SQLite error means."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit import (
    Query,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)
from affidavit.plugin import Permit
from affidavit_sqlite.faults import code_of, meaning
from affidavit_sqlite.source import SqliteSource, open_source


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


OF_THE_STATEMENT = {
    *("SQLITE_AUTH", "SQLITE_CONSTRAINT", "SQLITE_ERROR", "SQLITE_MISMATCH"),
    *("SQLITE_RANGE", "SQLITE_TOOBIG"),
}
KINDS: dict[str, type[SourceError]] = {
    **dict.fromkeys(OF_THE_STATEMENT, StatementError),
    "SQLITE_INTERRUPT": SourceTimeoutError,
    "SQLITE_PERM": SourceForbiddenError,
}
CODES = sorted(
    name
    for name, value in vars(sqlite3).items()
    if name.startswith("SQLITE_") and name.count("_") == 1 and isinstance(value, int)
)


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_place_in_our_tree(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them SQLite reports, what was extended and what was not."""
    source = open_source("notes", urlsplit("sqlite:///notes.db"))
    permit, query = Permit(1.0, "r", "f", None), Query(name="q", sql="select 1 as n")
    for name in (code, f"{code}_MORE"):

        def fail(*_: Any, name: str = name) -> Any:
            raise _error(name)

        monkeypatch.setattr(SqliteSource, "_rows", fail)
        with pytest.raises(SourceError) as caught:
            source.run(permit, query, {}, max_rows=1)
        assert KINDS.get(code, SourceUnavailableError) is type(caught.value)
        assert ("query q failed", *meaning(_error(name))) == (
            *(caught.value.what, caught.value.why, caught.value.fix),
        )
