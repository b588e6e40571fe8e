"""Write log lines as JSON, one line each, and nothing that was not redacted.

A handler's logger is structlog's, wrapped and not configured globally: a
library that changes its host's logging is a surprise. The kernel's own lines
are made by the same renderer without it.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pydantic_core import to_json

from affidavit._clock import Clock, iso_utc
from affidavit._policy.words import Sink
from affidavit._redact import Clean, Redactor
from affidavit._telemetry.capture import with_exception
from affidavit._types import LOG_LEVELS

if TYPE_CHECKING:
    import structlog


class Logger:
    """Writes the kernel's lines, and makes the logger that a handler gets.

    structlog is imported when that is asked for: it brings asyncio along, a fifth
    of what a cold start takes, and most functions say nothing of their own. Its
    lines and these are the same, byte for byte; a test holds them equal.
    """

    __slots__ = ("_emit", "_level", "_render", "_structured")

    def __init__(
        self, redactor: Redactor, clock: Clock, emit: Callable[[str], None], level: str
    ) -> None:
        def render(method: str, event: MutableMapping[str, Any]) -> str:
            said = with_exception(dict(event), redactor) if "exc_info" in event else event
            return _line(redactor.clean(said, Sink.LOG), method, clock)

        self._render = render
        self._emit = emit
        self._level = LOG_LEVELS[level]
        self._structured: structlog.typing.FilteringBoundLogger | None = None

    def info(self, event: str, *args: object, **fields: object) -> None:
        """Say what happened."""
        self._say("info", event, args, fields)

    def warning(self, event: str, *args: object, **fields: object) -> None:
        """Say what did not go well and was borne."""
        self._say("warning", event, args, fields)

    def error(self, event: str, *args: object, **fields: object) -> None:
        """Say what failed."""
        self._say("error", event, args, fields)

    def _say(
        self, method: str, event: str, args: tuple[object, ...], fields: dict[str, object]
    ) -> None:
        if args:
            getattr(self._wrapped(), method)(event, *args, **fields)
        elif self._level <= LOG_LEVELS[method]:
            fields["event"] = event
            self._emit(self._render(method, fields))

    def __getattr__(self, name: str) -> Any:
        """Do whatever else structlog's logger does: `bind`, `exception`, `log`."""
        if name.startswith("__"):
            raise AttributeError(name)  # `copy` and `pickle` ask before there is anything
        return getattr(self._wrapped(), name)

    def _wrapped(self) -> structlog.typing.FilteringBoundLogger:
        if self._structured is None:
            import structlog  # noqa: PLC0415 - see above

            lines = _Lines()
            _WRITERS[lines] = (self._render, self._emit)
            logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
                lines,
                processors=(lines,),
                wrapper_class=structlog.make_filtering_bound_logger(self._level),
                context_class=dict,
                cache_logger_on_first_use=True,
            )
            # Without this every call would look the configuration up again.
            self._structured = logger.bind()
        return self._structured


class _Lines:
    """Where structlog makes a line and sends it, whatever the level.

    It holds nothing: a handler reaches what its logger holds, and must not reach
    the redactor.
    """

    __slots__ = ("__weakref__",)

    def __call__(self, _: object, method: str, event: MutableMapping[str, Any]) -> str:
        """Render an event; structlog calls this a processor."""
        return _WRITERS[self][0](method, event)

    def msg(self, line: str) -> None:
        """Send a line that is finished."""
        _WRITERS[self][1](line)

    debug = info = warning = error = critical = msg


_Writer = tuple[Callable[[str, MutableMapping[str, Any]], str], Callable[[str], None]]
_WRITERS: Final[WeakKeyDictionary[_Lines, _Writer]] = WeakKeyDictionary()
"""What renders a line, and what sends it, for each logger that handlers have."""


def make_logger(
    redactor: Redactor, clock: Clock, emit: Callable[[str], None], level: str
) -> Logger:
    """Return a logger whose every line goes through `redactor`, then to `emit`."""
    return Logger(redactor, clock, emit, level)


def _line(clean: Clean, method: str, clock: Clock) -> str:
    body = clean.value if isinstance(clean.value, dict) else {"event": clean.value}
    head = {
        "level": method,
        "timestamp": iso_utc(clock.now_ms()),
        "event": body.get("event", ""),
    }
    return to_json({**head, **body}, inf_nan_mode="strings").decode()
