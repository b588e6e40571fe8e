"""Join policies: the strictest of everything, and an error where a child is laxer.

What is stricter is declared with each setting; here is how.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from affidavit.plugin import (
    DEFAULT_ENVIRONMENT,
    ENTITIES,
    Merge,
    Policy,
    RedactionAction,
    SinkMode,
    entity_of,
)
from affidavit_policy.declared import DECLARED, REQUIRED, SETTINGS, DeclaredSetting, bare
from affidavit_policy.document import problem_of

_ACTIONS: Final = [word.value for word in RedactionAction]
_UNNAMED: Final = {"action": RedactionAction.REPLACE.value}
"""What the engine does to an entity that no policy names."""
_MODES: Final = [word.value for word in SinkMode]

Tell = Callable[[str, str], None]
"""Called with a dotted path and a sentence for everything that is wrong."""


class Merging:
    """Joins one policy with its compiled parents."""

    def __init__(
        self, own: Mapping[str, Any], parents: Sequence[Mapping[str, Any]], tell: Tell
    ) -> None:
        self._own = own
        self._parents = parents
        self._tell = tell
        self._how: Final[Mapping[Merge, Callable[[DeclaredSetting], Any]]] = {
            Merge.STRICTEST: self._strictest,
            Merge.MOST: self._most,
            Merge.LEAST: self._least,
            Merge.COMMON: self._common,
            Merge.ALL: self._all_say,
            Merge.OWN: self._agreed,
            Merge.JOINED: self._joined,
            Merge.ENTITIES: self._entities,
            Merge.KEYS: self._keys,
            Merge.SINKS: self._sinks,
        }

    def document(self) -> dict[str, Any]:
        """Return the effective settings: everything except name, rules and digest."""
        merged: dict[str, Any] = {}
        names = self._environments()
        for one in DECLARED:
            paths = (
                [one.path.replace("*", name) for name in names] if "*" in one.path else [one.path]
            )
            for path in paths:
                here = merged
                *above, last = path.split(".")
                for part in above:
                    here = here.setdefault(part, {})
                here[last] = self._how[one.setting.merge](one._replace(path=path))
        for name, of in Policy.__annotations__.items():
            problem = problem_of(bare(of)[0], merged.get(name, {}))
            if problem:
                self._tell(name, problem)
        return merged

    def _environments(self) -> list[str]:
        layers = [*self._parents, self._own]
        names = {name for layer in layers for name in _at(layer, "environments") or {}}
        if DEFAULT_ENVIRONMENT not in names:
            self._missing(f"environments.{DEFAULT_ENVIRONMENT}")
        return sorted(names)

    def _inherited(self, path: str) -> list[Any]:
        """Return what the parents say, without those that say nothing."""
        return [value for value in self._each(path) if value is not None]

    def _each(self, path: str) -> list[Any]:
        """Return what each parent says. An environment that one names has its default in others."""
        found = [_at(parent, path) for parent in self._parents]
        if path.startswith("environments.") and any(value is not None for value in found):
            _, _, name = path.split(".")
            path = f"environments.{DEFAULT_ENVIRONMENT}.{name}"
            found = [
                _at(parent, path) if value is None else value
                for parent, value in zip(self._parents, found, strict=True)
            ]
        return found

    def _strictest(self, one: DeclaredSetting) -> Any:
        order = [word.value for word in one.kind]
        own, inherited = _at(self._own, one.path), self._inherited(one.path)
        floor = max(inherited, key=order.index, default=None)
        if own is None:
            return floor if floor is not None else self._default(one)
        if floor is not None and order.index(own) < order.index(floor):
            self._tell(one.path, f"{one.path} is laxer than what it extends, which says {floor}")
        return own

    def _most(self, one: DeclaredSetting) -> Any:
        return self._bound(one, max, lambda own, floor: own < floor, "at least")

    def _least(self, one: DeclaredSetting) -> Any:
        return self._bound(one, min, lambda own, floor: own > floor, "at most")

    def _bound(
        self,
        one: DeclaredSetting,
        strictest: Callable[[Iterable[int]], int],
        laxer: Callable[[int, int], bool],
        words: str,
    ) -> Any:
        own, inherited = _at(self._own, one.path), self._inherited(one.path)
        if not inherited:
            return own if own is not None else self._default(one)
        floor = strictest(inherited)
        if own is not None and laxer(own, floor):
            self._tell(one.path, f"{one.path} must be {words} {floor}, as in what it extends")
        return floor if own is None else own

    def _agreed(self, one: DeclaredSetting) -> Any:
        own, inherited = _at(self._own, one.path), self._inherited(one.path)
        if own is not None:
            return own
        if not inherited:
            return self._default(one)
        if any(value != inherited[0] for value in inherited):
            # Neither more nor fewer days is the stricter choice for everybody:
            # one clause wants logs kept, another wants them gone.
            told = ", ".join(
                f"{parent['policy']} says {value}"
                for parent, value in zip(self._parents, self._each(one.path), strict=True)
                if value is not None
            )
            self._tell(one.path, f"what it extends differs in {one.path}: {told}; say which holds")
        return inherited[0]

    def _common(self, one: DeclaredSetting) -> Any:
        own, inherited = _at(self._own, one.path), self._inherited(one.path)
        allowed = set.intersection(*map(set, inherited)) if inherited else None
        if own is None:
            return self._default(one) if allowed is None else sorted(allowed)
        beyond = sorted(set(own) - allowed) if allowed is not None else []
        if beyond:
            self._tell(one.path, f"it trusts {', '.join(beyond)}; what it extends does not")
        return sorted(set(own))

    def _all_say(self, one: DeclaredSetting) -> Any:
        own, inherited = _at(self._own, one.path), self._inherited(one.path)
        if own and not all(inherited):
            self._tell(one.path, f"{one.path} is false in what it extends")
        if own is None and not inherited:
            return self._default(one)
        return all([*inherited, *([] if own is None else [own])])

    def _joined(self, one: DeclaredSetting) -> list[Any]:
        found: list[Any] = []
        for layer in [*self._parents, self._own]:
            found.extend(item for item in _at(layer, one.path) or [] if item not in found)
        return found

    def _entities(self, one: DeclaredSetting) -> list[dict[str, Any]]:
        strictest = self._inherited_entities()
        for index, item in enumerate(_at(self._own, one.path) or []):
            for entity in item["match"]:
                held = strictest.get(entity)
                if held is None and self._parents and entity in ENTITIES:
                    held = _UNNAMED
                if held is not None and _rank(item) < _rank(held):
                    path = f"{one.path}.{index}.action"
                    self._tell(path, f"{entity} must be {held['action']} or stricter")
                strictest[entity] = item
        together: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for entity, item in sorted(strictest.items()):
            together[item["action"], item["rule"]].append(entity)
        return [
            {"match": match, "action": action, "rule": rule}
            for (action, rule), match in sorted(together.items())
        ]

    def _inherited_entities(self) -> dict[str, dict[str, Any]]:
        strictest: dict[str, dict[str, Any]] = {}
        named: Counter[str] = Counter()
        for parent in self._parents:
            for item in parent["redaction"]["entities"]:
                for entity in item["match"]:
                    named[entity] += 1
                    held = strictest.get(entity)
                    if held is None or _rank(item) > _rank(held):
                        strictest[entity] = item
        # What some parent does not name is replaced there, so a laxer word of
        # another one does not count; unnamed, it will be replaced here too.
        lax = {entity for entity, item in strictest.items() if _rank(item) < _rank(_UNNAMED)}
        for entity in lax & ENTITIES.keys():
            if named[entity] < len(self._parents):
                del strictest[entity]
        return strictest

    def _keys(self, one: DeclaredSetting) -> list[Any]:
        """Join the rules for key names; what the parents hide under a name stays hidden."""
        entities = self._inherited_entities()
        held = {
            phrase: item
            for parent in self._parents
            for item in sorted(parent["redaction"]["keys"], key=_rank)
            for phrase in item["match"]
        }
        for index, item in enumerate(_at(self._own, one.path) or [] if self._parents else []):
            for phrase in item["match"]:
                entity = entity_of(tuple(phrase.split()))
                known = held.get(phrase) or (entity and entities.get(entity, _UNNAMED))
                if known and _rank(item) < _rank(known):
                    path = f"{one.path}.{index}.action"
                    self._tell(path, f"{phrase} must be {known['action']} or stricter")
        return self._joined(one)

    def _sinks(self, one: DeclaredSetting) -> dict[str, Any]:
        joined: dict[str, Any] = {}
        for layer in [*self._parents, self._own]:
            for name, item in (_at(layer, one.path) or {}).items():
                held = joined.get(name)
                if held is None:
                    joined[name] = {"mode": item["mode"], "keys": sorted(set(item["keys"]))}
                    continue
                if layer is self._own and _MODES.index(item["mode"]) < _MODES.index(held["mode"]):
                    self._tell(f"{one.path}.{name}.mode", f"it must be {held['mode']}")
                held["mode"] = max(held["mode"], item["mode"], key=_MODES.index)
                # A listed key lets its name pass; its value is scanned all the same.
                held["keys"] = sorted({*held["keys"], *item["keys"]})
        return dict(sorted(joined.items()))

    def _default(self, one: DeclaredSetting) -> Any:
        return self._missing(one.path) if one.default is REQUIRED else one.default

    def _missing(self, path: str) -> Any:
        self._tell(path, f"{path} is missing, and nothing that it extends says it")
        return None


def governed_settings(own: Mapping[str, Any]) -> list[str]:
    """Return the settings that a policy file states and that some rule must govern."""
    # `event: false` is a statement; the lists that a file leaves empty are not.
    return [
        name
        for name, one in SETTINGS.items()
        if any(value not in (None, [], {}) for value in _stated(own, one.path))
    ]


def _stated(own: Mapping[str, Any], path: str) -> list[Any]:
    above, star, below = path.partition(".*.")
    if not star:
        return [_at(own, path)]
    return [_at(item, below) for item in (_at(own, above) or {}).values()]


def _rank(item: Mapping[str, Any]) -> int:
    return _ACTIONS.index(item["action"])


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value
