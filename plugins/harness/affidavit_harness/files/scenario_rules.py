"""What a schema cannot say: names that are used before they are there, writes without undo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from affidavit_harness.errors import Problem
from affidavit_harness.files.durations import seconds
from affidavit_harness.files.form import params_problems
from affidavit_harness.files.hints import nearest
from affidavit_harness.files.json_schema import schema_problem
from affidavit_harness.files.literal_secrets import literal_secrets
from affidavit_harness.files.scenario_model import Action, Check, Scenario
from affidavit_harness.files.scenario_names import Names, expression_problems, held_at
from affidavit_harness.files.transition_budget import MOST_ITEMS, worst_case
from affidavit_harness.registry import Registry
from affidavit_policy.strict_yaml import Path, YamlDocument

LONGEST_S: Final = 15 * 60.0
"""A test that takes longer is two tests; the machine's own limit is the same."""


class ScenarioRules:
    """Everything that must hold in one scenario beyond its form."""

    def __init__(
        self,
        document: YamlDocument,
        scenario: Scenario,
        registry: Registry,
        *,
        env: str,
        read_only: bool,
    ) -> None:
        self._document = document
        self._scenario = scenario
        self._registry = registry
        self._env = env
        self._read_only = read_only

    def problems(self) -> list[Problem]:
        """Return every problem, in the order of the file."""
        found = [
            *self._ids(),
            *self._inputs(),
            *self._calls(),
            *self._effects(),
            *self._fans(),
            *Names(self._document, self._scenario).problems(),
            *self._checks(),
            *self._assertions(),
            *self._secrets(),
            *self._limits(),
            *self._environments(),
        ]
        return sorted(set(found))

    def _at(self, path: Path, what: str, mend: str) -> Problem:
        return Problem(*self._document.of_value(path), what, mend)

    def _ids(self) -> Iterator[Problem]:
        whole = self._scenario
        lists: tuple[list[tuple[Path, str]], ...] = (
            [(one.path, one.action.id) for one in whole.placed],
            [(("cases", index), case.id) for index, case in enumerate(whole.cases)],
            [(("assertions", index), one.id) for index, one in enumerate(whole.assertions)],
        )
        for items in lists:
            seen: set[str] = set()
            for path, name in items:
                if name in seen:
                    yield self._at((*path, "id"), f"the id {name} occurs twice", "rename one")
                seen.add(name)

    def _inputs(self) -> Iterator[Problem]:
        for name, given in self._scenario.inputs.items():
            path: Path = ("inputs", name)
            has_default = "default" in given.model_fields_set
            if given.source is None and not has_default:
                yield self._at(path, f"{name} comes from nowhere", "add from: and name:")
            if given.source is not None and given.name is None:
                yield self._at(path, f"{name} has no name to look up", "add name:")
            if given.secret and (has_default or given.source == "case"):
                mend = "name a parameter or a secret instead of a default or a case"
                yield self._at(path, f"{name} is a secret that stands in the file", mend)
            if given.source == "secretsmanager" and not given.secret:
                yield self._at(path, f"{name} is read from a vault in the open", "add secret: true")

    def _all_calls(self) -> Iterator[tuple[Path, str, dict[str, Any]]]:
        for path, _, action in self._scenario.placed:
            yield path, action.uses, action.params
            if action.undo is not None and not isinstance(action.undo, str):
                yield (*path, "undo"), action.undo.uses, action.undo.params
        for index, one in enumerate(self._scenario.assertions):
            if one.audit_trail is not None:
                path = ("assertions", index, "audit_trail", "source")
                yield path, one.audit_trail.source.uses, one.audit_trail.source.params

    def _calls(self) -> Iterator[Problem]:
        for path, uses, params in self._all_calls():
            if uses not in self._registry.actions:
                mend = nearest(uses, self._registry.names())
                yield self._at((*path, "uses"), f"there is no action {uses}", mend)
                continue
            model = self._registry.actions[uses].params
            given = held_at(self._document.value, path)
            above: Path = (*path, "with") if "with" in given else path
            if "with" in given:
                yield from params_problems(model, params, self._document, above)
            else:
                needed = [name for name, one in model.model_fields.items() if one.is_required()]
                if needed:
                    mend = f"add with: and in it {', '.join(needed)}"
                    yield self._at(path, f"{uses} has no parameters", mend)

    def _effects(self) -> Iterator[Problem]:
        for path, _, action in self._scenario.placed:
            if action.uses not in self._registry.actions:
                continue
            effect = self._registry.effect(action.uses, action.params)
            has_own = self._registry.actions[action.uses].undo is not None
            if effect == "write" and action.undo is None:
                mend = "add undo: auto" if has_own else "add undo: with uses and with"
                yield self._at(path, f"{action.id} writes and says no undo", f"{mend}, or none")
            if action.undo == "auto" and not has_own:
                mend = "write undo: with uses and with, or none"
                yield self._at((*path, "undo"), f"{action.uses} has no undo of its own", mend)
            if effect != "read" and self._read_only:
                what = f"{action.id} is refused: {self._env or 'this environment'} is read-only"
                yield self._at((*path, "uses"), what, f"leave {action.uses} out there")
            if effect == "write" and action.eventually is not None:
                mend = "write once, then look with an action that reads"
                yield self._at((*path, "eventually"), f"{action.id} would write again", mend)
            if action.cache is not None:
                yield from self._cached(path, action, effect)
        for path, uses, params in self._all_calls():
            known = path[0] == "assertions" and uses in self._registry.actions
            if known and self._registry.effect(uses, params) != "read":
                mend = "use an action that reads"
                yield self._at((*path, "uses"), "an assertion changes something", mend)

    def _cached(self, path: Path, action: Action, effect: str) -> Iterator[Problem]:
        where = (*path, "cache")
        if effect != "read" or not self._registry.actions[action.uses].cacheable:
            known = sorted(name for name, one in self._registry.actions.items() if one.cacheable)
            mend = f"what these find can be, of http.request by GET: {', '.join(known)}"
            yield self._at(where, f"what {action.id} finds cannot be kept", mend)
        elif action.eventually is not None:
            mend = "leave one of them out: who looks again wants what is there now"
            yield self._at(where, f"{action.id} would look at one answer again and again", mend)

    def _fans(self) -> Iterator[Problem]:
        for path, _, action in self._scenario.placed:
            if action.for_each is None:
                if action.at_once != 1:
                    mend = "add for_each:, or leave it out"
                    yield self._at((*path, "at_once"), "there is one of it only", mend)
                continue
            if isinstance(action.for_each, list) and not 0 < len(action.for_each) <= MOST_ITEMS:
                mend = f"list 1 to {MOST_ITEMS} items; dynamodb.put and others take many at once"
                yield self._at((*path, "for_each"), "this is no number of items", mend)
            if len(path) > 2:  # noqa: PLR2004 - a block is below its step
                mend = "move it out of the block, and say at_once"
                yield self._at((*path, "for_each"), "for_each does not stand in a block", mend)
            if any(not isinstance(one, str) and one.secret for one in action.capture.values()):
                mend = "capture secrets with an action that is done once"
                yield self._at((*path, "capture"), f"{action.id} captures many secrets", mend)

    def _all_checks(self) -> Iterator[tuple[Path, Check]]:
        for above, _, action in self._scenario.placed:
            yield from _numbered((*above, "check"), action.check)
            if action.eventually is not None:
                path = (*above, "eventually", "stop_when")
                yield from _numbered(path, action.eventually.stop_when)
        for index, one in enumerate(self._scenario.assertions):
            yield from _numbered(("assertions", index, "check"), one.check)
            if one.audit_trail is not None:
                path = ("assertions", index, "audit_trail", "records")
                yield from _numbered(path, one.audit_trail.records)

    def _checks(self) -> Iterator[Problem]:
        for path, one in self._all_checks():
            yield from expression_problems(self._document, one.select, (*path, "select"))
            operators = one.operators()
            if not operators:
                mend = "add one, such as eq, exists or matches"
                yield self._at(path, "a check without an operator", mend)
            schema = operators.get("json_schema")
            wrong = schema_problem(schema) if isinstance(schema, dict) else ""
            if wrong:
                mend = "see json-schema.org for what a keyword takes"
                yield self._at((*path, "json_schema"), f"this is no JSON Schema: {wrong}", mend)
            for name in ("matches", "not_matches"):
                yield from self._pattern((*path, name), str(operators.get(name, "")), most=None)
        for path, _, action in self._scenario.placed:
            for name, rule in action.capture.items():
                if not isinstance(rule, str) and rule.match is not None:
                    yield from self._pattern((*path, "capture", name, "match"), rule.match, most=1)

    def _pattern(self, path: Path, pattern: str, *, most: int | None) -> Iterator[Problem]:
        try:
            groups = re.compile(pattern).groups
        except re.error:
            mend = "backslashes count once in plain or single-quoted text"
            yield self._at(path, "this is no regular expression", mend)
        else:
            if most is not None and groups > most:
                mend = "write (?:…) around what only belongs together"
                yield self._at(path, f"this has {groups} groups, and one value is kept", mend)

    def _assertions(self) -> Iterator[Problem]:
        for index, one in enumerate(self._scenario.assertions):
            path: Path = ("assertions", index)
            if (one.audit_trail is None) == (not one.check):
                mend = "write check: or audit_trail:, and one of them only"
                yield self._at(path, f"{one.id} asserts nothing, or two things", mend)
            trail = one.audit_trail
            if trail is not None and not trail.where:
                inner = (*path, "audit_trail")
                yield self._at(inner, "where is missing", "say which records count, e.g. act:")
        for path, _, action in self._scenario.placed:
            if action.eventually is not None and not action.check:
                yield self._at((*path, "eventually"), "eventually waits for nothing", "add check:")
        checked = any(one.action.check for one in self._scenario.placed)
        if not checked and not self._scenario.assertions:
            yield self._at((), "this scenario checks nothing", "add a check or an assertion")

    def _secrets(self) -> Iterator[Problem]:
        for path in literal_secrets(self._document.value):
            mend = "keep it in Secrets Manager and refer to it with inputs: and secret: true"
            yield self._at(path, "this looks like a credential", mend)

    def _limits(self) -> Iterator[Problem]:
        cost, budget = worst_case(self._scenario), self._scenario.budget
        if cost.transitions > budget.transitions:
            mend = f"raise budget.transitions to {cost.transitions}, or shorten what is waited for"
            what = f"the worst case is {cost.transitions} transitions, over budget"
            yield self._at(("budget", "transitions"), what, mend)
        if cost.actions > budget.actions:
            mend = f"raise budget.actions to {cost.actions}, or split the scenario"
            yield self._at(("budget", "actions"), f"there are {cost.actions} actions", mend)
        whole = seconds(self._scenario.timeout)
        if whole > LONGEST_S:
            yield self._at(("timeout",), "this takes too long", "15m is the most; split it")
        for above, _, action in self._scenario.placed:
            path: Path = (*above, "eventually")
            if action.eventually is not None and seconds(action.eventually.timeout) > whole:
                what = "this window is longer than the test"
                yield self._at((*path, "timeout"), what, "raise timeout:")
            if action.eventually is not None and seconds(action.eventually.every) <= 0:
                what = "this would never pause"
                yield self._at((*path, "every"), what, "100ms is a good least")

    def _environments(self) -> Iterator[Problem]:
        allowed = self._scenario.environments
        if not self._env:
            return
        if allowed and self._env not in allowed:
            mend = f"it is for {', '.join(allowed)}"
            yield self._at(("environments",), f"this does not run in {self._env}", mend)
        if not allowed and self._read_only:
            mend = f"add environments: and name {self._env} in it"
            what = f"this does not run in {self._env}, which is read-only, unless it says so"
            yield self._at((), what, mend)


def _numbered(path: Path, checks: list[Check]) -> Iterator[tuple[Path, Check]]:
    """Yield every check with its place, those of the items of a list too."""
    for index, one in enumerate(checks):
        yield (*path, index), one
        for name, inner in (("each", one.each), ("some", one.some)):
            yield from _numbered((*path, index, name), inner or [])
