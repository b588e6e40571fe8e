"""Values on their way to DynamoDB and back, held against the types of keys.

DynamoDB stores `True` as a truth value, and an index whose key is a number does
not take that: the item is refused, or a query finds nothing. So a truth value
for a numeric key is written as 1 or 0, and every other mismatch is an error
that names the attribute and the bind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from affidavit import Query, Scalar
from affidavit_dynamodb.source_statement import refused

DIGITS: Final = 38
"""Significant digits of a number in DynamoDB."""

LEAST: Final = -130
MOST: Final = 125
"""Powers of ten that a number may have there."""

DEEPEST: Final = 32
"""Levels that a document may have there."""

_KINDS: Final = {"S": "a text", "N": "a number", "B": "bytes"}
_WHOLE: Final = re.compile(r"-?[0-9]+")
_Attribute = dict[str, Any]


def key_value(query: Query, bind: str, value: Scalar, attribute: str, kind: str) -> _Attribute:
    """Return a value for a key attribute whose declared type is `kind`: S, N or B.

    Raises:
        StatementError: It has another type. It is not repeated.

    """
    if kind == "N" and isinstance(value, bool):
        return {"N": str(int(value))}
    made = plain_value(query, bind, value)
    if set(made) != {kind}:
        raise refused(
            query, f"the value of :{bind} is not {_KINDS[kind]}, which the key {attribute} is"
        )
    return made


def plain_value(query: Query, bind: str, value: Scalar) -> _Attribute:
    """Return a value for an attribute that is no key.

    Raises:
        StatementError: It has no place in DynamoDB. It is not repeated.

    """
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(query, bind, value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, list | dict):
        return _document(query, bind, value, DEEPEST)
    return {"S": value.isoformat() if isinstance(value, date) else _text(query, bind, value)}


def _text(query: Query, bind: str, value: str) -> str:
    try:
        value.encode()
    except (AttributeError, UnicodeEncodeError):
        raise refused(query, f"the value of :{bind} has no place in DynamoDB") from None
    return value


def _document(query: Query, bind: str, value: object, depth: int) -> _Attribute:
    """Return a list or a map, with whatever DynamoDB keeps inside."""
    if depth == 0:
        raise refused(query, f"the value of :{bind} is nested deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return {"L": [_document(query, bind, one, depth - 1) for one in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise refused(query, f"the value of :{bind} is a map whose keys are not texts")
        return {"M": {key: _document(query, bind, one, depth - 1) for key, one in value.items()}}
    return plain_value(query, bind, value)  # type: ignore[arg-type] # refuses what it is not


def _number(query: Query, bind: str, value: float | Decimal) -> str:
    """Return a number's text. A float is taken at its shortest text, as Python shows it."""
    try:
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    except (InvalidOperation, ValueError):
        exact = Decimal("NaN")
    # Not `normalize`: it would round to the context's precision first.
    digits = "".join(map(str, exact.as_tuple().digits)).rstrip("0")
    size = exact.adjusted() if exact.is_finite() and exact else 0
    if not exact.is_finite() or len(digits) > DIGITS or not LEAST <= size <= MOST:
        raise refused(query, f"the value of :{bind} is no number of at most {DIGITS} digits")
    return str(exact)


def row_of(
    query: Query,
    fields: tuple[str, ...],
    item: Mapping[str, Any],
    flags: frozenset[str] = frozenset(),
) -> dict[str, Scalar]:
    """Return an item as a row: the fields that were asked for, by lower-case name.

    An attribute that the item does not have is None. `flags` are truth values that
    are kept as 1 and 0, because they are keys of an index.

    Raises:
        StatementError: A field is a set.

    """
    return {
        field.lower(): _read(query, field, item.get(field), flag=field in flags) for field in fields
    }


def _read(query: Query, field: str, value: Mapping[str, Any] | None, *, flag: bool) -> Scalar:
    if value is None:
        return None
    ((kind, said),) = value.items()
    if kind == "L":
        return [_read(query, field, one, flag=False) for one in said]
    if kind == "M":
        return {key: _read(query, field, one, flag=False) for key, one in said.items()}
    if kind not in _READERS:
        raise refused(query, f"{field} is a set, and a row has lists")
    return bool(int(said)) if flag and kind == "N" else _READERS[kind](said)


_READERS: Final[Mapping[str, Callable[[Any], Scalar]]] = {
    "S": str,
    "N": lambda text: int(text) if _WHOLE.fullmatch(text) else Decimal(text),
    "B": bytes,
    "BOOL": bool,
    "NULL": lambda _: None,
}
