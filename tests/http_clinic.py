"""A real server in a thread: charts, and whatever else a service may answer."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHARTS = {"A1": {"id": "A1", "note": "first"}}


class Clinic(BaseHTTPRequestHandler):
    """What it is asked stands in `heard`; `/status/N` answers N, and so on."""

    protocol_version = "HTTP/1.1"
    heard: list[tuple[str, str, dict[str, str], bytes]]

    def do_GET(self) -> None:
        """Answer by the path."""
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.heard.append((self.command, self.path, headers, self.rfile.read(length)))
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.split("/")[1:]]
        asked = parse_qs(url.query)
        if parts[0] == "charts":
            chart = CHARTS.get(parts[1]) if len(parts) > 1 else [*CHARTS.values()] * 2
            self._say(200 if chart else 404, chart or {"error": unquote(self.path)})
        elif parts[0] == "status":
            self._say(int(parts[1]), {"secret": "s3cr3t"}, Location=asked.get("to", [""])[0])
        elif parts[0] == "bytes":
            self._send(200, b"x" * int(parts[1]), "text/plain", {})
        elif parts[0] == "raw":
            self._send(
                200, asked["body"][0].encode("utf-8", "surrogateescape"), asked["type"][0], {}
            )
        else:
            self._say(200, headers, ETag='"7"')

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - as the server calls them

    def _say(self, status: int, document: Any, **headers: str) -> None:
        if status == 204:
            self.send_response(status)
            self.end_headers()
            return
        self._send(status, json.dumps(document).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        told = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}
        for name, value in {**told, "X-Request-Id": "srv-0123456789"}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass
class Serving:
    """Where it is, and what it was asked."""

    port: int
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def url(self, base: str = "", **said: object) -> str:
        """The URL of a source there."""
        asked = "&".join(f"{name}={value}" for name, value in said.items())
        return f"http://127.0.0.1:{self.port}{base}" + (f"?{asked}" if asked else "")


@pytest.fixture
def clinic() -> Iterator[Serving]:
    """The standard library's server."""
    heard: list[tuple[str, str, dict[str, str], bytes]] = []
    kind = type("Heard", (Clinic,), {"heard": heard})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Serving(server.server_address[1], heard)
        server.shutdown()
        thread.join()


@pytest.fixture
def asgi() -> Iterator[Serving]:
    """Another server with a reader of its own: uvicorn."""

    async def chart(request: Request) -> Response:
        found = CHARTS.get(request.path_params["id"])
        return JSONResponse(found or {"error": str(request.url)}, 200 if found else 404)

    app = Starlette(routes=[Route("/charts/{id}", chart)])
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Serving(listening.getsockname()[1])
    server.should_exit = True
    thread.join()


@contextmanager
def answering(act: Callable[[socket.socket, int], None], tls: Any = None) -> Iterator[int]:
    """A server that is a function of a connection and its number; yields the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            number = 0
            while True:
                try:
                    raw, _ = listening.accept()
                    with tls.wrap_socket(raw, server_side=True) if tls else raw as connection:
                        connection.settimeout(10)
                        act(connection, number)
                except OSError:
                    if listening.fileno() < 0:
                        return
                number += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        # Wakes who waits in accept.
        with socket.socket() as last:
            listening.shutdown(socket.SHUT_RDWR)
            last.settimeout(1)
        listening.close()
        thread.join(5)


def head_of(connection: socket.socket) -> bytes:
    """Read a request's head."""
    told = b""
    while b"\r\n\r\n" not in told:
        part = connection.recv(65_536)
        if not part:
            return told
        told += part
    return told
