"""The first thing that a request meets: the cloud itself, a gateway, or AWS."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from affidavit_localcloud.functions.service import Functions
from affidavit_localcloud.gateway.function_urls import serve_function_url
from affidavit_localcloud.gateway.http_api import serve_http_api
from affidavit_localcloud.gateway.preflight import too_large
from affidavit_localcloud.gateway.rest_api import serve_rest_api
from affidavit_localcloud.patches.endpoints import GATEWAY, URL
from affidavit_service.gateway.http import (
    GatewayRequest,
    Response,
    json_response,
    read_request,
    send,
)

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


ATOMIC: Final = ("dynamodb", "s3", "kms", "lambda", "apigateway", "logs", "iam", "scheduler")
"""Services whose moto looks first and writes then, with nothing to hold others off between.

Of these, requests are served one after the other, so that a conditional put has
one winner. Not in the list are services that wait inside, as SQS does, and
Lambda's Invoke.
"""

SCOPE: Final = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")


def one_at_a_time(aws: Wsgi) -> Wsgi:
    """Let requests of one service wait for each other, where its moto needs that."""
    locks = {service: threading.RLock() for service in ATOMIC}

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        found = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        lock = locks.get(found.group(1)) if found is not None else None
        if lock is None or "/invo" in environ.get("PATH_INFO", ""):
            return aws(environ, start)
        with lock:
            return aws(environ, start)

    return serve


def make_router(aws: Wsgi, functions: Functions, reset: Callable[[], None]) -> Wsgi:
    """Return the application that serves the port."""

    def route(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        access = functions.pool.access
        if path == "/_affidavit/health":
            told = {
                "pid": os.getpid(),
                "functions": functions.status(),
                "rights": access.on,
                "debugged": functions.pool.debug.wanted(),
            }
            return _json(start, told)
        if path == "/_affidavit/rights":
            return _json(start, access.report())
        if path == "/_affidavit/reset" and environ["REQUEST_METHOD"] == "POST":
            reset()
            return _json(start, {"reset": True})
        if path == "/_affidavit/debug" and environ["REQUEST_METHOD"] == "POST":
            functions.pool.look_into(json.loads(read_request(environ).body))
            return _json(start, {"debug": True})
        for prefix, serve in SERVED:
            if path.startswith(f"{prefix}/"):
                name, _, rest = _as_sent(environ).removeprefix(f"{prefix}/").partition("/")
                response = too_large(prefix.rpartition("/")[2], environ)
                response = response or serve(functions, name, rest, read_request(environ))
                return send(start, response or json_response(403, '{"message":"Forbidden"}'))
        return aws(environ, start)

    return route


def _as_sent(environ: dict[str, Any]) -> str:
    """Return the path with its percent signs. REST APIs and function URLs hand that on."""
    return str(environ["RAW_URI"]).partition("?")[0]


def _serve_api(
    functions: Functions, name: str, path: str, request: GatewayRequest
) -> Response | None:
    return serve_http_api(functions, name, path, request) or serve_rest_api(
        functions, name, path, request
    )


SERVED = ((GATEWAY, _serve_api), (URL, serve_function_url))


def _json(start: Any, told: object) -> Iterable[bytes]:
    body = json.dumps(told).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
