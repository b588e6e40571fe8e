"""The port of the dev server: the routes of the service, and `/_affidavit` to look and to send."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from affidavit import AffidavitError
from affidavit_devserver.caller import passed_by
from affidavit_devserver.dev_functions import DevFunctions, FunctionCall
from affidavit_devserver.live_feed import LiveFeed
from affidavit_devserver.live_page import PAGE, send_request
from affidavit_service.function_process import REGION
from affidavit_service.gateway.gateway_events import Passed, Visit, event_v2
from affidavit_service.gateway.http import GatewayRequest, Response, json_response
from affidavit_service.gateway.proxy_response import response_of
from affidavit_service.gateway.routes import RouteMatch, find_route
from affidavit_service.triggers import Route

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
PREFIX: Final = "/_affidavit"
BODY_LIMIT: Final = 10 * 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: 10 MB a request."""


class Happening(NamedTuple):
    """One call as it is told: what was asked, and what came of it."""

    asked: str
    status: int
    event: Any
    call: FunctionCall


class DevServer:
    """Serves one service."""

    def __init__(
        self,
        functions: DevFunctions,
        feed: LiveFeed,
        *,
        claims: Mapping[str, Any] | None = None,
        origins: tuple[str, ...] = (),
        told: Callable[[Happening], None] = lambda _: None,
    ) -> None:
        """`claims` are those of a caller who says none; `origins` may call from a browser."""
        self.functions, self.feed = functions, feed
        self._claims, self._origins, self._told = claims, origins, told

    def serve_route(self, request: GatewayRequest, raw_path: str) -> Response:
        """Answer as the gateway would: route, authorizer, function."""
        self.functions.refresh()
        routes = {
            one.route: (name, one)
            for name, function in self.functions.service.functions.items()
            for one in function.triggers
            if isinstance(one, Route)
        }
        match = find_route(routes, request.method, request.path)
        if match is None:
            return json_response(404, '{"message":"Not Found"}')
        name, route = routes[match.key]
        passed = Passed(None, {}) if route.public else passed_by(request, self._claims)
        if passed is None:
            return json_response(401, '{"message":"Unauthorized"}')
        event = _event(request, raw_path, match, passed)
        return self.call(name, event, f"{request.method} {raw_path}")[1]

    def call(self, name: str, event: Any, asked: str) -> tuple[FunctionCall, Response]:
        """Call a function, tell everybody, and return what came of it."""
        call = self.functions.call(name, json.dumps(event).encode())
        response = None
        if not call.error:
            response = response_of(json.dumps(call.answer).encode(), simple=True)
        elif call.answer is None and " " in call.error:  # no answer at all
            response = json_response(503, '{"message":"Service Unavailable"}')
        response = response or json_response(500, '{"message":"Internal Server Error"}')
        happening = Happening(asked, response.status, event, call)
        self._told(happening)
        self.feed.tell("call", {**happening._asdict(), "call": call._asdict(), "at": time.time()})
        return call, response

    def cors(self, origin: str) -> tuple[tuple[str, str], ...]:
        """Return the headers that let a page of `origin` read the answer; none for others."""
        host = urlsplit(origin).hostname or ""
        if origin not in self._origins and host not in {"127.0.0.1", "localhost"}:
            return ()
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"),
            ("Access-Control-Allow-Headers", "authorization, content-type, x-affidavit-claims"),
            ("Vary", "Origin"),
        )


def _event(
    request: GatewayRequest, raw_path: str, match: RouteMatch, passed: Passed
) -> dict[str, Any]:
    visit = Visit(
        api="dev",
        account="000000000000",
        region=REGION,
        stage="$default",
        variables={},
        match=match,
        path=raw_path,
        request_id=secrets.token_urlsafe(11),
        passed=passed,
    )
    return event_v2(request, visit)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        url = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        origin = self.headers.get("Origin", "")
        if (self.headers.get("Host") or "").rpartition(":")[0] not in LOOPBACK:
            # A name of somebody else's that leads here: a page on it could read everything.
            self._send(json_response(421, '{"message":"Call it 127.0.0.1 or localhost"}'))
        elif size > BODY_LIMIT:
            self._send(json_response(413, '{"message":"Request Entity Too Large"}'))
        elif url.path == PREFIX or url.path.startswith(f"{PREFIX}/"):
            own = f"http://{self.headers['Host']}"
            if origin not in {"", own}:
                self._send(json_response(403, '{"message":"Forbidden"}'))
            else:
                self._own(url.path.removeprefix(PREFIX), size)
        elif self.command == "OPTIONS" and origin:
            self._send(Response(204, self.server.dev.cors(origin), b""))
        else:
            response = self.server.dev.serve_route(
                self._request(url.path, url.query, size), url.path
            )
            headers = (*response.headers, *(self.server.dev.cors(origin) if origin else ()))
            self._send(response._replace(headers=headers))

    def __getattr__(self, name: str) -> Any:
        """Serve every method in one way: `http.server` looks for `do_GET` and so on."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _request(self, path: str, query: str, size: int) -> GatewayRequest:
        headers = sorted((name.lower(), value) for name, value in self.headers.items())
        return GatewayRequest(
            method=self.command,
            path=unquote(path),
            query=query,
            headers=tuple(headers),
            body=self.rfile.read(size) if size else b"",
            source_ip=self.client_address[0],
            protocol=self.request_version,
        )

    def _own(self, path: str, size: int) -> None:
        if path == "/events":
            self._stream()
        elif path == "/send" and self.command == "POST":
            self._send(send_request(self.server.dev, self.rfile.read(size)))
        elif path in PAGE and self.command == "GET":
            kind, body = PAGE[path](self.server.dev)
            policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
            self._send(
                Response(200, (("Content-Type", kind), ("Content-Security-Policy", policy)), body)
            )
        else:
            self._send(json_response(404, '{"message":"Not Found"}'))

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        watching: Iterator[bytes] = self.server.dev.feed.watch()
        try:
            for line in watching:
                self.wfile.write(line)
                self.wfile.flush()
        except OSError:  # who watched has gone
            return

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if response.status != 204:  # noqa: PLR2004 - RFC 9110, 8.6: no length
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the view says it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    dev: DevServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a caller who has gone."""


def listen(dev: DevServer, port: int) -> _Server:
    """Listen on the loopback; `port` 0 is any that is free.

    Raises:
        AffidavitError: Somebody else listens there.

    """
    try:
        server = _Server(("127.0.0.1", port), _Handler)
    except OSError:
        failed = True
    else:
        failed = False
    if failed:
        raise AffidavitError(
            f"port {port} cannot be used",
            why="another program listens there",
            fix="Name another one with --port, or --port 0 for any",
        )
    server.dev = dev
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
