"""Join policies: the strictest of everything, and an error where a child is laxer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from affidavit.plugin import ENTITIES, Declare, Literals, RedactionAction, SinkMode, entity_of

_DECLARE: Final = [word.value for word in Declare]
_ACTIONS: Final = [word.value for word in RedactionAction]
_LITERALS: Final = [word.value for word in Literals]
_UNNAMED: Final = {"action": RedactionAction.REPLACE.value}
"""What the engine does to an entity that no policy names."""
_MODES: Final = [word.value for word in SinkMode]

DEFAULTS: Final[Mapping[str, Any]] = {
    "redaction.limits": {"depth": 48, "string_bytes": 65_536, "nodes": 20_000},
}
"""What holds where neither a policy nor a parent says anything."""

SETTINGS: Final = (
    "declare",
    "actor.trust",
    "retention.hot_days",
    "retention.archive_days",
    "retention.log_days",
    "tracing.sample_percent",
    "limits.request_bytes",
    "limits.depth",
    "sources.literals",
    "logging.event",
    "redaction.sinks",
    "redaction.capture",
    "redaction.limits",
    "redaction.exemptions",
)
"""What a rule can govern."""

Tell = Callable[[str, str], None]
"""Called with a dotted path and a sentence for everything that is wrong."""


class Merge:
    """Joins one policy with its compiled parents."""

    def __init__(
        self, own: Mapping[str, Any], parents: Sequence[Mapping[str, Any]], tell: Tell
    ) -> None:
        self._own = own
        self._parents = parents
        self._tell = tell

    def document(self) -> dict[str, Any]:
        """Return the effective settings: everything except name, rules and digest."""
        return {
            "declare": self._strictest("declare", _DECLARE),
            "actor": {"trust": self._trust()},
            "retention": {
                "hot_days": self._most("retention.hot_days"),
                "archive_days": self._most("retention.archive_days"),
                "log_days": self._agreed("retention.log_days"),
            },
            "tracing": {"sample_percent": self._agreed("tracing.sample_percent")},
            "limits": {
                "request_bytes": self._least("limits.request_bytes"),
                "depth": self._least("limits.depth"),
            },
            "sources": {"literals": self._strictest("sources.literals", _LITERALS)},
            "logging": {"event": self._event()},
            "redaction": {
                "entities": self._entities(),
                "keys": self._keys(),
                "patterns": self._all("redaction.patterns"),
                "sinks": self._exits(),
                "capture": sorted(set(self._all("redaction.capture"))),
                "exemptions": self._all("redaction.exemptions"),
                "limits": self._redaction_limits(),
            },
            "response": self._all("response"),
        }

    def _inherited(self, path: str) -> list[Any]:
        found = (_at(parent, path) for parent in self._parents)
        return [value for value in found if value is not None]

    def _strictest(self, path: str, order: Sequence[str]) -> Any:
        own, inherited = _at(self._own, path), self._inherited(path)
        floor = max(inherited, key=order.index, default=None)
        if own is None:
            return floor if floor is not None else self._missing(path)
        if floor is not None and order.index(own) < order.index(floor):
            self._tell(path, f"{path} is laxer than what it extends, which says {floor}")
        return own

    def _most(self, path: str) -> Any:
        return self._bound(path, max, lambda own, floor: own < floor, "at least")

    def _least(self, path: str) -> Any:
        return self._bound(path, min, lambda own, floor: own > floor, "at most")

    def _bound(
        self,
        path: str,
        strictest: Callable[[Iterable[int]], int],
        laxer: Callable[[int, int], bool],
        words: str,
    ) -> Any:
        own, inherited = _at(self._own, path), self._inherited(path)
        if not inherited:
            return own if own is not None else self._missing(path)
        floor = strictest(inherited)
        if own is not None and laxer(own, floor):
            self._tell(path, f"{path} must be {words} {floor}, as in what it extends")
        return floor if own is None else own

    def _agreed(self, path: str) -> Any:
        own, inherited = _at(self._own, path), self._inherited(path)
        if own is not None:
            return own
        if not inherited:
            return self._missing(path)
        if any(value != inherited[0] for value in inherited):
            # Neither more nor fewer days is the stricter choice for everybody:
            # one clause wants logs kept, another wants them gone.
            self._tell(path, f"the policies it extends differ in {path}; say which holds")
        return inherited[0]

    def _trust(self) -> list[str]:
        own = _at(self._own, "actor.trust")
        inherited = self._inherited("actor.trust")
        allowed = set.intersection(*map(set, inherited)) if inherited else None
        if own is None:
            if allowed is None:
                self._missing("actor.trust")
                return []
            return sorted(allowed)
        beyond = sorted(set(own) - allowed) if allowed is not None else []
        if beyond:
            self._tell("actor.trust", f"it trusts {', '.join(beyond)}; what it extends does not")
        return sorted(set(own))

    def _event(self) -> Any:
        own, inherited = _at(self._own, "logging.event"), self._inherited("logging.event")
        if own and not all(inherited):
            self._tell("logging.event", "what it extends does not log events")
        if own is None and not inherited:
            return self._missing("logging.event")
        return all([*inherited, *([] if own is None else [own])])

    def _entities(self) -> list[dict[str, Any]]:
        strictest = self._inherited_entities()
        for index, item in enumerate(self._own["redaction"]["entities"]):
            for entity in item["match"]:
                held = strictest.get(entity)
                if held is None and self._parents and entity in ENTITIES:
                    held = _UNNAMED
                if held is not None and _rank(item) < _rank(held):
                    path = f"redaction.entities.{index}.action"
                    self._tell(path, f"{entity} must be {held['action']} or stricter")
                strictest[entity] = {**item, "match": [entity]}
        return [strictest[entity] for entity in sorted(strictest)]

    def _inherited_entities(self) -> dict[str, dict[str, Any]]:
        strictest: dict[str, dict[str, Any]] = {}
        named: Counter[str] = Counter()
        for parent in self._parents:
            for item in parent["redaction"]["entities"]:
                for entity in item["match"]:
                    named[entity] += 1
                    held = strictest.get(entity)
                    if held is None or _rank(item) > _rank(held):
                        strictest[entity] = {**item, "match": [entity]}
        # What some parent does not name is replaced there, so a laxer word of
        # another one does not count; unnamed, it will be replaced here too.
        lax = {entity for entity, item in strictest.items() if _rank(item) < _rank(_UNNAMED)}
        for entity in lax & ENTITIES.keys():
            if named[entity] < len(self._parents):
                del strictest[entity]
        return strictest

    def _keys(self) -> list[Any]:
        """Join the rules for key names; what the parents hide under a name stays hidden."""
        entities = self._inherited_entities()
        held = {
            phrase: item
            for parent in self._parents
            for item in sorted(parent["redaction"]["keys"], key=_rank)
            for phrase in item["match"]
        }
        for index, item in enumerate(self._own["redaction"]["keys"] if self._parents else ()):
            for phrase in item["match"]:
                entity = entity_of(tuple(phrase.split()))
                known = held.get(phrase) or (entity and entities.get(entity, _UNNAMED))
                if known and _rank(item) < _rank(known):
                    path = f"redaction.keys.{index}.action"
                    self._tell(path, f"{phrase} must be {known['action']} or stricter")
        return self._all("redaction.keys")

    def _exits(self) -> dict[str, Any]:
        joined: dict[str, Any] = {}
        for layer in [*self._parents, self._own]:
            for name, item in (_at(layer, "redaction.sinks") or {}).items():
                held = joined.get(name)
                if held is None:
                    joined[name] = {"mode": item["mode"], "keys": sorted(set(item["keys"]))}
                    continue
                if layer is self._own and _MODES.index(item["mode"]) < _MODES.index(held["mode"]):
                    self._tell(f"redaction.sinks.{name}.mode", f"it must be {held['mode']}")
                held["mode"] = max(held["mode"], item["mode"], key=_MODES.index)
                # A listed key lets its name pass; its value is scanned all the same.
                held["keys"] = sorted({*held["keys"], *item["keys"]})
        return dict(sorted(joined.items()))

    def _redaction_limits(self) -> Any:
        path = "redaction.limits"
        own, inherited = _at(self._own, path), self._inherited(path)
        if not inherited:
            return own or DEFAULTS[path]
        floor = {name: min(item[name] for item in inherited) for name in inherited[0]}
        for name, value in (own or {}).items():
            if value > floor[name]:
                self._tell(f"{path}.{name}", f"it must be at most {floor[name]}")
        return own or floor

    def _all(self, path: str) -> list[Any]:
        found: list[Any] = []
        for layer in [*self._parents, self._own]:
            found.extend(item for item in _at(layer, path) or [] if item not in found)
        return found

    def _missing(self, path: str) -> Any:
        self._tell(path, f"{path} is missing, and nothing that it extends says it")
        return None


def governed_paths(own: Mapping[str, Any]) -> list[str]:
    """Return the settings that a policy file states and that some rule must govern."""
    # `event: false` is a statement; the lists that a file leaves empty are not.
    return [path for path in SETTINGS if _at(own, path) not in (None, [], {})]


def _rank(item: Mapping[str, Any]) -> int:
    return _ACTIONS.index(item["action"])


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value
