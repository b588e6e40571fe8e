"""Columns, numbers and LOBs: exact, bounded, or refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from affidavit import Query, StatementError
from affidavit_oracle import column_values
from affidavit_oracle.column_values import Limit, bind_values, exact_numbers, fetch_rows
from oracle_stand_in import Column

QUERY = Query(name="q", sql="select 1 from dual")


class _Maker:
    arraysize = 7

    def var(self, kind: type, *, arraysize: int) -> tuple[type, int]:
        return kind, arraysize


@pytest.mark.parametrize(
    ("column", "exact"),
    [
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, 10, 2), True, id="decimals"),
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, 0, -127), True, id="an expression"),
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, 126, -127), True, id="float(126)"),
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, 0, 0), True, id="nothing said"),
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, None, None), True, id="nothing known"),
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, 38, 0), False, id="whole"),
        pytest.param(Column("n", oracledb.DB_TYPE_NUMBER, 5, -2), False, id="hundreds"),
        pytest.param(Column("n", oracledb.DB_TYPE_BINARY_DOUBLE), False, id="binary"),
        pytest.param(Column("n", oracledb.DB_TYPE_VARCHAR), False, id="text"),
    ],
)
def test_a_number_is_never_fetched_as_a_float(column: Column, exact: bool) -> None:
    """0.1 is not a binary fraction, and a price is not a guess."""
    assert ((Decimal, 7) if exact else None) == exact_numbers(_Maker(), column)


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (True, 1),
        (False, 0),
        (Decimal("9.90"), Decimal("9.90")),
        (datetime(2026, 1, 23, 12), datetime(2026, 1, 23, 12)),  # noqa: DTZ001 - Oracle's DATE has no zone
        ("true", "true"),
        (None, None),
    ],
)
def test_a_value_is_bound_as_what_it_is(value: Any, bound: Any) -> None:
    """A truth value as a whole number: what the driver makes of one depends on the server."""
    (told,) = bind_values(QUERY, {"v": value}).values()

    assert (type(bound), bound) == (type(told), told)


class _Lob:
    def __init__(self, content: Any) -> None:
        self.content = content

    def size(self) -> int:
        return len(self.content)

    def read(self) -> Any:
        return self.content


class _Result:
    """A cursor that has executed something."""

    arraysize = 2

    def __init__(self, *rows: tuple[Any, ...]) -> None:
        self.description = [(f"C{n}",) for n in range(len(rows[0]))]
        self._rows = list(rows)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        found, self._rows = self._rows[:size], self._rows[size:]
        return found


@pytest.fixture
def _lobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's LOBs belong to a connection; these do not."""
    monkeypatch.setattr(column_values, "_LARGE", (_Lob,))


def _fetch(*rows: tuple[Any, ...], lob_bytes: int = 10) -> Any:
    return fetch_rows(QUERY, _Result(*rows), Limit(100, lob_bytes, lambda: None))


@pytest.mark.usefixtures("_lobs")
def test_lobs_are_read_up_to_a_limit() -> None:
    """All of a result's together: memory does not care in how many pieces it is used up."""
    assert [{"c0": "12345"}, {"c0": b"67890"}] == _fetch((_Lob("12345"),), (_Lob(b"67890"),))
    with pytest.raises(StatementError, match="too long at column c0") as caught:
        _fetch((_Lob("12345"),), (_Lob(b"678901"),))
    assert "678901" not in str(caught.value)


@pytest.mark.usefixtures("_lobs")
def test_a_limit_of_nothing_refuses_every_lob_that_says_something() -> None:
    """For policies that want none."""
    assert [{"c0": ""}] == _fetch((_Lob(""),), lob_bytes=0)
    with pytest.raises(StatementError, match="too long"):
        _fetch((_Lob("1"),), lob_bytes=0)


def test_plain_values_pass_as_they_are() -> None:
    """Text, numbers, bytes, dates, nothing."""
    row = ("x", 1, 1.5, Decimal("9.90"), b"y", datetime(2026, 1, 23, 12), None)  # noqa: DTZ001 - Oracle's DATE has no zone

    assert [row] == [tuple(found.values()) for found in _fetch(row)]


@pytest.mark.parametrize("value", [timedelta(1), {"a": 1}, ["x"], object()])
def test_a_type_that_no_row_may_hold_is_refused(value: Any) -> None:
    """Rather than turned into something that looks right."""
    with pytest.raises(StatementError, match="column c0 has a type"):
        _fetch((value,))


def test_the_driver_has_the_names_that_we_use() -> None:
    """A type that is compared by identity must be the driver's."""
    assert (oracledb.LOB,) == column_values._LARGE
    assert oracledb.DB_TYPE_NUMBER is not oracledb.DB_TYPE_BINARY_DOUBLE
