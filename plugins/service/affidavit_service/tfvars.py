"""What Terraform reads of a service: one file, made and not written by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from affidavit_service.read import Service
from affidavit_service.service_model import Function
from affidavit_service.triggers import Route

FILE: Final = "functions.auto.tfvars.json"
NAMED_BY: Final = {"rule": "bus"}
"""What a trigger is named after, where that is not the key of its own type."""


def tfvars(service: Service) -> dict[str, Any]:
    """Return the variables of Terraform's root that the definition decides.

    Everything that a function says is in it, also what is a default: the root
    refuses a key that it does not know, so nothing is left out on either side.
    """
    return {
        "name": service.about.name,
        "functions": {name: _function(one) for name, one in sorted(service.functions.items())},
        **({"policy": service.about.policy} if service.about.policy else {}),
    }


def _function(one: Function) -> dict[str, Any]:
    routes = [trigger for trigger in one.triggers if isinstance(trigger, Route)]
    said = {
        "handler": one.handler.replace(":", "."),
        "runtime": one.runtime,
        "architecture": one.architecture,
        "routes": {route.route: {"public": route.public} for route in routes},
        "triggers": _triggers(one),
        "sources": one.sources,
        "tables": one.tables,
        "plugins": sorted(one.plugins),
        "layers": one.layers,
        "variables": one.variables,
        "secrets": one.secrets,
        "rights": one.rights.model_dump(),
        "network": _network(one),
        "tenant": one.tenant,
        "log_level": one.log_level,
        "memory_mb": one.memory_mb,
        "timeout_seconds": one.timeout_s,
        "reserved_concurrency": one.concurrency,
        "snap_start": one.snap_start,
        "canary": one.canary.model_dump(exclude_none=True) if one.canary else None,
        "notify": _notify(one),
    }
    return {key: value for key, value in said.items() if value not in (None, {}, [])}


def _triggers(one: Function) -> dict[str, Any]:
    """Return the triggers by a name that stays while others come and go."""
    found: dict[str, Any] = {}
    for trigger in one.triggers:
        if isinstance(trigger, Route):
            continue
        said = trigger.model_dump(exclude_none=True)
        name = _name(trigger.type, said)
        count = sum(1 for known in found if known.partition("--")[0] == name)
        found[f"{name}--{count + 1}" if count else name] = said
    return found


def _name(kind: str, said: Mapping[str, Any]) -> str:
    source = str(said.get(NAMED_BY.get(kind, kind), "time")).rpartition(":")[2]
    plain = re.sub(r"[^A-Za-z0-9]+", "-", source).strip("-")[:30]
    return f"{kind}-{plain}"


def _network(one: Function) -> dict[str, Any] | None:
    if one.network is None:
        return None
    return {
        "subnet_ids": one.network.subnets,
        "security_group_ids": one.network.security_groups,
    }


def _notify(one: Function) -> dict[str, Any] | None:
    if not (one.mail or one.bus):
        return None
    mail = one.mail.model_dump(exclude_none=True) if one.mail else None
    notify = {"bus": one.bus, "source_name": one.event_source, "mail": mail}
    return {key: value for key, value in notify.items() if value is not None}
