"""End a run when its runner says so, whatever the handler under test does with that.

Ctrl-C, a time limit (pytest-timeout's alarm) and a supervisor's SystemExit arrive as
exceptions wherever Python happens to be: mostly in the handler, whose every exception the
kernel and the suite take for its own, and which Hypothesis would then try to make smaller.
So they are noted where they come from, and leave past all of them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
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
        super().__init__("the run was stopped")
        self.reason = reason


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
