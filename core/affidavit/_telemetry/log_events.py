"""Every log event, with its fields and the question that it answers.

Logs are for operators; the record is for auditors; neither replaces the other.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class LogEvent(NamedTuple):
    """One kind of log line: its level, its fields, and what it is good for."""

    level: str
    fields: tuple[str, ...]
    answers: str


EVENTS: Final = {
    "invocation.completed": LogEvent(
        "info",
        ("request_id", "attempt", "action", "via", "outcome", "code", "duration_ms", "received"),
        "What happened, how long did it take? `received` only if the policy logs events.",
    ),
    "batch.completed": LogEvent(
        "info",
        (
            "request_id",
            "action",
            "via",
            "records",
            "failed",
            "returned",
            "stopped",
            "duration_ms",
        ),
        "How many records of a batch failed, and how many come again without having been run?",
    ),
    "handler.failed": LogEvent(
        "error",
        ("request_id", "attempt", "error_type", "message", "stack", "causes"),
        "Where did a handler fail? The message is redacted; the stack has no source text.",
    ),
    "request.refused": LogEvent(
        "warning",
        ("request_id", "attempt", "code", "reason", "findings"),
        "Why was a request refused? Paths and kinds, no values.",
    ),
    "handler.refused": LogEvent(
        "warning",
        ("request_id", "attempt", "code", "error_type", "message", "stack", "causes"),
        "Why did the handler itself refuse, or find nothing? The message is redacted.",
    ),
    "answer.unfit": LogEvent(
        "error",
        ("request_id", "attempt", "reason", "findings"),
        "Which answer did not fit the response model, and where? Paths and kinds, no values.",
    ),
    "answer.withheld": LogEvent(
        "error",
        ("request_id", "attempt", "reason"),
        "Which answer was not given because its evidence could not be kept?",
    ),
    "metric.rejected": LogEvent(
        "warning",
        ("metric", "reason"),
        "Which metric breaks a rule of CloudWatch and is missing from the line?",
    ),
    "redaction.failed": LogEvent(
        "error",
        ("error_type",),
        "What went wrong inside the redactor? What it looked at became `[UNKNOWN]`.",
    ),
    "observer.failed": LogEvent(
        "warning",
        ("plugin", "error_type"),
        "Which plugin failed while it looked at a finished invocation?",
    ),
    "notice.failed": LogEvent(
        "warning",
        ("request_id", "attempt", "medium", "notice", "error_type"),
        "Which mail or event was not sent, and what kind of failure was it?",
    ),
    "span.failed": LogEvent(
        "warning",
        ("error_type",),
        "Why is a span missing from a trace?",
    ),
    "tracker.failed": LogEvent(
        "warning",
        ("error_type",),
        "Why does an error tracker not show a failure?",
    ),
    "emit.failed": LogEvent(
        "error",
        ("error_type",),
        "Why are metrics or the closing log line missing?",
    ),
}
