"""Who starts the processes of functions, so that they end with the local cloud."""

from __future__ import annotations

import queue
import subprocess
import threading
from typing import Any


class Spawner:
    """A thread that starts processes.

    Linux ends a process with its parent *thread*. Threads that serve requests
    come and go; this one stays as long as the local cloud does.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Any, Any, queue.SimpleQueue[Any]]] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._work, name="spawner", daemon=True).start()

    def spawn(self, command: tuple[str, ...], **options: Any) -> subprocess.Popen[bytes]:
        """Start a process and return it, or raise what the start raised."""
        made: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._orders.put((command, options, made))
        result = made.get()
        if isinstance(result, BaseException):
            raise result
        process: subprocess.Popen[bytes] = result
        return process

    def _work(self) -> None:
        while True:
            command, options, made = self._orders.get()
            try:
                made.put(subprocess.Popen(command, **options))  # noqa: S603 - a function, deployed
            except OSError as error:
                made.put(error)
