"""What a check can say of a value, and how it is told when it does not hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from affidavit.plugin import ActionError
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_model import Check
from affidavit_harness.files.selects import select
from affidavit_harness.protocol import CheckFinding

_MOST: Final = 100_000
"""Characters of a text that a pattern is tried on. A pattern from a file can be slow."""


def run_checks(
    checks: Sequence[Check], result: Any, scope: Mapping[str, Any]
) -> list[CheckFinding]:
    """Return a finding per operator, in the order of the file.

    Raises:
        ActionError: An expected value cannot be filled in, or two values cannot be compared.

    """
    found = []
    for check in checks:
        actual = select(check.select, result)
        for operator, wanted in check.operators().items():
            expected = render(wanted, scope)
            holds = _holds(operator, actual, expected)
            found.append(
                CheckFinding(check.select, operator, expected, actual, holds, check.message or "")
            )
    return found


def _holds(operator: str, actual: Any, expected: Any) -> bool:
    try:
        return OPERATORS[operator](actual, expected)
    except (TypeError, ValueError, re.error) as error:
        failed = type(error).__name__
    raise ActionError(
        "Harness.Check",
        f"the check {operator} cannot be made",
        why=f"it raised {failed} on what it was given",
        fix="Compare values of one type",
    )


def same(actual: Any, expected: Any) -> bool:
    """Tell whether two JSON values are equal. `true` is not 1."""
    if isinstance(actual, bool) != isinstance(expected, bool):
        return False
    if isinstance(actual, list) and isinstance(expected, list):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(
            same(actual[key], expected[key]) for key in expected
        )
    return bool(actual == expected)


def subset(actual: Any, expected: Any) -> bool:
    """Tell whether `actual` holds at least what `expected` says; lists in any order."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            key in actual and subset(actual[key], inner) for key, inner in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(actual, list) and _matched(actual, expected, subset)
    return same(actual, expected)


def unordered(actual: Any, expected: Any) -> bool:
    """Tell whether two lists hold the same, each as often, in any order."""
    lists = isinstance(actual, list) and isinstance(expected, list)
    return bool(lists) and len(actual) == len(expected) and _matched(actual, expected, same)


def _matched(actual: list[Any], expected: list[Any], fits: Callable[[Any, Any], bool]) -> bool:
    """Tell whether each expected item has an actual one of its own (augmenting paths)."""
    owner: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for index, value in enumerate(actual):
            if index in tried or not fits(value, expected[wanted]):
                continue
            tried.add(index)
            if index not in owner or place(owner[index], tried):
                owner[index] = wanted
                return True
        return False

    return all(place(wanted, set()) for wanted in range(len(expected)))


def _contains(actual: Any, expected: Any) -> bool:
    if isinstance(actual, str):
        return isinstance(expected, str) and expected in actual
    if isinstance(actual, dict):
        return expected in actual
    return isinstance(actual, list) and any(same(one, expected) for one in actual)


def _matches(actual: Any, expected: Any) -> bool:
    return isinstance(actual, str) and bool(re.search(str(expected), actual[:_MOST]))


def _less(actual: Any, expected: Any) -> bool:
    if isinstance(actual, str) and isinstance(expected, str):
        return actual < expected
    if isinstance(actual, bool) or isinstance(expected, bool):
        return False
    numbers = isinstance(actual, int | float) and isinstance(expected, int | float)
    return numbers and bool(actual < expected)


def _type(actual: Any, expected: Any) -> bool:
    names: dict[type, str] = {
        str: "string",
        bool: "boolean",
        dict: "object",
        list: "array",
        type(None): "null",
    }
    return bool(names.get(type(actual), "number") == expected)


OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": same,
    "ne": lambda actual, expected: not same(actual, expected),
    "lt": _less,
    "gt": lambda actual, expected: _less(expected, actual),
    "lte": lambda actual, expected: _less(actual, expected) or same(actual, expected),
    "gte": lambda actual, expected: _less(expected, actual) or same(actual, expected),
    "contains": _contains,
    "not_contains": lambda actual, expected: (
        isinstance(actual, str | list | dict) and not _contains(actual, expected)
    ),
    "matches": _matches,
    "not_matches": lambda actual, expected: (
        isinstance(actual, str) and not _matches(actual, expected)
    ),
    "exists": lambda actual, expected: (actual is not None) == expected,
    "type": _type,
    "length": lambda actual, expected: (
        isinstance(actual, str | list | dict) and len(actual) == int(expected)
    ),
    "one_of": lambda actual, expected: any(same(actual, one) for one in expected),
    "subset": subset,
    "unordered": unordered,
}
"""A value that is missing satisfies `exists: false`, `eq: null`, `ne`, and nothing else."""
