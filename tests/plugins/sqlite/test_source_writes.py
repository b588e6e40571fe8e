"""A SQLite source whose URL says `mode=rw`: it writes what a query declares, and no more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import Query, SettingsError, StatementError, UnauditedAccessError
from affidavit.plugin import Permit
from affidavit.testing.contracts import HOSTILE
from affidavit_sqlite.source import SqliteSource, open_source

PERMIT = Permit(deadline_s=10, request_id="r", function="f", actor=None)
FIND = Query(
    name="find", sql="select note from notes where id = :id order by note", binds=frozenset({"id"})
)
CHANGE = Query(
    name="change",
    sql="update notes set note = :note where id = :id",
    binds=frozenset({"id", "note"}),
    write=True,
)
ADD = Query(
    name="add",
    sql="insert into notes (id, note) values (:id, :note) returning id",
    binds=frozenset({"id", "note"}),
    write=True,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table notes (id text primary key, note text not null)")
        connection.executemany("insert into notes values (?, ?)", [("A1", "one"), ("A2", "two")])
    return path


@pytest.fixture
def source(file: Path) -> SqliteSource:
    return open_source("notes", urlsplit(f"sqlite:///{file}?mode=rw"))


def _run(source: SqliteSource, query: Query, **binds: Any) -> list[Any]:
    return list(source.run(PERMIT, query, binds, max_rows=10))


def _notes(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute("select id, note from notes"))


def test_a_write_says_how_many_rows_it_changed(source: SqliteSource, file: Path) -> None:
    """And what was written is there for the next read."""
    assert [{"changed": 1}] == _run(source, CHANGE, id="A1", note="new")
    assert [{"changed": 0}] == _run(source, CHANGE, id="A9", note="new")
    assert [{"note": "new"}] == _run(source, FIND, id="A1")
    assert {"A1": "new", "A2": "two"} == _notes(file)


def test_a_returning_clause_returns_its_rows(source: SqliteSource, file: Path) -> None:
    """As with every other source."""
    assert [{"id": "A3"}] == _run(source, ADD, id="A3", note="three")
    assert "three" == _notes(file)["A3"]


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_a_hostile_value_is_written_as_it_is(tmp_path_factory: Any, value: str) -> None:
    """One row changes, and holds exactly what was bound."""
    path = tmp_path_factory.mktemp("hostile") / "n.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table notes (id text primary key, note text not null)")
        connection.executemany("insert into notes values (?, ?)", [("A1", "one"), ("A2", "two")])
    source = open_source("notes", urlsplit(f"sqlite:///{path}?mode=rw"))
    try:
        changed = _run(source, CHANGE, id="A1", note=value)
    except StatementError as error:
        assert "\ud800" <= max(value) <= "\udfff", str(error)
        return
    assert [{"changed": 1}] == changed
    assert [{"note": value}] == _run(source, FIND, id="A1")
    assert [{"note": "two"}] == _run(source, FIND, id="A2")


@pytest.mark.parametrize(
    ("query", "binds"),
    [
        pytest.param(ADD, {"id": "A1", "note": "again"}, id="a key that is taken"),
        pytest.param(CHANGE, {"id": "A1", "note": None}, id="a rule of the table"),
        pytest.param(
            Query(name="w", sql="update sqlite_master set sql = '0'", write=True), {}, id="schema"
        ),
        pytest.param(
            Query(name="w", sql="delete from nowhere", write=True), {}, id="a table that is none"
        ),
    ],
)
def test_what_cannot_be_written_changes_nothing_and_is_not_quoted(
    source: SqliteSource, file: Path, query: Query, binds: dict[str, Any]
) -> None:
    """SQLite's own text names columns and values."""
    with pytest.raises(StatementError) as caught:
        _run(source, query, **binds)

    assert {"A1": "one", "A2": "two"} == _notes(file)
    assert "notes.id" not in str(caught.value)
    assert "again" not in str(caught.value)


def test_a_read_stays_a_read(source: SqliteSource) -> None:
    """Its connection cannot write, whatever the URL says."""
    _run(source, CHANGE, id="A1", note="new")
    _run(source, FIND, id="A1")

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        source._local.held[1].execute("delete from notes")


def test_a_write_needs_a_permit(source: SqliteSource, file: Path) -> None:
    """As every read does."""
    with pytest.raises(UnauditedAccessError):
        source.run(object(), CHANGE, {"id": "A1", "note": "x"}, max_rows=1)  # type: ignore[arg-type]
    assert "one" == _notes(file)["A1"]


@pytest.mark.parametrize("mode", ["rwc", "", "RW", "yes"])
def test_another_mode_is_refused(mode: str) -> None:
    """A source never creates a file."""
    with pytest.raises(SettingsError):
        open_source("notes", urlsplit(f"sqlite:///n.db?mode={mode}"))
