"""Spans, behind a door of their own: names and codes, never what was asked or answered.

Without a plugin nothing is traced, and nothing is paid for it. A tracer is
foreign code on the path of an invocation, so whatever it raises ends its span
and goes no further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from affidavit._redact import Clean


class Span(Protocol):
    """One invocation, or one batch, as a trace shows it.

    >>> sorted(n for n in vars(Span) if not n.startswith("_"))
    ['enter', 'finish', 'leave']
    """

    def enter(self, name: str) -> None:
        """Begin a part of it: `<source>.<query>`."""
        ...

    def leave(self, *, failed: bool) -> None:
        """End the part that began last."""
        ...

    def finish(self, annotations: Clean, *, failed: bool) -> None:
        """End the span. `annotations` holds an object of words, numbers and flags."""
        ...


class Tracer(NamedTuple):
    """A plugin's offer to trace. `begin` gets the action's name.

    It returns None if this invocation is not sampled, and must not have
    imported anything heavy by then.

    >>> Tracer("paper", begin=lambda action: None).name
    'paper'
    """

    name: str
    begin: Callable[[str], Span | None]


class SafeSpan:
    """A span that cannot hurt: the first exception ends it. `fault` is its type."""

    __slots__ = ("_span", "fault")

    def __init__(self, span: Span | None, fault: str = "") -> None:
        self._span = span
        self.fault = fault

    @property
    def open(self) -> bool:
        """True while somebody listens."""
        return self._span is not None

    def enter(self, name: str) -> None:
        """Begin a part; see `Span`."""
        span = self._span
        if span is not None:
            self._guard(lambda: span.enter(name))

    def leave(self, *, failed: bool) -> None:
        """End a part; see `Span`."""
        span = self._span
        if span is not None:
            self._guard(lambda: span.leave(failed=failed))

    def finish(self, annotations: Clean, *, failed: bool) -> None:
        """End the span; see `Span`."""
        span = self._span
        if span is not None:
            self._guard(lambda: span.finish(annotations, failed=failed))
            self._span = None

    def _guard(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - a tracer is a plugin's code
            self._span, self.fault = None, type(error).__name__


NO_SPAN: Final = SafeSpan(None)
"""What an invocation has that nobody traces. It has no state, so all of them share it."""


_WHOLE: Final = 100


def held_to(percent: int, tracer: Tracer) -> Tracer:
    """Return `tracer`, not asked more often than a policy allows.

    Of the first n invocations of a process at most 1 + n * percent / 100 have a span,
    whoever sampled them: Lambda obeys no sampling rule.
    """
    credit = _WHOLE

    def begin(action: str) -> Span | None:
        nonlocal credit
        credit += percent
        span = tracer.begin(action) if credit >= _WHOLE else None
        if span is not None:
            credit -= _WHOLE
        return span

    return tracer._replace(begin=begin)


def begin_span(tracer: Tracer | None, action: str) -> SafeSpan:
    """Begin to trace one invocation, if there is a tracer and it samples this one."""
    if tracer is None:
        return NO_SPAN
    try:
        span = tracer.begin(action)
    except Exception as error:  # noqa: BLE001 - a tracer is a plugin's code
        return SafeSpan(None, type(error).__name__)
    return NO_SPAN if span is None else SafeSpan(span)
