"""A request and a response, apart from any server."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from affidavit_service.times import new_root

TEXT = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-www-form-urlencoded",
)


class GatewayRequest(NamedTuple):
    """One HTTP request. Header names are in lower case; `path` is decoded."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    protocol: str

    def header(self, name: str, default: str = "") -> str:
        """Return a header's values, joined as RFC 9110, 5.3, allows."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else default

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the query, in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    def text(self) -> tuple[str | None, bool]:
        """Return the body for an event, and whether it is base64."""
        if not self.body:
            return None, False
        kind = self.header("content-type", "text/plain")
        if kind.startswith(TEXT) or "json" in kind:
            try:
                return self.body.decode(), False
            except UnicodeDecodeError:
                pass
        return base64.b64encode(self.body).decode(), True

    def joined(self) -> dict[str, str]:
        """Return headers with values joined."""
        return {name: self.header(name) for name in sorted({key for key, _ in self.headers})}


class Response(NamedTuple):
    """One HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def read_request(environ: Mapping[str, Any]) -> GatewayRequest:
    """Read a WSGI environment. A request without a trace gets one, as every gateway sees to."""
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    ]
    headers += [
        (name.replace("_", "-").lower(), str(environ[name]))
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if environ.get(name)
    ]
    if not any(name == "x-amzn-trace-id" for name, _ in headers):
        headers.append(("x-amzn-trace-id", f"Root={new_root()}"))
    size = int(environ.get("CONTENT_LENGTH") or 0)
    return GatewayRequest(
        method=str(environ["REQUEST_METHOD"]),
        path=str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace"),
        query=str(environ.get("QUERY_STRING", "")),
        headers=tuple(sorted(headers)),
        body=environ["wsgi.input"].read(size) if size else b"",
        source_ip=str(environ.get("REMOTE_ADDR", "127.0.0.1")),
        protocol=str(environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
    )


def json_response(status: int, text: str) -> Response:
    """Return a JSON response."""
    return Response(status, (("Content-Type", "application/json"),), text.encode())


def send(start: Any, response: Response) -> Iterable[bytes]:
    """Hand a response to a WSGI server."""
    headers = [(n, v) for n, v in response.headers if n.lower() != "content-length"]
    headers.append(("Content-Length", str(len(response.body))))
    start(f"{response.status} {_reason(response.status)}", headers)
    return [response.body]


def _reason(status: int) -> str:
    from http import HTTPStatus  # noqa: PLC0415 - beside its use

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def many(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return all values by name."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
