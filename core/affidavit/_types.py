"""Names for plain values, so that a signature says which string it wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NewType, Protocol, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Anything `json.dumps` accepts. Lambda gives us nothing else."""

Event: TypeAlias = Mapping[Any, Any]
"""What Lambda hands to a handler, before anybody has looked at it."""

RuleId = NewType("RuleId", str)
"""A rule's identifier in `policies/`, e.g. `HIPAA-03`."""

Token = NewType("Token", str)
"""Thirty-two hexadecimal digits that stand for a value; see `tokens.py`."""

WriterId = NewType("WriterId", str)
"""Twenty-two base64url characters that name one writer's chain."""

LOG_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
"""Names that AFFIDAVIT_LOG_LEVEL may have."""


class LambdaContext(Protocol):
    """The part of Lambda's context object that affidavit reads.

    >>> isinstance(FakeContext().aws_request_id, str)
    True
    """

    @property
    def aws_request_id(self) -> str:
        """Lambda's own request id; a retry has the same one."""
        ...

    @property
    def function_name(self) -> str:
        """The function that runs."""
        ...

    @property
    def function_version(self) -> str:
        """The version that runs, e.g. `$LATEST` or `42`."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda kills the invocation."""
        ...
