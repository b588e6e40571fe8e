"""What happened, to everybody who watches: server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
import queue
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

KEPT: Final = 100
"""How many of the last calls a page that is opened later still sees."""
BEAT_S: Final = 10.0
"""How often a watcher that has gone is noticed."""


class LiveFeed:
    """Hands each happening to every watcher. Nothing is written anywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: list[queue.SimpleQueue[bytes | None]] = []
        self._last: deque[bytes] = deque(maxlen=KEPT)
        self._number = 0

    def tell(self, kind: str, said: Any) -> None:
        """Tell everybody."""
        with self._lock:
            self._number += 1
            text = json.dumps(said, ensure_ascii=False, default=str)
            line = f"id: {self._number}\nevent: {kind}\ndata: {text}\n\n".encode()
            self._last.append(line)
            for watcher in self._watchers:
                watcher.put(line)

    def watch(self) -> Iterator[bytes]:
        """Yield what happened lately, then what happens, until closed; a comment as a beat."""
        watcher: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with self._lock:
            for line in self._last:
                watcher.put(line)
            self._watchers.append(watcher)
        try:
            yield b": here\n\n"
            while True:
                told = _next(watcher)
                if told is None:
                    return
                yield told
        finally:
            with self._lock, suppress(ValueError):
                self._watchers.remove(watcher)

    def close(self) -> None:
        """End all watching."""
        with self._lock:
            for watcher in self._watchers:
                watcher.put(None)


def _next(watcher: queue.SimpleQueue[bytes | None]) -> bytes | None:
    try:
        return watcher.get(timeout=BEAT_S)
    except queue.Empty:
        return b": beat\n\n"
