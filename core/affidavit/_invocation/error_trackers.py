"""Show a failure that was answered to the error trackers that are loaded: name and code, no text.

An HTTP caller gets a status and no exception, so Sentry, Datadog and OpenTelemetry
would take the invocation for a success. Each is told in its own words, if the function
has imported it; nothing is imported here. What they get is the redacted exception.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final


def report_failure(error: Exception) -> str:
    """Tell every loaded tracker of `error`; return the type of what failed on the way."""
    fault = ""
    for name, tell in _TRACKERS.items():
        module = sys.modules.get(name)
        if module is not None:
            try:
                tell(module, error)
            except Exception as failure:  # noqa: BLE001 - a tracker is foreign code
                fault = type(failure).__name__
    return fault


def _sentry(sentry_sdk: ModuleType, error: Exception) -> None:
    # Its scope may hold the request; the event itself has this exception and no frames.
    sentry_sdk.capture_exception(error)


def _datadog(ddtrace: ModuleType, error: Exception) -> None:
    span: Any = ddtrace.tracer.current_span()
    if span is not None:
        span.error = 1
        span.set_tag("error.type", type(error).__name__)
        span.set_tag("error.message", str(error))


def _opentelemetry(trace: ModuleType, error: Exception) -> None:
    span: Any = trace.get_current_span()
    if span.is_recording():
        span.record_exception(error)
        span.set_status(trace.StatusCode.ERROR, type(error).__name__)


_TRACKERS: Final[dict[str, Callable[[ModuleType, Exception], None]]] = {
    "sentry_sdk": _sentry,
    "ddtrace": _datadog,
    "opentelemetry.trace": _opentelemetry,
}
"""Modules of trackers, and how each is told."""
