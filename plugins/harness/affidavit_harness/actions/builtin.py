"""Every action that comes with the harness, by name; each is imported when somebody asks for it.

A run needs few of them, and all of them together take longer to import than most runs take.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any, Final, cast

from affidavit.plugin import AtomicAction

_WHERE: Final = {
    "buckets": ("s3.get", "s3.put", "s3.delete"),
    "buses": ("eventbridge.put", "eventbridge.tap", "eventbridge.untap", "eventbridge.read_tap"),
    "dynamodb": tuple(f"dynamodb.{verb}" for verb in ("get", "put", "update", "query", "delete")),
    "evidence": ("ledger.expect", "sql.query"),
    "http_actions": ("http.request", "oauth2.token"),
    "lambda_actions": ("lambda.invoke",),
    "mail_actions": ("mail.read",),
    "platform_actions": (
        *("sns.publish", "kinesis.put", "ssm.get"),
        *("stepfunctions.start", "stepfunctions.describe"),
    ),
    "queue_actions": ("sqs.send", "sqs.receive"),
}
"""The actions of each module of this folder, which lists them as ACTIONS."""


class _Named:
    """An action of which only the name is known until anything else is asked of it."""

    def __init__(self, name: str, module: str) -> None:
        self.name = name
        self._module = module

    @functools.cached_property
    def _action(self) -> AtomicAction:
        actions = import_module(f"affidavit_harness.actions.{self._module}").ACTIONS
        found: AtomicAction = next(one for one in actions if one.name == self.name)
        return found

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(self._action, attribute)


BUILTIN: Final = tuple(
    cast("AtomicAction", _Named(name, module)) for module, names in _WHERE.items() for name in names
)
