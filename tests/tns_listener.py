"""A listener that speaks as much of Oracle's network protocol as it takes to misbehave."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Act = Callable[[socket.socket], None]


class Listener:
    """Accepts connections on a port of its own and does to each what it is told."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.accepted = 0
        self.held: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            self.held.append(connection)
            with suppress(OSError):
                self.act(connection)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self.held:
            connection.close()


@contextmanager
def listening(act: Act) -> Iterator[Listener]:
    """Run a listener; whatever still hangs on it is cut off at the end."""
    listener = Listener(act)
    try:
        yield listener
    finally:
        listener.close()


def hang(_: socket.socket) -> None:
    """Say nothing, for ever."""


def hang_up(connection: socket.socket) -> None:
    """Close at once, as a proxy without a database does."""
    connection.close()


def reset(connection: socket.socket) -> None:
    """Read a little, then cut the line."""
    connection.recv(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def close_midway(connection: socket.socket) -> None:
    """Accept the connect message, then close in the middle of the handshake."""
    connection.recv(4096)
    connection.sendall(_packet(2, bytes(24))[:14])
    connection.close()


def talk_nonsense(connection: socket.socket) -> None:
    """Answer as another kind of server would."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"s3cr3t" * 50)
    connection.close()


def refuse(code: int) -> Act:
    """Refuse as a listener does: 12514 for a service that it does not know."""

    def act(connection: socket.socket) -> None:
        connection.recv(4096)
        text = (
            f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))"
        ).encode()
        connection.sendall(_packet(4, bytes([34, 0]) + len(text).to_bytes(2, "big") + text))
        time.sleep(0.05)
        connection.close()

    return act


def _packet(kind: int, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(2, "big") + bytes([0, 0, kind, 0, 0, 0]) + body
