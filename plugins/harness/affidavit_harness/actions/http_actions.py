"""`http.request`: call a listed host, at the address that was checked."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import urlencode, urljoin

from pydantic import Field

from affidavit.plugin import (
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    Effect,
)
from affidavit_harness.actions.guard import HttpTarget, check_url
from affidavit_harness.errors import RefusedActionError

LARGEST: Final = 1_048_576
"""Bytes of a response that are read; more is an error."""

MOST_IDLE: Final = 16
"""Connections that are kept open for the next request."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ENDED: Final = (
    ConnectionResetError,
    BrokenPipeError,
    http.client.RemoteDisconnected,
    http.client.BadStatusLine,
)
"""How it shows that a host has ended a connection meanwhile. Nothing was answered on it."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


class HttpRequest(ActionParams):
    """What to ask, of whom."""

    url: str
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str | int | bool] = Field(default_factory=dict)
    body: Any = None
    follow: Annotated[int, Field(ge=0, le=5, description="Redirects that are followed.")] = 0
    effects: Annotated[
        Literal["read", "write"] | None,
        Field(description="What a method does that is not what its name says."),
    ] = None


def effects(params: Mapping[str, Any]) -> Effect:
    """Say what a request does: by its method. Only a method that reads can be called a write."""
    if params.get("method", "GET") not in _READING:
        return "write"
    return "write" if params.get("effects", "read") != "read" else "read"


def request(params: HttpRequest, context: ActionContext) -> ActionResult:
    """Send one request, and follow as many redirects as were asked for, each checked anew."""
    began = time.monotonic()
    url = _with_query(params)
    headers, body = _sent(params)
    headers.setdefault("X-Correlation-Id", context.run.id)
    method, origin = params.method, None
    for hop in range(params.follow + 1):
        target = check_url(url, context.hosts, context.resolve, loopback=context.loopback)
        if origin is not None and origin != (target.scheme, target.host, target.port):
            headers = {k: v for k, v in headers.items() if k.lower() not in _CREDENTIALS}
        origin = (target.scheme, target.host, target.port)
        message = _Message(method, headers, body)
        status, answered, data = _send(target, message, context.left_s())
        location = answered.get("location")
        if status not in _REDIRECTS or location is None or params.follow == 0:
            break
        if hop == params.follow:
            raise _redirected("too often", f"more than {params.follow} time(s)")
        url = urljoin(url, location)
        if target.scheme == "https" and url.startswith("http:"):
            raise _redirected("to plain http", "the request was encrypted")
        if status == 303 or (status in {301, 302} and method == "POST"):  # noqa: PLR2004 - RFC 9110
            method, body = "GET", None
    return {
        "status": status,
        "headers": answered,
        "body": _decoded(data, answered.get("content-type", "")),
        "duration_ms": round((time.monotonic() - began) * 1000),
    }


def _with_query(params: HttpRequest) -> str:
    if not params.query:
        return params.url
    return f"{params.url}{'&' if '?' in params.url else '?'}{urlencode(params.query)}"


def _redirected(how: str, why: str) -> RefusedActionError:
    told = f"the host redirects {how}"
    return RefusedActionError("Harness.Redirects", told, why=why, fix="Call the last host itself")


def _sent(params: HttpRequest) -> tuple[dict[str, str], bytes | None]:
    headers = {name: text for name, text in params.headers.items() if name.lower() not in _OURS}
    if params.body is None:
        return headers, None
    if isinstance(params.body, str):
        return headers, params.body.encode()
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return headers, json.dumps(params.body).encode()


Answered = tuple[int, dict[str, str], bytes]
"""Status, headers in lower case, and the body."""


class _Message(NamedTuple):
    """What is sent to a target."""

    method: str
    headers: dict[str, str]
    body: bytes | None


def _send(target: HttpTarget, message: _Message, left_s: float) -> Answered:
    deadline = time.monotonic() + left_s
    failed = ""
    # A host may end an open connection at any moment. What reads can be sent again then; what
    # writes gets a connection of its own, or it might be done twice.
    held = _IDLE.take(target) if message.method in _READING else None
    try:
        if held is not None:
            with contextlib.suppress(*_ENDED):
                return _exchange(held, target, message, deadline)
        fresh = _Pinned(target, max(0.1, left_s))
        return _exchange(fresh, target, message, deadline)
    except TimeoutError:
        failed = "Harness.HttpTimeout"
    except (OSError, http.client.HTTPException) as error:
        failed = type(error).__name__
    raise ActionError(
        failed,
        "the host does not answer",
        why=f"it raised {failed}",
        fix="Check that it is up, or name the error in retry.errors",
    )


def _exchange(
    connection: _Pinned, target: HttpTarget, message: _Message, deadline: float
) -> Answered:
    """Send and read; keep the connection if the host lets us and everything was read."""
    keep = False
    try:
        if connection.sock is not None:
            connection.sock.settimeout(max(0.1, deadline - time.monotonic()))
        connection.request(message.method, target.path, message.body, message.headers)
        answer = connection.getresponse()
        data = _read(answer, deadline, connection)
        keep = not answer.will_close and (answer.isclosed() or answer.length == 0)
        answer.close()
        answered = {name.lower(): text for name, text in answer.getheaders()}
        return answer.status, answered, data
    finally:
        if keep:
            _IDLE.keep(target, connection)
        else:
            connection.close()


def _read(answer: http.client.HTTPResponse, deadline: float, connection: _Pinned) -> bytes:
    """Read up to the limits: a host that drips bytes must not hold a run."""
    data = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(left)
        part = answer.read1(65_536)
        if not part:
            return bytes(data)
        data += part
        if len(data) > LARGEST:
            raise ActionError(
                "Harness.TooLarge",
                "the response is too large",
                why=f"it has more than {LARGEST} bytes",
                fix="Ask for less",
            )


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked; names are not looked up again."""

    def __init__(self, target: HttpTarget, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._target = target

    def connect(self) -> None:
        target = self._target
        self.sock = socket.create_connection((target.address, target.port), self.timeout)
        if target.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=target.host)


class _Idle:
    """Open connections by the address that was checked. Safe to use from several threads."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str, int, str], _Pinned] = {}
        self._lock = threading.Lock()

    def take(self, target: HttpTarget) -> _Pinned | None:
        """Return one that nobody else has now."""
        with self._lock:
            return self._held.pop(_where(target), None)

    def keep(self, target: HttpTarget, connection: _Pinned) -> None:
        """Keep it; of several to one place the last, of many places the latest."""
        with self._lock:
            before = self._held.pop(_where(target), None)
            self._held[_where(target)] = connection
            oldest = next(iter(self._held)) if len(self._held) > MOST_IDLE else None
            going = [before, self._held.pop(oldest) if oldest is not None else None]
        for one in going:
            if one is not None:
                one.close()


_IDLE: Final = _Idle()


def _where(target: HttpTarget) -> tuple[str, str, int, str]:
    return target.scheme, target.host, target.port, target.address


def _decoded(data: bytes, content_type: str) -> Any:
    text = data.decode("utf-8", "replace")
    if "json" in content_type:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


HTTP = (
    AtomicAction(
        name="http.request",
        summary="Call a listed host over HTTP",
        params=HttpRequest,
        run=request,
        effects=effects,
    ),
)
