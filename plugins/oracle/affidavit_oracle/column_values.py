"""Values on their way to Oracle and back: nothing is rounded, cut off or dropped quietly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import oracledb

from affidavit import Query, Row, Scalar, StatementError

_PLAIN: Final = (str, int, float, Decimal, bytes, date)
_LARGE: Final = (oracledb.LOB,)


def bind_values(query: Query, binds: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return what the driver binds.

    `True` and `False` become 1 and 0: before version 23 SQL has no type for them.

    Raises:
        StatementError: A value has no place in Oracle. It is not repeated.

    """
    for name, value in binds.items():
        why = _no_place(value)
        if why:
            raise refused(query, f"the value of :{name} {why}")
    return {name: int(v) if isinstance(v, bool) else v for name, v in binds.items()}


def _no_place(value: object) -> str:
    if isinstance(value, Decimal | float) and not math.isfinite(value):
        return "is not a number"
    if isinstance(value, datetime) and value.tzinfo is not None:
        # The driver would drop the zone and keep the digits.
        return "has a time zone, which the driver drops; bind it in UTC without one"
    return "" if value is None or isinstance(value, _PLAIN) else "has a type that cannot be bound"


def exact_numbers(cursor: Any, metadata: Any) -> Any:
    """Tell the driver how to fetch a column: NUMBER as int or Decimal, never as float.

    A NUMBER that is declared with digits and without decimals is an int. Every
    other one, and so what an expression returns, is a Decimal.
    """
    if metadata.type_code is not oracledb.DB_TYPE_NUMBER:
        return None
    if metadata.precision and metadata.scale is not None and -84 <= metadata.scale <= 0:  # noqa: PLR2004 - Oracle's least scale; FLOAT has -127
        return None
    return cursor.var(Decimal, arraysize=cursor.arraysize)


class Limit(NamedTuple):
    """What a result may weigh. `patience` is called before each wait for the database.

    `lob_bytes` bounds all LOBs of the result together, in bytes, or characters
    of a CLOB.
    """

    max_rows: int
    lob_bytes: int
    patience: Callable[[], None]


def fetch_rows(query: Query, cursor: Any, limit: Limit) -> list[Row]:
    """Return a cursor's rows by lower-case column name.

    Raises:
        StatementError: They are over a limit, two columns have one name, or a
            value has a type that no row may hold.

    """
    names = [str(column[0]).lower() for column in cursor.description or ()]
    if len(set(names)) != len(names):
        raise refused(query, "two of its columns have one name")
    rows: list[Sequence[Any]] = []
    while len(rows) <= limit.max_rows:
        limit.patience()
        batch = cursor.fetchmany(min(cursor.arraysize, limit.max_rows + 1 - len(rows)))
        if not batch:
            break
        rows += batch
    if len(rows) > limit.max_rows:
        raise refused(query, f"it finds more than {limit.max_rows} rows")
    budget = _Budget(query, limit)
    return [
        {name: budget.plain(name, value) for name, value in zip(names, row, strict=True)}
        for row in rows
    ]


class _Budget:
    """Reads LOBs until they are too many."""

    def __init__(self, query: Query, limit: Limit) -> None:
        self._query = query
        self._left = limit.lob_bytes
        self._patience = limit.patience

    def plain(self, name: str, value: Any) -> Scalar:
        if value is None or isinstance(value, _PLAIN):
            return value
        if not isinstance(value, _LARGE):
            raise refused(self._query, f"column {name} has a type that no row may hold")
        self._patience()
        size = value.size()
        self._left -= size
        if self._left < 0:
            raise refused(self._query, f"the LOBs that it finds are too long at column {name}")
        self._patience()
        read: str | bytes = value.read()
        return read


def refused(query: Query, why: str) -> StatementError:
    """Return the error of a query that cannot be run."""
    return StatementError(f"query {query.name} cannot be run", why=why, fix="See docs/oracle.md")
