"""What Terraform reads of a service: one file, made and not written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from affidavit_service.errors import ServiceError
from affidavit_service.read import Service
from affidavit_service.service_model import Function
from affidavit_service.triggers import Route

FILE: Final = "functions.auto.tfvars.json"


def tfvars(service: Service) -> dict[str, Any]:
    """Return the variables of Terraform's root that the definition decides.

    What the root has no variable for is refused: Terraform would leave an
    attribute that it does not know out of an object, and say nothing.

    Raises:
        ServiceError: Something cannot be said to Terraform's root.

    """
    for name, function in service.functions.items():
        for what in _unsaid(function):
            raise ServiceError(
                f"Terraform's root cannot deploy {what} of {name}",
                why="it has no variable for that, and would leave it out without a word",
                fix="Deploy it with a module of your own, or take it out of the definition",
            )
    runtimes = {(one.runtime, one.architecture) for one in service.functions.values()}
    if len(runtimes) > 1:
        raise ServiceError(
            "Terraform's root deploys one runtime for all functions",
            why=f"the definition has {', '.join(sorted('/'.join(one) for one in runtimes))}",
            fix="Say runtime and architecture in [defaults]",
        )
    runtime, architecture = runtimes.pop()
    return {
        "runtime": {"runtime": runtime, "architecture": architecture},
        "functions": {name: _function(one) for name, one in sorted(service.functions.items())},
        **({"policy": service.about.policy} if service.about.policy else {}),
    }


def _unsaid(function: Function) -> Iterator[str]:
    for trigger in function.triggers:
        if not isinstance(trigger, Route):
            yield f"a trigger of type {trigger.type}"
    if len(function.routes) > 1:
        yield "more than one route"
    if any(isinstance(one, Route) and one.public for one in function.triggers):
        yield "a public route"
    named = {
        "variables": function.variables,
        "secrets": function.secrets,
        "rights": function.rights.statements or function.rights.managed,
        "a network": function.network,
    }
    yield from (what for what, value in named.items() if value)


def _function(one: Function) -> dict[str, Any]:
    notify: dict[str, Any] | None = None
    if one.mail or one.bus:
        mail = one.mail.model_dump(exclude_none=True) if one.mail else None
        notify = {"bus": one.bus, "source_name": one.event_source, "mail": mail}
        notify = {key: value for key, value in notify.items() if value is not None}
    said = {
        "handler": one.handler.replace(":", "."),
        "route": next(iter(one.routes), None),
        "sources": one.sources,
        "tables": one.tables,
        "plugins": sorted(one.plugins),
        "tenant": one.tenant,
        "log_level": one.log_level,
        "memory_mb": one.memory_mb,
        "timeout_seconds": one.timeout_s,
        "reserved_concurrency": one.concurrency,
        "snap_start": one.snap_start,
        "canary": one.canary.model_dump(exclude_none=True) if one.canary else None,
        "notify": notify,
    }
    return {key: value for key, value in said.items() if value is not None}
