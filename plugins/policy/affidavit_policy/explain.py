"""What a policy demands, in words: read from the declaration, not written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from affidavit.plugin import Policy
from affidavit_policy.declared import DECLARED, SETTINGS, covered
from affidavit_policy.promises import PROMISES


def explained(policy: Policy) -> Iterator[dict[str, Any]]:
    """Yield each rule with its clause, what it demands and why."""
    for rule in policy.rules:
        names = [name for path in rule.governs for name in covered(path)]
        demands = [f"{name} = {said(policy, name)}" for name in names]
        demands += [PROMISES[promise] for promise in rule.promises]
        demands += _cited(policy, rule.id)
        yield {
            "id": rule.id,
            "clause": rule.clause,
            "demands": "; ".join(demands),
            "why": rule.why,
            "review": rule.review,
        }


def said(policy: Policy, name: str) -> str:
    """Return what a policy says about a setting."""
    return _told(policy, SETTINGS[name].path.split("."))


def _told(value: Any, path: list[str]) -> str:
    if not path:
        return _word(value)
    if path[0] == "*":
        return ", ".join(f"{name} {_told(item, path[1:])}" for name, item in value.items())
    return _told(getattr(value, path[0]), path[1:])


def _word(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        value = tuple(value.items())
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(_word, value)))
    if isinstance(value, tuple):
        return ", ".join(filter(None, map(_word, value)))
    return str(value)


def _cited(policy: Policy, rule: str) -> Iterator[str]:
    for one in DECLARED:
        if not one.is_cited:
            continue
        items: Any = policy
        for part in one.path.split("."):
            items = getattr(items, part)
        for item in items:
            if item.rule == rule:
                yield _item(one.path, item)


def _item(path: str, item: Any) -> str:
    named = _word(getattr(item, "match", None) or getattr(item, "entity", "") or item.path)
    action = getattr(item, "action", None)
    return f"{named}: {action.value}" if action else f"{path} {named}"
