"""The X-Ray daemon: functions send segments by UDP, and `BatchGetTraces` has them.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html: a line
`{"format": "json", "version": 1}`, then a segment.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Final

LARGEST: Final = 65_535
"""Bytes of one datagram."""


class TraceDaemons:
    """One daemon per account and region: a segment itself does not say where it is from."""

    def __init__(self) -> None:
        """Listen nowhere before the first function asks."""
        self._lock = threading.Lock()
        self._sockets: dict[tuple[str, str], socket.socket] = {}

    def address(self, account: str, region: str) -> str:
        """Return where functions of this account and region send segments."""
        with self._lock:
            found = self._sockets.get((account, region))
            if found is None:
                found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                found.bind(("127.0.0.1", 0))
                self._sockets[account, region] = found
                threading.Thread(
                    target=_listen, args=(found, account, region), name="traces", daemon=True
                ).start()
        host, port = found.getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            for each in self._sockets.values():
                each.close()
            self._sockets.clear()


def _listen(here: socket.socket, account: str, region: str) -> None:
    from moto.xray.models import xray_backends  # noqa: PLC0415 - heavy

    while True:
        try:
            data = here.recv(LARGEST)
        except OSError:
            return
        _, _, segment = data.partition(b"\n")
        with contextlib.suppress(Exception):  # a daemon drops what it does not understand
            xray_backends[account][region].process_segment(segment.decode())
