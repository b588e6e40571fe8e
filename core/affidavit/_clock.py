"""The only source of time and of identifiers."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple


def now_ms() -> int:
    """Return the time, in UTC milliseconds since 1970.

    >>> iso_utc(now_ms())[:2]
    '20'
    """
    return time.time_ns() // 1_000_000


class Clock(NamedTuple):
    """Two readings of time and one of chance; tests hand in their own.

    `now_ms` is UTC milliseconds since 1970, `tick_ns` a monotonic counter in
    nanoseconds for durations, `new_id` twenty-two base64url characters (128
    random bits) that never repeat.

    >>> Clock(now_ms=lambda: 0).now_ms()
    0
    """

    now_ms: Callable[[], int] = now_ms
    tick_ns: Callable[[], int] = time.perf_counter_ns
    new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16)


def iso_utc(at_ms: int) -> str:
    """Write `at_ms` as `2026-01-23T12:00:00.000Z`, the form that records carry.

    >>> iso_utc(1_769_169_600_000)
    '2026-01-23T12:00:00.000Z'
    """
    seconds, millis = divmod(at_ms, 1000)
    return f"{_second(seconds)}.{millis:03d}Z"


# One second's text serves every record within it: strftime costs as much as
# hashing the record does.
@functools.lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
