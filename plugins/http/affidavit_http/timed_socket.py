"""A connection that ends with a deadline, however slowly the other side speaks.

A timeout of a socket bounds one wait. A server that sends a byte a second would hold a function
for hours; so each wait gets what is left of the whole.
"""

from __future__ import annotations

import io
import os
import select
import socket
import ssl
import time
from typing import Final

IDLE_S: Final = 30.0
"""After so long by the clock on the wall a connection is not used again: Lambda freezes."""


class TimedSocket:
    """What `http.client.HTTPResponse` wants of a socket, with a deadline."""

    def __init__(self, raw: socket.socket, deadline: float) -> None:
        self._raw = raw
        self.deadline = deadline
        self.in_head = False
        self._answered = self._more = False
        self._pid = os.getpid()
        self._rested = 0.0

    def sendall(self, data: bytes) -> None:
        """Send all of it in the time that is left."""
        self._raw.settimeout(left(self.deadline))
        self._raw.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        """Return what an answer is read from. Closing it does not close the socket."""
        self._answered = self._more = False
        return _Answer(_Reader(self))

    def receive_into(self, buffer: memoryview) -> int:
        """Wait for bytes in the time that is left; 0 is the end.

        Raises:
            ConnectionError: The end came within the head, which `http.client` takes for its end.

        """
        if self._answered:
            return 0
        self._raw.settimeout(left(self.deadline))
        count = self._raw.recv_into(buffer)
        if not count and self.in_head:
            raise ConnectionError
        return count

    def end(self, answer: io.BufferedReader) -> None:
        """Note that an answer was read, and whether more came with it."""
        self._answered = True
        self._more = bool(answer.peek(1))

    def rest(self) -> None:
        """Note that nobody uses it from now on."""
        self._rested = time.time()

    @property
    def is_usable(self) -> bool:
        """Tell whether it may be used again: ours, not for long at rest, and nothing waits in it.

        Bytes that come unasked belong to no request, and would be the next one's answer.
        """
        if self._more or self._pid != os.getpid() or not 0 <= time.time() - self._rested <= IDLE_S:
            return False
        waiting = select.poll()
        waiting.register(self._raw, select.POLLIN | select.POLLHUP | select.POLLERR)
        return not waiting.poll(0)

    def close(self) -> None:
        """Close it."""
        self._raw.close()


class _Answer(io.BufferedReader):
    def close(self) -> None:
        if not self.closed:
            self.raw.held.end(self)  # type: ignore[attr-defined]
        super().close()


class _Reader(io.RawIOBase):
    def __init__(self, held: TimedSocket) -> None:
        self.held = held

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self.held.receive_into(buffer)


def connect(
    host: str, port: int, context: ssl.SSLContext | None, deadline: float, most_s: float
) -> TimedSocket:
    """Connect, with TLS if there is a context; the server's name is always checked then.

    Raises:
        OSError: It cannot be done, or not in the time that is left.

    """
    raw = socket.create_connection((host, port), timeout=min(left(deadline), most_s))
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            raw.settimeout(min(left(deadline), most_s))
            # An end that TLS did not announce may be somebody cutting the answer short.
            raw = context.wrap_socket(raw, server_hostname=host, suppress_ragged_eofs=False)
    except BaseException:
        raw.close()
        raise
    return TimedSocket(raw, deadline)


def left(deadline: float) -> float:
    """Return the seconds until `deadline` of the monotonic clock.

    Raises:
        TimeoutError: There are none.

    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
