"""What is ours of the Oracle source, over the stand-in: tags, order of calls, limits, retries."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracledb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import (
    Query,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    UnauditedAccessError,
    audited,
)
from affidavit.plugin import Permit, Token
from affidavit.testing import check_source, make_runtime, run
from affidavit_oracle.source import OracleSource
from oracle_stand_in import Server, driver_error, no_credentials, own_error

PERMIT = Permit(deadline_s=10, request_id="r-1", function="fetch-price", actor=Token("a" * 32))
FIND = Query(
    name="find_note", sql="select id, note from notes where id = :id;", binds=frozenset({"id"})
)
EVERYTHING = Query(name="everything", sql="select id from notes order by id")
CHANGE = Query(
    name="change_note",
    sql="update notes set note = :note where id = :id",
    binds=frozenset({"id", "note"}),
    write=True,
)
MakeSource = Callable[..., OracleSource]


def _run(
    source: OracleSource, query: Query = FIND, binds: Mapping[str, Any] | None = None, **more: Any
) -> Any:
    max_rows = more.pop("max_rows", 1000)
    said = {"id": "A1"} if binds is None and query is FIND else binds
    return source.run(PERMIT._replace(**more), query, said or {}, max_rows=max_rows)


def test_it_keeps_the_contract_of_sources(source: OracleSource) -> None:
    """The promises that the kernel relies on."""
    check_source(
        source,
        query=FIND,
        binds={"id": "A1"},
        rows=[{"id": "A1", "note": "note 1"}],
        hostile_bind="id",
    )


@given(value=st.text(max_size=30))
def test_a_hostile_value_finds_what_equals_it_and_nothing_else(
    source: OracleSource, value: str
) -> None:
    """Whatever it says in SQL."""
    try:
        found = _run(source, binds={"id": value})
    except SourceError as error:
        assert len(value) < 4 or value not in str(error)
    else:
        assert (value in {"A0", "A1", "A2"}) == len(found)


def test_a_read_is_tagged_runs_read_only_and_leaves_nothing_open(
    source: OracleSource, server: Server
) -> None:
    """Oracle's own audit joins ours; the transaction ends before the connection goes back."""
    _run(source, max_rows=1)

    assert [
        "set transaction read only",
        "select id, note from notes where id = :id",
        "fetch 2",
        "fetch 1",
        "rollback",
    ] == server.heard
    assert {("a" * 32, "fetch-price", "r-1")} == set(server.tags)


def test_the_next_user_of_a_connection_is_not_taken_for_the_one_before(
    source: OracleSource, server: Server
) -> None:
    """Not even if nobody is named."""
    _run(source)
    _run(source, actor=None, request_id="r-2'; --", function="f" * 100)

    assert ("", "f" * 64, "r-2___--") == server.tags[-1]
    assert 1 == len(server.pools)


def test_one_pool_serves_every_query(source: OracleSource, server: Server) -> None:
    """It is made by the first one, empty."""
    assert [] == server.pools
    for _ in range(3):
        _run(source)

    (pool,) = server.pools
    assert (0, 2, 20) == tuple(pool.arguments[n] for n in ("min", "max", "stmtcachesize"))
    assert (0, 1, 0) == (pool.busy, len(pool.idle), pool.dropped)


def test_a_write_is_committed_and_says_how_much_it_changed(
    source: OracleSource, server: Server
) -> None:
    """And is not begun as a read."""
    assert [{"changed": 1}] == _run(source, CHANGE, {"id": "A1", "note": "new"})
    assert [CHANGE.sql, "commit", "rollback"] == server.heard
    assert [{"id": "A1", "note": "new"}] == _run(source)
    assert [{"changed": 0}] == _run(source, CHANGE, {"id": "none", "note": "new"})


def test_a_read_cannot_write(source: OracleSource) -> None:
    """Not even with a statement that slipped through the check of its text."""
    sneaky = Query(name="sneaky", sql="select 1 from notes")
    object.__setattr__(sneaky, "sql", "delete from notes")
    with pytest.raises(StatementError, match="ORA-01456"):
        _run(source, sneaky)

    assert 3 == len(_run(source, EVERYTHING))


def test_columns_are_named_in_small_letters_and_once(source: OracleSource) -> None:
    """Oracle shouts them, and one of two would hide the other."""
    assert {"id", "note"} == _run(source)[0].keys()
    with pytest.raises(StatementError, match="two of its columns have one name"):
        _run(source, Query(name="q", sql='select id, note as "ID" from notes'))


def test_the_number_of_rows_is_bounded(make_source: MakeSource, server: Server) -> None:
    """One row more is an error; no more are fetched than show it, array by array."""
    source = make_source(array=2)
    assert 3 == len(_run(source, EVERYTHING, max_rows=3))
    with pytest.raises(StatementError, match="more than 2 rows"):
        _run(source, EVERYTHING, max_rows=2)

    assert {"fetch 2", "fetch 1"} == {said for said in server.heard if said.startswith("fetch")}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param(Decimal("NaN"), "is not a number", id="no decimal"),
        pytest.param(float("inf"), "is not a number", id="infinite"),
        pytest.param(datetime(2026, 1, 23, tzinfo=UTC), "a time zone", id="a zone"),
        pytest.param(["s3cr3t"], "a type that cannot be bound", id="a list"),
        pytest.param("\ud800", "has no place in Oracle", id="half a character"),
    ],
)
def test_a_value_without_a_place_is_refused(source: OracleSource, value: Any, why: str) -> None:
    """Before it is sent, and without repeating it."""
    with pytest.raises(StatementError, match=why) as caught:
        _run(source, binds={"id": value})
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("value", [1, True, 2.5, Decimal("9.90"), b"x", None, date(2026, 1, 23)])
def test_a_value_with_a_place_is_bound(source: OracleSource, value: Any) -> None:
    """A truth value as a number: before version 23 SQL has no type for it."""
    query = Query(name="q", sql="select typeof(:v) as kind", binds=frozenset({"v"}))

    assert "text" == _run(source, query, {"v": "x"})[0]["kind"]
    assert 1 == len(_run(source, query, {"v": value}))


def test_only_a_permit_is_leave_to_read(source: OracleSource, server: Server) -> None:
    """And without one nothing is asked."""
    for permit in (None, tuple(PERMIT), object()):
        with pytest.raises(UnauditedAccessError, match="without a permit"):
            source.run(permit, FIND, {"id": "A1"}, max_rows=1)  # type: ignore[arg-type]
    assert [] == server.pools


def test_without_time_nothing_is_begun(source: OracleSource, server: Server) -> None:
    """An answer would come too late."""
    with pytest.raises(SourceTimeoutError, match="did not answer in time"):
        _run(source, deadline_s=0.0)
    assert [] == server.heard


def test_a_handler_reads_and_its_record_names_the_query(source: OracleSource) -> None:
    """Through the front door."""

    @audited(action="FIND")
    def handler(_: Any, context: Any) -> Any:
        return {"note": context.source("notes").fetch_one(FIND, {"id": "A2"})["note"]}

    bench = make_runtime(sources=[source])

    assert {"note": "note 2"} == run(handler, {}, bench)
    assert [{"b": ["id"], "n": "find_note", "r": 1, "s": "notes"}] == (
        bench.records[-1].document["q"]
    )


# -- connections that die ------------------------------------------------------


def test_a_dead_connection_is_replaced_once_for_a_read(
    source: OracleSource, server: Server
) -> None:
    """Reading twice harms nobody."""
    _run(source)
    server.faults = [own_error(4011)]

    assert 1 == len(_run(source))
    assert 1 == server.pools[0].dropped
    server.faults = [own_error(4011), driver_error(3113)]
    with pytest.raises(SourceUnavailableError, match="DPY-4011|ORA-03113"):
        _run(source)
    assert 0 == server.pools[0].busy


def test_a_write_on_a_dead_connection_is_never_repeated(
    source: OracleSource, server: Server
) -> None:
    """It may have been done; the error says so."""
    server.faults = [own_error(4011)]
    with pytest.raises(SourceUnavailableError, match="It may have been done all the same"):
        _run(source, CHANGE, {"id": "A1", "note": "new"})
    assert 1 == server.heard.count(CHANGE.sql)


def test_a_connection_that_ran_out_of_time_is_given_up(
    source: OracleSource, server: Server
) -> None:
    """Nobody knows what it still does."""
    server.faults = [None, own_error(4024)]
    with pytest.raises(SourceTimeoutError, match="DPY-4024"):
        _run(source)
    assert (0, 1) == (server.pools[0].busy, server.pools[0].dropped)


def test_a_wrong_statement_costs_no_connection(source: OracleSource, server: Server) -> None:
    """It goes back, and serves the next one."""
    server.faults = [None, driver_error(904)]
    with pytest.raises(StatementError, match="query find_note failed") as caught:
        _run(source)
    assert "s3cr3t" not in str(caught.value)
    assert (0, 1, 0) == (
        server.pools[0].busy,
        len(server.pools[0].idle),
        server.pools[0].dropped,
    )


def test_a_connection_out_of_the_freezer_is_tried_first(
    make_source: MakeSource, server: Server
) -> None:
    """By the clock on the wall: the other one may have stood still."""
    now = [1000.0]
    source = make_source(wall=lambda: now[0])
    _run(source)
    _run(source)
    assert "ping" not in server.heard
    now[0] += 3600
    server.dead_pings = 1

    assert 1 == len(_run(source))
    assert (2, 1) == (server.heard.count("ping"), server.pools[0].dropped)


def test_a_clock_that_was_set_back_is_a_reason_to_try_too(
    make_source: MakeSource, server: Server
) -> None:
    """A restored snapshot may believe that it is yesterday."""
    now = [1000.0]
    source = make_source(wall=lambda: now[0])
    _run(source)
    now[0] -= 3600
    _run(source)

    assert 1 == server.heard.count("ping")


def test_when_every_connection_is_dead_it_is_said(make_source: MakeSource, server: Server) -> None:
    """After as many tries as there can be connections, and no more."""
    now = [1000.0]
    source = make_source(wall=lambda: now[0])
    _run(source)
    now[0] += 3600
    server.dead_pings = 100
    with pytest.raises(SourceUnavailableError, match="every connection is dead"):
        _run(source)
    assert (3, 0) == (server.heard.count("ping"), server.pools[0].busy)


def test_a_connection_that_cannot_be_given_back_is_given_up(
    source: OracleSource, server: Server
) -> None:
    """The rows are had; they are not lost over it."""
    server.dead_rollbacks = 1

    assert 1 == len(_run(source))
    assert (0, 1) == (server.pools[0].busy, server.pools[0].dropped)


def test_an_interruption_leaves_no_connection_behind(source: OracleSource, server: Server) -> None:
    """Nobody knows what it was doing."""
    server.faults = [None, KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        _run(source)
    assert (0, 1) == (server.pools[0].busy, server.pools[0].dropped)


def test_closing_a_source_closes_its_pool_and_a_later_query_opens_another(
    source: OracleSource, server: Server
) -> None:
    """For programs that end, and for those that do not after all."""
    source.close()
    _run(source)
    source.close()
    assert 1 == len(_run(source))

    assert 2 == len(server.pools)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
def test_a_fork_makes_a_pool_of_its_own(source: OracleSource, server: Server) -> None:
    """No connection crosses a fork."""
    _run(source)
    pid = os.fork()
    if not pid:
        try:
            _run(source)
        finally:
            os._exit(len(server.pools))

    assert 2 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_threads_share_the_pool(source: OracleSource, server: Server) -> None:
    """And do not make two."""
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(_run(source)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ([1] * 8, 1, 0) == (found, len(server.pools), server.pools[0].busy)


# -- credentials ---------------------------------------------------------------


def _accept(password: str) -> Callable[[str, str], BaseException | None]:
    return lambda _, given: None if given == password else driver_error(1017)


@pytest.mark.parametrize("number", [1017, 28001])
def test_a_rotated_secret_is_fetched_once_and_used(
    source: OracleSource, server: Server, secret: Path, number: int
) -> None:
    """The invocation that meets the rotation is answered."""
    _run(source)
    secret.write_text(json.dumps({"username": "scott", "password": "tiger2"}))
    server.logins = lambda _, given: None if given == "tiger2" else driver_error(number)

    assert 1 == len(_run(source))
    first, second = server.pools
    assert ("tiger", "tiger2") == (first.arguments["password"], second.arguments["password"])


def test_a_wrong_secret_is_not_tried_until_the_account_is_locked(
    make_source: MakeSource, server: Server, secret: Path
) -> None:
    """One login a minute, or as soon as the secret is another one... after that minute."""
    now = [1000.0]
    source = make_source(wall=lambda: now[0])
    server.logins = _accept("right")
    with pytest.raises(SourceForbiddenError, match="ORA-01017") as caught:
        _run(source)
    assert no_credentials(str(caught.value))
    for _ in range(20):
        with pytest.raises(SourceForbiddenError, match="not asked again yet"):
            _run(source)
    assert 1 == len(server.pools)
    now[0] += 61
    secret.write_text(json.dumps({"username": "scott", "password": "right"}))

    assert 1 == len(_run(source))


def test_a_locked_account_is_said(source: OracleSource, server: Server) -> None:
    """A new password would not help."""
    server.logins = lambda _, __: driver_error(28000)
    with pytest.raises(SourceForbiddenError, match="the account is locked"):
        _run(source)


def test_all_connections_in_use_is_not_a_hanging_connect(
    source: OracleSource, server: Server
) -> None:
    """The pool is kept."""
    _run(source)
    server.pools[0].busy = 2
    server.logins = lambda _, __: own_error(4005)
    with pytest.raises(SourceTimeoutError, match="no connection became free"):
        _run(source)
    server.pools[0].busy = 0
    server.logins = lambda _, __: None

    assert 1 == len(_run(source))
    assert 1 == len(server.pools)


def test_the_stand_in_raises_what_the_driver_raises() -> None:
    """Classes and all."""
    assert isinstance(own_error(4011), oracledb.DatabaseError)
    assert isinstance(driver_error(1), oracledb.IntegrityError)
