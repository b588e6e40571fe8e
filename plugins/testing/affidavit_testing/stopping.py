"""End a run when its runner says so or time is up, whatever the handler under test does with that.

Ctrl-C, a time limit (pytest-timeout's alarm) and a supervisor's SystemExit arrive as
exceptions wherever Python happens to be: mostly in the handler, whose every exception the
kernel and the suite take for its own, and which Hypothesis would then try to make smaller.
So they are noted where they come from, and leave past all of them.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGALRM", "SIGHUP", "SIGBREAK")
"""What runners stop by; not every system has all of them."""

_reasons: list[BaseException] = []


class RunStopped(BaseException):
    """The run is over; `reason` is what its runner raised."""

    def __init__(self, reason: BaseException) -> None:
        """Carry the reason past whoever catches it."""
        super().__init__(str(reason) or "the run was stopped")
        self.reason = reason


class DeliveryTimeoutError(AssertionError):
    """One delivery took longer than it may. Nothing is shown about the promise, or refuted."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let signals of the block end it with what their own handlers raise."""
    before = _replaced() if threading.current_thread() is threading.main_thread() else {}
    _reasons.clear()
    reason: BaseException | None = None
    try:
        yield
    except RunStopped as stopped:
        reason = stopped.reason
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _reasons.clear()
    if reason is not None:
        raise reason.with_traceback(None)


def check_stopped() -> None:
    """Raise if the run was stopped and somebody has swallowed it."""
    if _reasons:
        raise RunStopped(_reasons[0])


@contextmanager
def limited(seconds: float) -> Iterator[list[FrameType | None]]:
    """End the block after `seconds`; what is yielded then holds the frame that it was in.

    Where there are no timers, on Windows and outside of the main thread, and where somebody
    else's alarm comes first, nobody is interrupted: the time is looked at afterwards.
    """
    late: list[FrameType | None] = []
    begun, ours = time.monotonic(), [True]

    def ring(number: int, frame: FrameType | None) -> None:
        if time.monotonic() - begun < seconds:
            if callable(before):  # somebody else's alarm, sent by hand
                before(number, frame)
        elif ours:
            late.append(frame)
            raise RunStopped(DeliveryTimeoutError())

    before = _alarm_handler()
    restore = _alarm(ring, seconds)
    try:
        yield late
    finally:
        ours.clear()
        restore(time.monotonic() - begun)
        if not late and time.monotonic() - begun > seconds:
            late.append(None)


def _alarm_handler() -> Any:
    number = getattr(signal, "SIGALRM", None)
    return number and signal.getsignal(number)


def _alarm(ring: Any, seconds: float) -> Callable[[float], None]:
    """Set an alarm if one can be set; return what puts back the one that was there."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        return lambda _: None
    left, every = signal.getitimer(signal.ITIMER_REAL)
    if 0 < left <= seconds:
        return lambda _: None
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)

    def restore(passed: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - passed, 0.001), every)

    return restore


def _replaced() -> dict[int, Any]:
    """Put a listener before every handler that is one of Python's, and return what was there."""
    before: dict[int, Any] = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        handler = number and signal.getsignal(number)
        if number is not None and callable(handler):
            before[number] = handler
            signal.signal(number, _listener(handler))
    return before


def _listener(handler: Any) -> Any:
    def hear(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException as reason:  # noqa: BLE001 - whatever ends the run
            _reasons.append(reason)
        check_stopped()

    return hear
