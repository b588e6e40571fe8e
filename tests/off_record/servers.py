"""Servers of this machine that answer just enough for a client to have asked."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.rfile.read(length)
        body = b"{}"
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = _answer  # noqa: N815 - the names that are called

    def log_message(self, *_: object) -> None:  # type: ignore[override]
        """Say nothing."""


class _Lines(socketserver.StreamRequestHandler):
    """Greets and says yes to every line: enough for SMTP, FTP, POP3 and Redis."""

    greeting = b""
    yes = b""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(self.greeting)
            while self.rfile.readline():
                self.wfile.write(self.yes)


class _Deaf(socketserver.BaseRequestHandler):
    """Takes a connection and closes it, which every driver takes for an error."""


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def serving() -> Iterator[dict[str, int]]:
    """Serve everything; yield the port of each server by its name."""
    kinds: dict[str, Any] = {
        "http": lambda: ThreadingHTTPServer(("127.0.0.1", 0), _Http),
        "deaf": lambda: _Threads(("127.0.0.1", 0), _Deaf),
    }
    for name, greeting, yes in (
        ("smtp", b"220 hello\r\n", b"250 yes\r\n"),
        ("ftp", b"220 hello\r\n", b"230 yes\r\n"),
        ("pop", b"+OK hello\r\n", b"+OK yes\r\n"),
        ("imap", b"* PREAUTH hello\r\n", b"* BYE\r\n"),
        ("lines", b"", b"+OK\r\n"),
    ):
        handler = type("_Said", (_Lines,), {"greeting": greeting, "yes": yes})
        kinds[name] = lambda handler=handler: _Threads(("127.0.0.1", 0), handler)
    servers = {name: make() for name, make in kinds.items()}
    for server in servers.values():
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield {name: server.server_address[1] for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()
