"""Durable functions: Lambda calls them again and again until their execution is over."""

from __future__ import annotations

from typing import Any, Final

from affidavit._event.event_source import Delivery, EventSource, has, joined
from affidavit._event.payloads import text_sent
from affidavit._types import Event
from affidavit._untrusted import mapping, text

_CODES: Final = {"SUCCEEDED": 200, "PENDING": 202, "FAILED": 500}
"""Source: AWS Lambda API reference, durable executions: what an invocation may answer."""


def _execution(event: Event, _: Any) -> Delivery:
    arn = text(event.get("DurableExecutionArn"))
    return Delivery(
        # Each call of an execution has a token of its own.
        event=joined(arn, text(event.get("CheckpointToken"))),
        # What follows is the execution's name, which its caller chose and may name a person.
        service=arn.partition("/durable-execution/")[0],
    )


def _input(event: Event, limit: int) -> bytes:
    """Return what the execution was started with; it may stand on a later page."""
    state = mapping(event.get("InitialExecutionState"))
    operations = state.get("Operations")
    first = mapping(operations[0]) if isinstance(operations, list) and operations else {}
    sent = mapping(first.get("ExecutionDetails")).get("InputPayload")
    return text_sent(sent, limit) if sent else b"null"


def _of_execution(answer: Any) -> int:
    """Tell an execution that is over from one that waits, and from one that has failed."""
    return _CODES.get(text(mapping(answer).get("Status")), 500)


EXECUTION = EventSource(
    "durable-execution",
    _execution,
    markers=("DurableExecutionArn",),
    recognise=has("CheckpointToken"),
    open=_input,
    code=_of_execution,
)
