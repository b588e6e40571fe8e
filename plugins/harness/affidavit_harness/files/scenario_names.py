"""Every name in a scenario refers to something that is there by then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from affidavit_harness.errors import Problem
from affidavit_harness.files.expressions import NAMESPACES, RUN, Reference, references
from affidavit_harness.files.hints import nearest
from affidavit_harness.files.scenario_model import Action, Case, PlacedAction, Scenario
from affidavit_harness.files.selects import compiled, roots
from affidavit_harness.protocol import Values
from affidavit_policy.strict_yaml import Path, YamlDocument

_PLAIN: Final = ("name", "schema", "description", "tags", "cases", "budget", "timeout")
"""Parts of a scenario in which nothing is filled in."""

_PLAIN_IN_ACTION: Final = frozenset(
    {"id", "uses", "timeout", "when", "capture", "description", "cache"}
)


_OUTSIDE: Final = tuple(name for name in NAMESPACES if name != "item")
"""What is known where nothing is done for each item."""


def expression_problems(document: YamlDocument, expression: str, path: Path) -> Iterator[Problem]:
    """Yield a problem if `expression` is not JMESPath."""
    try:
        compiled(expression)
    except ValueError:
        mend = "quote names with special characters, and put numbers in backticks"
        yield Problem(*document.of_value(path), "this is not JMESPath", mend)


class Names:
    """References, conditions and captures of one scenario, in the order in which they happen."""

    def __init__(self, document: YamlDocument, scenario: Scenario) -> None:
        self._document = document
        self._scenario = scenario

    def problems(self) -> Iterator[Problem]:
        """Yield every name that refers to nothing."""
        yield from self._references()
        yield from self._expressions()

    def _at(self, path: Path, what: str, mend: str) -> Problem:
        return Problem(*self._document.of_value(path), what, mend)

    def _references(self) -> Iterator[Problem]:
        value = self._document.value
        for name in _PLAIN:
            yield from self._none(value.get(name), (name,))
        for name, given in value.get("inputs", {}).items():
            for one in references(given, ("inputs", name)):
                yield from self._reference(one, set(), allowed=("env",))
        for placed, captured in self._in_order():
            allowed = NAMESPACES if placed.action.for_each is not None else _OUTSIDE
            for part, inner in held_at(value, placed.path).items():
                path: Path = (*placed.path, part)
                if part in _PLAIN_IN_ACTION:
                    yield from self._none(inner, path)
                    continue
                here = _OUTSIDE if part == "for_each" else allowed
                for one in references(inner, path):
                    yield from self._reference(one, captured, here, placed.action)
        captured = {name for one in self._scenario.placed for name in one.action.capture}
        for index, raw in enumerate(value.get("assertions", [])):
            for one in references(raw, ("assertions", index)):
                yield from self._reference(one, captured, _OUTSIDE)

    def _in_order(self) -> Iterator[tuple[PlacedAction, set[str]]]:
        """Yield every action with what is captured by then: in a block, by nobody beside it."""
        captured: set[str] = set()
        fresh: set[str] = set()
        step = 0
        for one in self._scenario.placed:
            if one.step != step:
                captured, fresh, step = captured | fresh, set(), one.step
            yield one, captured
            fresh |= set(one.action.capture)

    def _none(self, value: Any, path: Path) -> Iterator[Problem]:
        mend = "this is JMESPath already; write case.name" if path[-1] == "when" else "write it out"
        for one in references(value, path):
            yield self._at(one.path, "a reference where none is filled in", mend)

    def _reference(
        self,
        one: Reference,
        captured: set[str],
        allowed: tuple[str, ...],
        action: Action | None = None,
    ) -> Iterator[Problem]:
        if not one.namespace:
            first = re.split(r"[.\s]", one.text, maxsplit=1)[0]
            mend = (
                nearest(first, NAMESPACES)
                if first not in NAMESPACES and first.isidentifier()
                else "write ${{ namespace.name }}, with namespaces " + ", ".join(NAMESPACES)
            )
            yield self._at(one.path, "a reference that cannot be read", mend)
            return
        if one.namespace not in allowed:
            mend = f"only {', '.join(allowed)} can stand here"
            if one.namespace == "item":
                mend = "an item is there with for_each only, and not yet in the list itself"
            yield self._at(one.path, f"{one.namespace} is not known here", mend)
            return
        known = self._known(captured, action)[one.namespace]
        if known is not None and one.name not in known:
            later = any(one.name in held.action.capture for held in self._scenario.placed)
            mend = nearest(one.name, known)
            if one.namespace == "vars" and later:
                mend = "it is captured later, or beside it; move that action up"
            yield self._at(one.path, f"{one.namespace}.{one.name} refers to nothing", mend)

    def _known(self, captured: set[str], action: Action | None) -> dict[str, set[str] | None]:
        """Return the names of each namespace; None where nobody knows them before the run."""
        return {
            "run": set(RUN),
            "env": None,
            "inputs": set(self._scenario.inputs),
            "case": _in_all([_row(case) for case in self._scenario.cases]),
            "vars": captured,
            "item": _of_items(action),
        }

    def _expressions(self) -> Iterator[Problem]:
        for (above, _, action), captured in self._in_order():
            if action.when is not None:
                path: Path = (*above, "when")
                yield from expression_problems(self._document, action.when, path)
                yield from self._when(action, path, captured)
            for name, held in action.capture.items():
                chosen = held if isinstance(held, str) else held.select
                path = (*above, "capture", name)
                yield from expression_problems(self._document, chosen, path)

    def _when(self, action: Action, path: Path, captured: set[str]) -> Iterator[Problem]:
        """A condition on something that is not there would skip the action without a word."""
        try:
            found = list(roots(action.when or ""))
        except ValueError:
            return
        allowed = NAMESPACES if action.for_each is not None else _OUTSIDE
        for dotted in found:
            if dotted[0] not in allowed:
                mend = nearest(dotted[0], allowed)
                yield self._at(path, f"{dotted[0]} is no namespace", mend)
            elif len(dotted) > 1:
                known = self._known(captured, action)[dotted[0]]
                if known is not None and dotted[1] not in known:
                    told = f"{dotted[0]}.{dotted[1]} refers to nothing"
                    yield self._at(path, told, nearest(dotted[1], known))


def held_at(value: Any, path: Path) -> Any:
    """Return what stands at a path of a document."""
    for step in path:
        value = value[step]
    return value


def _of_items(action: Action | None) -> set[str] | None:
    """Return what every item has; of a captured list, and of what is no object, nobody knows."""
    if action is None or not isinstance(action.for_each, list):
        return None
    rows = [one for one in action.for_each if isinstance(one, dict)]
    # `item` alone is no name: it stands for the whole.
    return _in_all(rows) | {""} if len(rows) == len(action.for_each) else {""}


def _in_all(rows: Sequence[Values]) -> set[str]:
    return set.intersection(*map(set, rows)) if rows else set()


def _row(case: Case) -> dict[str, Any]:
    return {"id": case.id, **(case.model_extra or {})}
