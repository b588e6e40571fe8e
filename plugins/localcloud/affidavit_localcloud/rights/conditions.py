"""Conditions of IAM's statements: the operators, and what a missing key means.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from affidavit_localcloud.rights.patterns import Context, literal, matches, matches_arn

Test = Callable[[str, str, Context], bool]
"""Whether the policy's value (first) holds for the request's (second)."""

Conditions = Mapping[str, Mapping[str, Sequence[str]]]


def holds(conditions: Conditions, context: Context) -> bool:
    """Tell whether all conditions of a statement hold. One that is not known here does not."""
    return all(
        _holds(name, values, context.get(key.lower()), context)
        for name, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(name: str, wanted: Sequence[str], found: Sequence[str] | None, context: Context) -> bool:
    quantifier, _, plain = name.lower().rpartition(":")
    if_exists = plain.endswith("ifexists")
    plain = plain.removesuffix("ifexists")
    if plain == "null":
        return any(one.lower() == str(found is None).lower() for one in wanted)
    test, negated = _OPERATORS.get(plain, (None, False))
    if test is None:
        return False
    if found is None and if_exists:
        return True

    def one(value: str) -> bool:
        return any(test(each, value, context) for each in wanted) is not negated

    if quantifier in _QUANTIFIERS:
        return _QUANTIFIERS[quantifier](map(one, found or ()))
    if found is None:
        return negated
    return len(found) == 1 and one(found[0])


def _equals(wanted: str, value: str, context: Context) -> bool:
    return literal(wanted, context) == value


def _equals_in_any_case(wanted: str, value: str, context: Context) -> bool:
    filled = literal(wanted, context)
    return filled is not None and filled.lower() == value.lower()


def _bool(wanted: str, value: str, _: Context) -> bool:
    return wanted.lower() == value.lower() and value.lower() in {"true", "false"}


def _binary(wanted: str, value: str, _: Context) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except binascii.Error:
        return False


def _address(wanted: str, value: str, _: Context) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _compared(read: Callable[[str], float | None], holds_for: Callable[[Any, Any], bool]) -> Test:
    def test(wanted: str, value: str, _: Context) -> bool:
        ours, theirs = read(value), read(wanted)
        return ours is not None and theirs is not None and holds_for(ours, theirs)

    return test


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(text: str) -> float | None:
    """Return seconds since 1970 of a date, or of a number of seconds."""
    if text.isdecimal():
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ordered(kind: str, read: Callable[[str], float | None]) -> dict[str, tuple[Test, bool]]:
    return {
        f"{kind}equals": (_compared(read, operator.eq), False),
        f"{kind}notequals": (_compared(read, operator.eq), True),
        f"{kind}lessthan": (_compared(read, operator.lt), False),
        f"{kind}lessthanequals": (_compared(read, operator.le), False),
        f"{kind}greaterthan": (_compared(read, operator.gt), False),
        f"{kind}greaterthanequals": (_compared(read, operator.ge), False),
    }


_QUANTIFIERS: Final[dict[str, Callable[[Iterable[bool]], bool]]] = {
    "forallvalues": all,  # also of a key that is missing
    "foranyvalue": any,
}

_OPERATORS: Final[dict[str, tuple[Test, bool]]] = {
    "stringequals": (_equals, False),
    "stringnotequals": (_equals, True),
    "stringequalsignorecase": (_equals_in_any_case, False),
    "stringnotequalsignorecase": (_equals_in_any_case, True),
    "stringlike": (matches, False),
    "stringnotlike": (matches, True),
    "bool": (_bool, False),
    "binaryequals": (_binary, False),
    "ipaddress": (_address, False),
    "notipaddress": (_address, True),
    # AWS: the two pairs behave identically.
    "arnequals": (matches_arn, False),
    "arnlike": (matches_arn, False),
    "arnnotequals": (matches_arn, True),
    "arnnotlike": (matches_arn, True),
    **_ordered("numeric", _number),
    **_ordered("date", _moment),
}
"""Each with whether it is the contrary of its test. A contrary holds for a key that is missing."""
