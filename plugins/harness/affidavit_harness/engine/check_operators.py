"""What a check can say of a value, and how it is told when it does not hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from affidavit.plugin import ActionError
from affidavit_harness.files.expressions import render
from affidavit_harness.files.json_schema import violations
from affidavit_harness.files.scenario_model import Check
from affidavit_harness.files.selects import select
from affidavit_harness.protocol import CheckFinding, Values

_NESTED: Final = frozenset({"any_of", "each", "some"})
_TOLD: Final = 5

_MOST: Final = 100_000
"""Characters of a text that a pattern is tried on. A pattern from a file can be slow."""


def run_checks(checks: Sequence[Check], result: Any, scope: Values) -> list[CheckFinding]:
    """Return a finding per operator, in the order of the file.

    Raises:
        ActionError: An expected value cannot be filled in, or two values cannot be compared.

    """
    found = []
    for check in checks:
        actual = select(check.select, result)
        for operator, wanted in check.operators().items():
            judged = _judged(operator, wanted, actual, scope)
            found.append(CheckFinding(check.select, operator, *judged, check.message or ""))
    return found


def _judged(operator: str, wanted: Any, actual: Any, scope: Values) -> tuple[Any, Any, bool]:
    """Return what was expected, what was found, and whether it holds."""
    if operator == "any_of":
        ways = [one.operators() for one in wanted]
        holds = any(
            all(_judged(name, value, actual, scope)[2] for name, value in way.items())
            for way in ways
        )
        return [render(_plain(way), scope) for way in ways], actual, holds
    if operator in {"each", "some"}:
        items = actual if isinstance(actual, list) else None
        return _of_items(operator, wanted, items, scope)
    expected = render(wanted, scope)
    if operator == "json_schema":
        broken = violations(actual, expected)
        return "what the schema says", broken or actual, not broken
    return expected, actual, _holds(operator, actual, expected)


def _of_items(
    operator: str, checks: Sequence[Check], items: list[Any] | None, scope: Values
) -> tuple[Any, Any, bool]:
    """Judge every item of a list; tell of those that fail, which, and of what."""
    wanted = [{"select": one.select, **render(_plain(one.operators()), scope)} for one in checks]
    if items is None:
        return wanted, None, False
    judged = [[one for one in run_checks(checks, item, scope) if not one.holds] for item in items]
    failed = [
        f"[{number}].{one.select}: {one.operator}"
        for number, wrong in enumerate(judged)
        for one in wrong
    ]
    holds = not failed if operator == "each" else any(not wrong for wrong in judged)
    return wanted, items if holds else failed[:_TOLD], holds


def _plain(way: Values) -> dict[str, Any]:
    """Return operators as JSON, whatever is nested in them."""
    return {
        name: [one.model_dump(exclude_unset=True) for one in value] if name in _NESTED else value
        for name, value in way.items()
    }


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


def found_in(value: Any, pattern: str) -> re.Match[str] | None:
    """Return where a pattern is found in a text; None where it is not, or in no text."""
    return re.search(pattern, value[:_MOST]) if isinstance(value, str) else None


def _matches(actual: Any, expected: Any) -> bool:
    return found_in(actual, str(expected)) is not None


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
