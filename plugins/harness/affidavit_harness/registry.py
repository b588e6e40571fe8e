"""The installed test actions, by name, and a hash that says which ones they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from affidavit.plugin import AtomicAction, Effect, Plugins, by_name, load_plugins


class Registry(NamedTuple):
    """Every action that a scenario may use here."""

    actions: Mapping[str, AtomicAction]

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        return tuple(sorted(self.actions))

    def effect(self, name: str, params: Mapping[str, Any]) -> Effect:
        """Say what a call does; what nobody knows counts as a write."""
        action = self.actions.get(name)
        if action is None:
            return "write"
        try:
            return action.effects(params)
        except Exception:  # noqa: BLE001 - a plugin is foreign code, and unsure means write
            return "write"

    def manifest(self, used: Iterable[str] | None = None) -> str:
        """Return 16 hex digits that differ if any action differs in name, form or version.

        Of those that are `used`, if they are named.
        """
        told = [
            [action.name, action.version, action.params.model_json_schema()]
            for name in sorted(self.actions if used is None else {*used} & {*self.actions})
            for action in (self.actions[name],)
        ]
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def statements(self, role: Literal["read", "write", "sweep"]) -> Iterator[dict[str, Any]]:
        """Yield what a role needs, one statement per kind of resource and condition.

        `read` is for actions that read whatever their parameters are, `write` for
        all of them, `sweep` for those that take back.
        """
        found: dict[tuple[str, bool], set[str]] = {}
        for action in self.actions.values():
            reads = self.effect(action.name, {}) == "read"
            if role == "write" or (reads if role == "read" else action.compensates):
                for grant in action.grants:
                    found.setdefault((grant.kind, grant.own_keys), set()).update(grant.actions)
        for (kind, own_keys), verbs in sorted(found.items()):
            yield {"kind": kind, "actions": sorted(verbs), "own_keys": own_keys}


def registry_of(actions: Iterable[tuple[str, AtomicAction]]) -> Registry:
    """Return a registry of (plugin, action).

    Raises:
        PluginError: Two of them have one name.

    """
    return Registry(by_name("test action", actions, "name"))


def load_registry(plugins: Plugins | None = None) -> Registry:
    """Return the actions of the installed plugins."""
    found = (plugins or load_plugins()).collect("affidavit_test_actions")
    return registry_of(found)
