"""Force one act into the middle of another: before each line that the first one runs, and behind.

What a lock protects is then tried in every order that two threads can come in, and
not in those that happen to come about. Without the lock some of them go wrong.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import count
from types import FrameType, ModuleType
from typing import Any, TypeVar

T = TypeVar("T")
WAIT_S = 0.01
"""How long the first act stands still; the second one goes on later if a lock holds it back."""


def force_each(
    module: ModuleType,
    prepare: Callable[[], T],
    first: Callable[[T], object],
    second: Callable[[T], object],
    check: Callable[[T], object],
) -> int:
    """Run both on what `prepare` makes, as often as `first` runs lines of `module`; return that."""
    for line in count():
        made = prepare()
        reached = _once(str(module.__file__), line, lambda: first(made), lambda: second(made))  # noqa: B023
        check(made)
        if not reached:
            return line
    raise AssertionError


def _once(file: str, line: int, first: Callable[[], object], second: Callable[[], object]) -> bool:
    """Run `second` in another thread before one line; behind it, and False, if it has fewer."""
    passed = 0
    failed: list[BaseException] = []
    other: threading.Thread | None = None

    def run() -> None:
        try:
            second()
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal passed, other
        if frame.f_code.co_filename != file:
            return None
        if event == "line":
            if passed == line:
                other = threading.Thread(target=run)
                other.start()
                other.join(WAIT_S)
            passed += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        first()
    finally:
        sys.settrace(before)
    if other is None:
        second()
        return False
    other.join()
    if failed:
        raise failed[0]
    return True
