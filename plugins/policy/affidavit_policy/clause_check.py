"""Hold a file of clauses against what really shows them: no claim wider than its basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from affidavit.plugin import PolicyRule, load_policy, policy_from, shipped_policies
from affidavit_policy.clause_file import (
    FrameworkForm,
    ObjectivesForm,
    formed,
)
from affidavit_policy.clauses import Objective, objectives_of, state_of
from affidavit_policy.compile import compile_policy, near_miss
from affidavit_policy.declared import GROUPS, SETTINGS, covered
from affidavit_policy.promises import PROMISES
from affidavit_policy.strict_yaml import YamlDocument, YamlProblem
from affidavit_policy.suite_promises import BY_NAME
from affidavit_policy.terraform_state import CHECKS

Found = Iterator[tuple[tuple[str | int, ...], str]]

_LISTS: Final[Mapping[str, Sequence[str]]] = {
    "suite": tuple(BY_NAME),
    "library": tuple(PROMISES),
    "settings": (*SETTINGS, *GROUPS),
    "checks": tuple(CHECKS),
}


def clause_problems(path: Path, read: YamlDocument) -> list[YamlProblem]:
    """Return everything that is wrong in a file of clauses, or of objectives."""
    if "objectives" in read.value:
        said, problems = formed(read, ObjectivesForm)
        found = _objectives(said["objectives"]) if said else iter(())
    else:
        said, problems = formed(read, FrameworkForm)
        found = _clauses(path, said) if said else iter(())
    return sorted([*problems, *(YamlProblem(*read.of_key(at), what) for at, what in found)])


def _objectives(said: Mapping[str, Any]) -> Found:
    for name, one in said.items():
        if not (one["suite"] or one["settings"] or one["checks"]):
            yield ("objectives", name), f"nothing shows {name}"
        for kind, known in _LISTS.items():
            for place, word in enumerate(one[kind]):
                if word not in known:
                    what = f"there is no {word} among {kind}{near_miss(word, known)}"
                    yield ("objectives", name, kind, place), what
        for place, word in enumerate(one["suite"]):
            promise = BY_NAME.get(word)
            if promise and not _serves(promise.serves, promise.settings, one):
                what = f"{word} shows something else than {name}"
                yield ("objectives", name, "suite", place), what


def _serves(promises: Sequence[str], settings: Sequence[str], one: Mapping[str, Any]) -> bool:
    return bool(set(promises) & set(one["library"]) or set(settings) & set(one["settings"]))


def _clauses(path: Path, said: Mapping[str, Any]) -> Found:
    objectives = objectives_of(path.parent)
    rules, own = _rules(path, said["policies"])
    for place, name in enumerate(said["policies"]):
        if name not in own:
            yield ("policies", place), f"there is no policy {name} beside the folder, or shipped"
    ids: set[str] = set()
    cited: set[str] = set()
    for index, clause in enumerate(said["clauses"]):
        here = ("clauses", index)
        if clause["id"] in ids:
            yield (*here, "id"), f"{clause['id']} is there already"
        ids.add(clause["id"])
        cited.update(clause["rules"])
        yield from _claim(here, clause, objectives, rules)
    for name, mine in own.items():
        for rule in sorted(mine - cited):
            yield ("clauses",), f"no clause names rule {rule} of {name}"


def _claim(
    here: tuple[str | int, ...],
    clause: Mapping[str, Any],
    objectives: Mapping[str, Objective],
    rules: Mapping[str, PolicyRule],
) -> Found:
    """Hold one clause against its objectives and rules."""
    for kind, known in (("needs", objectives), ("rules", rules)):
        for place, word in enumerate(clause[kind]):
            if word not in known:
                yield (*here, kind, place), f"there is no {word}{near_miss(word, known)}"
    needs = [objectives[name] for name in clause["needs"] if name in objectives]
    state, why = state_of(needs, duty=clause["duty"], lacks=clause["lacks"])
    if state.value != clause["state"]:
        yield (*here, "state"), f"it says {clause['state']} and is {state.value}: {why}"
    if bool(clause["duty"]) != bool(clause["keep"]):
        yield here, "a duty says what to keep of it, and nothing else does"
    asked = [rules[name] for name in clause["rules"] if name in rules]
    for place, name in enumerate(clause["needs"]):
        one = objectives.get(name)
        if one and (one.library or one.settings) and not any(_asks(rule, one) for rule in asked):
            yield (*here, "needs", place), f"none of its rules asks for {name}"


def _asks(rule: PolicyRule, one: Objective) -> bool:
    governed = {name for path in rule.governs for name in covered(path)}
    wanted = {name for path in one.settings for name in covered(path)}
    return bool(set(rule.promises) & set(one.library) or governed & wanted)


def _rules(
    path: Path, policies: Sequence[str]
) -> tuple[dict[str, PolicyRule], dict[str, set[str]]]:
    """Return every rule that can be named, and the rules that each policy makes itself."""
    rules: dict[str, PolicyRule] = {}
    own: dict[str, set[str]] = {}
    base: set[str] = {rule.id for rule in load_policy("baseline").rules}
    for name in dict.fromkeys(["baseline", *policies]):
        source = path.parent.parent / f"{name}.yaml"
        compiled = compile_policy(source).document if source.is_file() else None
        if compiled is not None:
            held = policy_from(compiled)
        elif name in shipped_policies():
            held = load_policy(name)
        else:
            continue
        rules.update({rule.id: rule for rule in held.rules})
        if name in policies:
            mine: set[str] = {rule.id for rule in held.rules}
            own[name] = mine if name == "baseline" else mine - base
    return rules, own
