"""Write log lines as JSON, one line each, and nothing that was not redacted.

The logger is structlog's, wrapped and not configured globally: a library that
changes its host's logging is a surprise.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Final

import structlog
from pydantic_core import to_json

from affidavit.capture import with_exception
from affidavit.clock import Clock, iso_utc
from affidavit.policy import Exit
from affidavit.redact import Clean, Redactor

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
"""Names that AFFIDAVIT_LOG_LEVEL may have."""

Logger = structlog.typing.FilteringBoundLogger


class _Lines:
    """Where structlog sends a finished line, whatever the level."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = emit
        self.msg = emit


def make_logger(
    redactor: Redactor, clock: Clock, emit: Callable[[str], None], level: str = "info"
) -> Logger:
    """Return a logger whose every line goes through `redactor`, then to `emit`."""

    def render(_: object, method: str, event: MutableMapping[str, Any]) -> str:
        clean = redactor.clean(with_exception(dict(event), redactor), Exit.LOG)
        return _line(clean, method, clock)

    logger: Logger = structlog.wrap_logger(
        _Lines(emit),
        processors=[render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    # Without this every call would look the configuration up again.
    return logger.bind()


def _line(clean: Clean, method: str, clock: Clock) -> str:
    body = dict(clean.value) if isinstance(clean.value, dict) else {"event": clean.value}
    head = {
        "level": method,
        "timestamp": iso_utc(clock.now_ms()),
        "event": body.pop("event", ""),
    }
    return to_json({**head, **body}, inf_nan_mode="strings").decode()
