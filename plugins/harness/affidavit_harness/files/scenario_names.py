"""Every name in a scenario refers to something that is there by then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from affidavit_harness.errors import Problem
from affidavit_harness.files.expressions import NAMESPACES, RUN, Reference, references
from affidavit_harness.files.hints import nearest
from affidavit_harness.files.scenario_model import Case, Scenario
from affidavit_harness.files.selects import compiled, roots
from affidavit_policy.strict_yaml import Path, YamlDocument

_PLAIN: Final = ("name", "schema", "description", "tags", "cases", "budget", "timeout")
"""Parts of a scenario in which nothing is filled in."""

_PLAIN_IN_ACTION: Final = frozenset({"id", "uses", "timeout", "when", "capture", "description"})


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
        captured: set[str] = set()
        value = self._document.value
        for name in _PLAIN:
            yield from self._none(value.get(name), (name,))
        for name, given in value.get("inputs", {}).items():
            for one in references(given, ("inputs", name)):
                yield from self._reference(one, set(), allowed=("env",))
        for index, action in enumerate(self._scenario.actions):
            for part, inner in value["actions"][index].items():
                path: Path = ("actions", index, part)
                if part in _PLAIN_IN_ACTION:
                    yield from self._none(inner, path)
                    continue
                for one in references(inner, path):
                    yield from self._reference(one, captured)
            captured |= set(action.capture)
        for index, raw in enumerate(value.get("assertions", [])):
            for one in references(raw, ("assertions", index)):
                yield from self._reference(one, captured)

    def _none(self, value: Any, path: Path) -> Iterator[Problem]:
        mend = "this is JMESPath already; write case.name" if path[-1] == "when" else "write it out"
        for one in references(value, path):
            yield self._at(one.path, "a reference where none is filled in", mend)

    def _reference(
        self, one: Reference, captured: set[str], allowed: tuple[str, ...] = NAMESPACES
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
            yield self._at(one.path, f"{one.namespace} is not known here", mend)
            return
        known = self._known(captured)[one.namespace]
        if one.namespace != "env" and one.name not in known:
            later = any(one.name in action.capture for action in self._scenario.actions)
            mend = nearest(one.name, known)
            if one.namespace == "vars" and later:
                mend = "it is captured later; move that action up"
            yield self._at(one.path, f"{one.namespace}.{one.name} refers to nothing", mend)

    def _known(self, captured: set[str]) -> dict[str, set[str]]:
        rows = [_row(case) for case in self._scenario.cases]
        return {
            "run": set(RUN),
            "env": set(),
            "inputs": set(self._scenario.inputs),
            "case": set.intersection(*map(set, rows)) if rows else set(),
            "vars": captured,
        }

    def _expressions(self) -> Iterator[Problem]:
        captured: set[str] = set()
        for index, action in enumerate(self._scenario.actions):
            if action.when is not None:
                path: Path = ("actions", index, "when")
                yield from expression_problems(self._document, action.when, path)
                yield from self._when(action.when, path, captured)
            for name, held in action.capture.items():
                chosen = held if isinstance(held, str) else held.select
                yield from expression_problems(
                    self._document, chosen, ("actions", index, "capture", name)
                )
            captured |= set(action.capture)

    def _when(self, expression: str, path: Path, captured: set[str]) -> Iterator[Problem]:
        """A condition on something that is not there would skip the action without a word."""
        try:
            found = list(roots(expression))
        except ValueError:
            return
        for dotted in found:
            if dotted[0] not in NAMESPACES:
                mend = nearest(dotted[0], NAMESPACES)
                yield self._at(path, f"{dotted[0]} is no namespace", mend)
            elif dotted[0] != "env" and len(dotted) > 1:
                known = self._known(captured)[dotted[0]]
                if dotted[1] not in known:
                    told = f"{dotted[0]}.{dotted[1]} refers to nothing"
                    yield self._at(path, told, nearest(dotted[1], known))


def _row(case: Case) -> dict[str, Any]:
    return {"id": case.id, **(case.model_extra or {})}
