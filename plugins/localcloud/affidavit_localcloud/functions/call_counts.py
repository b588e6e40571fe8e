"""How often each function was called since the cloud started, and how that ended."""

from __future__ import annotations

import json
import threading
from typing import NamedTuple


class CallCount(NamedTuple):
    """Calls of one function; `last_error` is the type of the last failure, empty if none."""

    memory_mb: int
    calls: int = 0
    errors: int = 0
    last_error: str = ""


class CallCounts:
    """Counts of all functions, by name."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._counts: dict[str, CallCount] = {}
        self._lock = threading.Lock()

    def add(self, function: str, memory_mb: int, failed: bytes | None) -> None:
        """Count one call; `failed` is what a call that failed answered."""
        with self._lock:
            was = self._counts.get(function, CallCount(memory_mb))
            self._counts[function] = CallCount(
                memory_mb,
                was.calls + 1,
                was.errors + (failed is not None),
                was.last_error if failed is None else _type_of(failed),
            )

    def all(self) -> dict[str, CallCount]:
        """Return what was counted."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Forget it."""
        with self._lock:
            self._counts.clear()


def _type_of(payload: bytes) -> str:
    """Return the type of an error as Lambda answers it; never its text, which may be personal."""
    try:
        told = json.loads(payload)
    except ValueError:
        return "Unknown"
    return str(told.get("errorType", "Unknown")) if isinstance(told, dict) else "Unknown"
