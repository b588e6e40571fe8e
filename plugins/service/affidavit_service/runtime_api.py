"""Lambda's Runtime API for one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html: the runtime asks
for the next event, and posts a response, an error, or that it could not start.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

RESPONSE_LIMIT = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, synchronous."""


class Event(NamedTuple):
    """What the runtime gets for `next`."""

    body: bytes
    headers: Mapping[str, str]


class Posted(NamedTuple):
    """What the runtime posted. `kind` is `response`, `error` or `init-error`."""

    kind: str
    request_id: str
    body: bytes


class RuntimeApi:
    """A socket on the loopback for one environment."""

    def __init__(self, on_next: Callable[[], None], on_post: Callable[[Posted], None]) -> None:
        """Listen. `on_next` is called when the runtime is ready for an event."""
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.on_next = on_next
        self.on_post = on_post
        api = self

        class RuntimeApiHandler(_Handler):
            runtime_api = api

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApiHandler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        ).start()

    def give(self, event: Event) -> None:
        """Hand over the next event."""
        self._events.put(event)

    def take(self) -> Event | None:
        """Wait for an event; None when the environment is closed."""
        return self._events.get()

    def close(self) -> None:
        """Stop listening."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    runtime_api: RuntimeApi

    def do_GET(self) -> None:
        """Answer `next`, when there is something."""
        if not self.path.endswith("/runtime/invocation/next"):
            self._answer(404, b"{}")
            return
        self.runtime_api.on_next()
        event = self.runtime_api.take()
        if event is None:
            self.close_connection = True
            return
        self._answer(200, event.body, event.headers)

    def do_POST(self) -> None:
        """Take a response, an error, or the news that the runtime could not start."""
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size else self._chunks()
        parts = self.path.split("/")
        if parts[-2:] == ["init", "error"]:
            self.runtime_api.on_post(Posted("init-error", "", body))
        else:
            self.runtime_api.on_post(Posted(parts[-1], parts[-2], body))
        self._answer(202, b'{"status":"OK"}\n')

    def _chunks(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return b""
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name there
