"""Derive what a deployer may do from what Terraform was seen to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from terraform_tool import HCL

RIGHTS: Final = HCL / "modules" / "deployer" / "rights.json"
ACCOUNT: Final = "123456789012"


def derive(used: Iterable[Mapping[str, Any]], prefix: str) -> dict[str, list[dict[str, Any]]]:
    """Return statements by service; what has the prefix in its name is limited to it."""
    found: dict[str, dict[str, set[str]]] = {}
    for one in used:
        service, _, _ = str(one["action"]).partition(":")
        places = found.setdefault(service, {}).setdefault(str(one["action"]), set())
        places.add(_pattern(str(one["resource"]), prefix))
    return {service: list(_statements(actions)) for service, actions in sorted(found.items())}


def _statements(actions: Mapping[str, set[str]]) -> Iterable[dict[str, Any]]:
    """Yield one statement for all actions that have the same resources."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for action, places in sorted(actions.items()):
        same = ("*",) if "*" in places else tuple(sorted(places))
        grouped.setdefault(same, []).append(action)
    for resources, names in sorted(grouped.items()):
        yield {"actions": names, "resources": list(resources)}


def _pattern(resource: str, prefix: str) -> str:
    """Return a resource with stand-ins, cut off behind the prefix; `*` for what has none."""
    head, found, _ = resource.partition(prefix)
    if not found or "*" in head:
        return "*"
    fields = head.split(":")
    if len(fields) > 4:
        fields[1] = "{partition}"
        fields[3] = "{region}" if fields[3] else ""
        fields[4] = "{account}" if fields[4] else ""
    return ":".join(fields) + "{prefix}*"
