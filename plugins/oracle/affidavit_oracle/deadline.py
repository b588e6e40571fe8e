"""How long a query may still take: every call of the driver asks before it waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from affidavit import SourceTimeoutError

RESERVE_S: Final = 0.25
"""Kept back from the last call: the database is told to stop, and answers."""


class Deadline:
    """A moment that must not be passed, on the clock that never goes back."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._at = now() + seconds

    def left_s(self) -> float:
        """Return the seconds that are left.

        Raises:
            SourceTimeoutError: None.

        """
        left = self._at - self._now()
        if left <= 0:
            raise late()
        return left

    def call_ms(self, share: float = 1.0, most_s: float = float("inf")) -> int:
        """Return milliseconds for the driver's `call_timeout`, at least 1.

        `share` is the part of what is left that one call may use. 0 would mean
        for ever.
        """
        left = self.left_s()
        usable = max(left - RESERVE_S, left / 2)
        return max(1, int(min(usable * share, most_s) * 1000))


def late() -> SourceTimeoutError:
    """Return the error that says that there was no time left."""
    return SourceTimeoutError(
        "Oracle did not answer in time",
        why="the time of this invocation is used up",
        fix="Narrow the query, look at its plan, or allow the function more time",
    )
