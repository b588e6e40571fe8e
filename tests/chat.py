"""A host that takes messages over a webhook, on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Chat:
    """What was posted. `answers` are the status codes of the next ones; after them, 200."""

    host: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Return the webhook's address, as Slack's look."""
        return f"http://{self.host}/services/T0/B0/token"


@contextmanager
def chat_server() -> Iterator[Chat]:
    """Yield a host that is up."""
    held = Chat("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.messages.append(json.loads(body))
            code = held.answers.pop(0) if held.answers else HTTPStatus.OK
            self.send_response(code)
            if code == HTTPStatus.FOUND:
                self.send_header("Location", held.address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        held.host = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield held
        finally:
            server.shutdown()
