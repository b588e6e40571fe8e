"""A real database, where there is one. `examples/oracle/compose.yaml` starts one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import oracledb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import Query, SourceTimeoutError, StatementError
from affidavit.plugin import Permit, Token
from affidavit.testing import check_source
from affidavit_oracle.database_login import Secret
from affidavit_oracle.deadline import Deadline
from affidavit_oracle.location import locate
from affidavit_oracle.source import OracleSource, open_source

DSN: Final = os.environ.get("AFFIDAVIT_TEST_ORACLE_DSN", "")

pytestmark = pytest.mark.skipif(
    not DSN, reason="AFFIDAVIT_TEST_ORACLE_DSN is not set: no Oracle database to run against"
)

PERMIT = Permit(deadline_s=20, request_id="r-1", function="fetch", actor=Token("a" * 32))
FIND = Query(
    name="find_note",
    sql="select id, note from affidavit_notes where id = :id",
    binds=frozenset({"id"}),
)
_MAKE = """
create table affidavit_notes (
    id varchar2(100), note varchar2(100), price number(12, 2), whole number(9), day date, body clob
)
"""


@pytest.fixture(scope="module")
def source() -> Iterator[OracleSource]:
    """A source over a table of our own, which goes when the tests are done."""
    location = locate(urlsplit(DSN))
    held = Secret(location).read(Deadline(10))
    with oracledb.connect(
        user=held.user,
        password=held.password,
        host=location.host,
        port=location.port,
        service_name=location.service,
    ) as connection:
        cursor = connection.cursor()
        with suppress(oracledb.DatabaseError):  # it is not there, usually
            cursor.execute("drop table affidavit_notes purge")
        cursor.execute(_MAKE)
        rows = [
            (f"A{n}", f"note {n}", Decimal("0.10") + n, n, datetime(2026, 1, 23), "x" * 5000)  # noqa: DTZ001 - Oracle's DATE has no zone
            for n in range(3)
        ]
        cursor.executemany("insert into affidavit_notes values (:1, :2, :3, :4, :5, :6)", rows)
        connection.commit()
        made = open_source("notes", urlsplit(DSN))
        yield made
        made.close()
        cursor.execute("drop table affidavit_notes purge")


def _run(source: OracleSource, sql: str, **more: Any) -> Any:
    binds = more.pop("binds", {})
    query = Query(name="q", sql=sql, binds=frozenset(binds), write=more.pop("write", False))
    return source.run(PERMIT._replace(**more), query, binds, max_rows=100)


def test_it_keeps_the_contract_of_sources(source: OracleSource) -> None:
    """The promises that the kernel relies on."""
    check_source(
        source,
        query=FIND,
        binds={"id": "A1"},
        rows=[{"id": "A1", "note": "note 1"}],
        hostile_bind="id",
    )


@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30))
def test_a_hostile_value_finds_what_equals_it(source: OracleSource, value: str) -> None:
    """Whatever it says in SQL."""
    found = source.run(PERMIT, FIND, {"id": value}, max_rows=100)

    assert (value in {"A0", "A1", "A2"}) == len(found)


def test_numbers_dates_and_lobs_arrive_exactly(source: OracleSource) -> None:
    """No float on the way."""
    (row,) = _run(
        source,
        "select price, whole, day, body, price / 3 as third from affidavit_notes where id = :id",
        binds={"id": "A1"},
    )

    assert (Decimal("1.10"), 1, datetime(2026, 1, 23)) == (row["price"], row["whole"], row["day"])  # noqa: DTZ001 - Oracle's DATE has no zone
    assert "x" * 5000 == row["body"]
    assert isinstance(row["third"], Decimal)


def test_the_session_is_tagged(source: OracleSource) -> None:
    """As Oracle's own audit will see it."""
    (row,) = _run(
        source,
        "select sys_context('userenv', 'client_identifier') as who,"
        " sys_context('userenv', 'module') as what,"
        " sys_context('userenv', 'action') as which from dual",
    )

    assert {"who": "a" * 32, "what": "fetch", "which": "r-1"} == row


def test_a_read_cannot_write(source: OracleSource) -> None:
    """Not even with a statement that slipped through the check of its text."""
    sneaky = Query(name="sneaky", sql="select 1 from dual")
    object.__setattr__(sneaky, "sql", "delete from affidavit_notes")
    with pytest.raises(StatementError, match="ORA-01456"):
        source.run(PERMIT, sneaky, {}, max_rows=1)


def test_a_write_is_committed(source: OracleSource) -> None:
    """And says how much it changed."""
    told = _run(
        source,
        "update affidavit_notes set note = :note where id = :id;",
        binds={"note": "new", "id": "A2"},
        write=True,
    )

    assert [{"changed": 1}] == told
    assert "new" == source.run(PERMIT, FIND, {"id": "A2"}, max_rows=1)[0]["note"]


def test_a_long_query_is_stopped(source: OracleSource) -> None:
    """In time, and the next one works."""
    started = time.monotonic()
    with pytest.raises(SourceTimeoutError):
        _run(
            source,
            "select count(*) as n from all_objects a, all_objects b, all_objects c",
            deadline_s=2.0,
        )

    assert time.monotonic() - started < 4
    assert 1 == len(source.run(PERMIT, FIND, {"id": "A1"}, max_rows=1))


@pytest.mark.parametrize(
    "sql", ["select s3cr3t from dual", "select 1 from s3cr3t", "select 1 / 0 as n from dual"]
)
def test_a_wrong_statement_is_said_without_its_text(source: OracleSource, sql: str) -> None:
    """Oracle quotes names and values."""
    with pytest.raises(StatementError, match="ORA-") as caught:
        _run(source, sql)
    assert "s3cr3t" not in str(caught.value)
