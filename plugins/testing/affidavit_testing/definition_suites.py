"""Put every function of a service under test with one line: what it is stands in functions.toml."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from affidavit.plugin import spec_of
from affidavit_service.errors import ServiceError
from affidavit_service.functions import function_of
from affidavit_service.read import Service, read_service
from affidavit_service.service_model import Function, Identity
from affidavit_testing.suite import compliance_suite
from affidavit_testing.under_test import Handler

STARTED_BY: Final = {
    "route": "api_gateway_v2",
    "queue": "sqs",
    "stream": "kinesis",
    "topic": "sns",
    "rule": "eventbridge",
}
"""Triggers that the suite can play, and how it calls them; the others start nothing by a person."""


def service_suites(
    path: str | Path = "functions.toml",
    *,
    environment: str = "dev",
    functions: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, type]:
    """Return a class of tests for each function, by the name that pytest looks for.

        globals().update(service_suites("functions.toml", functions={"orders": {"sources": …}}))

    Args:
        path: The definition. Handler, policy, triggers and variables are its.
        environment: Which one.
        functions: Functions to test, and for each what `compliance_suite` cannot
            read there: `sources`, `events`, `allow`. All functions if left out.

    Raises:
        ServiceError: The definition is wrong, or has no such function.

    """
    service = read_service(Path(path), environment)
    told = functions if functions is not None else {name: {} for name in service.functions}
    return {
        f"Test_{name.replace('-', '_')}": _suite(service, name, how) for name, how in told.items()
    }


def handler_of(service: Service, name: str) -> Handler:
    """Import the handler of a function, with its variables and its folder in force.

    Raises:
        ServiceError: There is no such function, or its `identity` is not the code's.

    """
    function = function_of(service, name)
    folder = str((service.folder / service.about.source).resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    # As Lambda does before the import; of a secret only the name is known, here as there.
    os.environ.update({**function.secrets, **function.variables})
    module, _, attribute = function.handler.partition(":")
    found: Handler = getattr(importlib.import_module(module), attribute)
    _agrees(name, function, found)
    return found


def _agrees(name: str, function: Function, handler: Handler) -> None:
    """Refuse a definition that says of who acts and who is acted on what the code does not."""
    spec = spec_of(handler) if function.identity != Identity() else None
    for what in ("actor", "subject") if spec is not None else ():
        said = getattr(function.identity, what)
        if said is not None and said != getattr(spec, what):
            raise ServiceError(
                f"the definition and the code of {name} name another {what}",
                why=f"identity.{what} is not what @audited({what}=…) says",
                fix="Correct one of them",
            )


def _suite(service: Service, name: str, how: Mapping[str, Any]) -> type:
    policy = service.about.policy or "baseline"
    if (service.folder / policy).is_file():
        policy = str(service.folder / policy)
    said = {"policy": policy, "via": tuple(_vias(function_of(service, name)))}
    return compliance_suite(handler_of(service, name), **{**said, **how})


def _vias(function: Function) -> Iterator[str]:
    kinds = dict.fromkeys(trigger.type for trigger in function.triggers)
    yield from (STARTED_BY[kind] for kind in kinds if kind in STARTED_BY)
