"""Reading one SQLite file: rows in, values as binds, within a deadline."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import (
    Query,
    SettingsError,
    SourceError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    UnauditedAccessError,
)
from affidavit.plugin import Permit
from affidavit.testing import check_source
from affidavit_sqlite.source import SqliteSource, open_source

PERMIT = Permit(deadline_s=10, request_id="r", function="f", actor=None)
FIND = Query(
    name="find_note", sql="select id, note from notes where id = :id", binds=frozenset({"id"})
)


def _query(sql: str, *binds: str) -> Query:
    return Query(name="q", sql=sql, binds=frozenset(binds))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with three notes."""
    path = tmp_path_factory.mktemp("data") / "notes ?#.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table notes (id text, note text)")
        rows = [(f"A{number}", f"note {number}") for number in range(3)]
        connection.executemany("insert into notes values (?, ?)", rows)
    return path


@pytest.fixture
def source(file: Path) -> SqliteSource:
    """A source over it."""
    return open_source("notes", urlsplit(f"sqlite:///{quote(str(file))}"))


def _run(
    source: SqliteSource, query: Query, binds: Mapping[str, Any] | None = None, **changes: Any
) -> Any:
    return source.run(PERMIT._replace(**changes), query, binds or {}, max_rows=1000)


def test_it_keeps_the_contract_of_sources(source: SqliteSource) -> None:
    """The promises that the kernel relies on."""
    check_source(
        source,
        query=FIND,
        binds={"id": "A1"},
        rows=[{"id": "A1", "note": "note 1"}],
        hostile_bind="id",
    )


def test_opening_touches_nothing(tmp_path: Path) -> None:
    """The first query connects, and a file that is not there is not made."""
    source = open_source("x", urlsplit(f"sqlite:///{tmp_path / 'x.db'}"))
    assert "x" == source.name
    with pytest.raises(SourceUnavailableError, match="query q failed: the file cannot be opened"):
        _run(source, _query("select 1"))

    assert [] == list(tmp_path.iterdir())


def test_a_url_that_names_no_file_is_refused() -> None:
    """At start."""
    with pytest.raises(SettingsError, match="names no file"):
        open_source("x", urlsplit("sqlite://x"))


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        pytest.param("text", "text", id="text"),
        pytest.param("", "", id="empty"),
        pytest.param(7, 7, id="a number"),
        pytest.param(2**63 - 1, 2**63 - 1, id="the largest number"),
        pytest.param(1.5, 1.5, id="a fraction"),
        pytest.param(None, None, id="nothing"),
        pytest.param(b"\x00\xff", b"\x00\xff", id="bytes"),
        pytest.param(Decimal("99.90"), "99.90", id="a decimal keeps its digits"),
        pytest.param(date(2026, 1, 23), "2026-01-23", id="a date"),
        pytest.param(
            datetime(2026, 1, 23, 12, tzinfo=UTC), "2026-01-23T12:00:00+00:00", id="a moment"
        ),
    ],
)
def test_a_value_arrives_as_sqlite_stores_it(source: SqliteSource, value: Any, stored: Any) -> None:
    """Decimals and dates are text there."""
    assert [{"v": stored}] == _run(source, _query("select :v as v", "v"), {"v": value})


@given(value=st.text() | st.integers() | st.floats() | st.binary() | st.decimals() | st.dates())
def test_every_value_arrives_or_is_refused(file: Path, value: Any) -> None:
    """What has no place in SQLite is named as such, and not repeated."""
    source = open_source("notes", urlsplit(f"sqlite:///{quote(str(file))}"))
    query = _query("select typeof(:v) as kind", "v")
    try:
        rows = _run(source, query, {"v": value})
    except StatementError as error:
        assert "a bind value has no place in SQLite" in str(error)
        assert isinstance(value, int) or "\ud800" <= max(value)
    else:
        assert {"text", "integer", "real", "blob", "null"} >= {rows[0]["kind"]}


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "\ud800"])
def test_a_value_without_a_place_is_refused(source: SqliteSource, value: Any) -> None:
    """Beyond 64 bits, or no Unicode."""
    with pytest.raises(StatementError, match="a bind value has no place in SQLite") as caught:
        _run(source, FIND, {"id": value})
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("value", [object(), [1], {"a": 1}])
def test_a_value_of_another_kind_is_refused(source: SqliteSource, value: Any) -> None:
    """The type checker says so before; this is for whoever has none."""
    with pytest.raises(SourceError, match="query find_note failed|cannot be run"):
        _run(source, FIND, {"id": value})


def test_columns_are_named_in_small_letters(source: SqliteSource) -> None:
    """Whatever the statement writes; Oracle would shout them."""
    rows = _run(
        source, _query("select ID, Note as NoteText from notes where id = :id", "id"), {"id": "A1"}
    )

    assert [{"id": "A1", "notetext": "note 1"}] == rows


@pytest.mark.parametrize(
    "sql", ["select id, id from notes", "select id, note as ID from notes", "select 1 as a, 2 as A"]
)
def test_two_columns_of_one_name_are_refused(source: SqliteSource, sql: str) -> None:
    """One would hide the other."""
    with pytest.raises(StatementError, match="two of its columns have one name"):
        _run(source, _query(sql))


def test_the_number_of_rows_is_bounded(source: SqliteSource) -> None:
    """Exactly as many as asked for are fine, one more is an error."""
    everything = _query("select id from notes order by id")

    assert 3 == len(source.run(PERMIT, everything, {}, max_rows=3))
    with pytest.raises(StatementError, match="it finds more than 2 rows"):
        source.run(PERMIT, everything, {}, max_rows=2)


ENDLESS = _query(
    "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
)


def test_a_deadline_interrupts_a_query(source: SqliteSource) -> None:
    """In time for a refusal to get out; afterwards the source works again."""
    started = time.monotonic()
    with pytest.raises(SourceTimeoutError, match="query q failed: there was no time left"):
        _run(source, ENDLESS, deadline_s=0.1)
    assert 0.1 <= time.monotonic() - started < 5

    assert 1 == len(_run(source, FIND, {"id": "A1"}))


def test_without_time_nothing_runs_long(source: SqliteSource) -> None:
    """Not even a little."""
    with pytest.raises(SourceTimeoutError):
        _run(source, ENDLESS, deadline_s=0.0)


def test_a_locked_database_is_waited_for_as_long_as_there_is_time(tmp_path: Path) -> None:
    """A rollback-journal database locks its readers out while it commits."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("create table t (a)")
        other.execute("begin exclusive")
        source = open_source("x", urlsplit(f"sqlite:///{path}"))
        with pytest.raises(SourceUnavailableError, match="another process holds the file locked"):
            _run(source, _query("select a from t"), deadline_s=0.05)
        other.execute("rollback")
        assert [] == _run(source, _query("select a from t"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"not a database " * 100, "not a SQLite database", id="not a database"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 4000, "not a SQLite|damaged", id="damaged"),
    ],
)
def test_a_spoilt_file_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    """What it means, and what to do."""
    (tmp_path / "x.db").write_bytes(content)
    source = open_source("x", urlsplit(f"sqlite:///{tmp_path / 'x.db'}"))
    with pytest.raises(SourceUnavailableError, match=why):
        _run(source, _query("select a from t"))


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select s3cr3t from notes", id="no such column"),
        pytest.param("select * from s3cr3t", id="no such table"),
        pytest.param("select s3cr3t(1)", id="no such function"),
        pytest.param("select from where", id="no such grammar"),
        pytest.param("select abs(-9223372036854775808)", id="an overflow"),
    ],
)
def test_a_wrong_statement_is_said_without_its_text(source: SqliteSource, sql: str) -> None:
    """SQLite's message may quote what was written, and so what was bound."""
    with pytest.raises(StatementError, match="query q failed: SQLite reports") as caught:
        _run(source, _query(sql))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select load_extension('x')", id="an extension"),
        pytest.param("select writefile('x', 'y')", id="a file"),
        pytest.param("select * from pragma_table_info('notes')", id="a pragma as a table"),
    ],
)
def test_a_read_that_does_more_is_refused(source: SqliteSource, sql: str) -> None:
    """Whatever slips through the check of the text."""
    with pytest.raises(StatementError):
        _run(source, _query(sql))


def test_only_a_permit_is_leave_to_read(source: SqliteSource) -> None:
    """Not something that is equal to one."""
    for permit in (None, tuple(PERMIT), object()):
        with pytest.raises(UnauditedAccessError, match="without a permit"):
            source.run(permit, FIND, {"id": "A1"}, max_rows=1)  # type: ignore[arg-type]


def test_a_query_that_writes_is_refused(source: SqliteSource) -> None:
    """This source only reads."""
    write = Query(name="w", sql="delete from notes", write=True)
    with pytest.raises(StatementError, match="it writes, and this source only reads"):
        _run(source, write)


def test_threads_have_connections_of_their_own(source: SqliteSource) -> None:
    """SQLite's would not be shared; forty reads side by side find forty rows."""
    found: list[int] = []

    def read() -> None:
        found.extend(len(_run(source, FIND, {"id": "A1"})) for _ in range(10))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [1] * 40 == found


_FORKING = """
import os, sys
from urllib.parse import urlsplit
from affidavit import Query
from affidavit.plugin import Permit
from affidavit_sqlite.source import open_source

source = open_source("x", urlsplit(sys.argv[1]))
permit = Permit(deadline_s=5, request_id="r", function="f", actor=None)
query = Query(name="q", sql="select count(*) as n from notes")

def held():
    source.run(permit, query, {}, max_rows=1)
    return source._local.held[1]

mine = held()
pid = os.fork()
if not pid:
    os._exit(int(held() is mine))
assert held() is mine
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
def test_a_forked_process_connects_anew(file: Path) -> None:
    """No connection crosses a fork."""
    done = subprocess.run(
        [sys.executable, "-c", _FORKING, f"sqlite:///{quote(str(file))}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "0\n" == done.stdout, done.stderr


@pytest.fixture
def many(tmp_path: Path) -> SqliteSource:
    """Five thousand rows."""
    path = tmp_path / "many.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [(n,) for n in range(5000)])
    return open_source("many", urlsplit(f"sqlite:///{path}"))


def test_no_more_is_read_than_is_asked_for(many: SqliteSource) -> None:
    """A million rows do not fill the memory before the error."""
    with pytest.raises(StatementError, match="more than 10 rows"):
        many.run(PERMIT, _query("select a.a from t a, t b, t c"), {}, max_rows=10)


def test_a_connection_that_nobody_holds_is_closed(tmp_path: Path) -> None:
    """Python 3.13 warns of one that is left open; earlier ones say nothing."""
    place = tmp_path / "data.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("create table t (n)")
    source = open_source("x", urlsplit(f"sqlite:///{place}"))
    source.run(PERMIT, Query(name="q", sql="select n from t"), {}, max_rows=1)
    held: Any = source._connection(write=False)
    held.__del__()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        held.execute("select 1")
