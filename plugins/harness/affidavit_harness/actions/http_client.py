"""Send one HTTP request to the address that was checked, over connections that are kept.

urllib3 does the protocol. What is ours is where it connects to, how much it may
read, how long it may take, and when an open connection may be used again.
"""

from __future__ import annotations

import math
import ssl
import threading
import time
from typing import Final, NamedTuple

import urllib3
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from affidavit.plugin import ActionError
from affidavit_harness.actions.guard import PORTS, HttpTarget

LARGEST: Final = 1_048_576
"""Bytes of a response that are read, after decoding; more is an error."""

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_POOLS: Final = 16
SAME_HOST: Final = 16
"""Connections to one address that are kept open."""

FRESH_S: Final = 1.0
"""So long after its last use a connection is taken for a write. Hosts keep idle ones for seconds;
on one that ends just then, nobody knows whether the write was done."""


ALWAYS_S, NEVER_S = math.inf, -1.0
"""Whether an older connection will do, whatever its age."""


class HttpMessage(NamedTuple):
    """What is sent to a target."""

    method: str
    headers: dict[str, str]
    body: bytes | None


class HttpAnswer(NamedTuple):
    """What came back; each header as it was sent, names in lower case, and the decoded body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    data: bytes

    def header(self, name: str) -> str | None:
        """Return a header; several of one name as one text, as RFC 9110 joins them."""
        found = [text for key, text in self.headers if key == name]
        return ", ".join(found) if found else None


class _Pool(NamedTuple):
    pool: urllib3.HTTPConnectionPool
    used_s: float


class _Pools:
    """Connection pools by the address that was checked. Safe to use from several threads."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str, int, str], _Pool] = {}
        self._lock = threading.Lock()

    def take(self, target: HttpTarget, kept_s: float) -> tuple[urllib3.HTTPConnectionPool, bool]:
        """Return the pool, if it was used not longer ago; and whether it has been used before."""
        where, now = (target.scheme, target.host, target.port, target.address), time.monotonic()
        with self._lock:
            held = self._held.pop(where, None)
            if held is not None and now - held.used_s > kept_s:
                held.pool.close()
                held = None
            pool = _open(target) if held is None else held.pool
            self._held[where] = _Pool(pool, now)
            if len(self._held) > MOST_POOLS:
                self._held.pop(next(iter(self._held))).pool.close()
        return pool, held is not None


_POOLS: Final = _Pools()


def _open(target: HttpTarget) -> urllib3.HTTPConnectionPool:
    """Connect to the address and to nothing else: the name is for TLS, and no proxy is asked."""
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, target.port, maxsize=SAME_HOST)
    return urllib3.HTTPSConnectionPool(
        target.address,
        target.port,
        maxsize=SAME_HOST,
        ssl_context=ssl.create_default_context(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def send(target: HttpTarget, message: HttpMessage, left_s: float) -> HttpAnswer:
    """Send, and read the answer up to the limits.

    Raises:
        ActionError: The host does not answer in time, or answers too much.

    """
    deadline = time.monotonic() + left_s
    # A host may end an open connection at any moment; what reads can be sent again then, anew.
    for kept_s in (ALWAYS_S, NEVER_S) if message.method in READING else (FRESH_S,):
        pool, used = _POOLS.take(target, kept_s)
        try:
            return _exchange(pool, target, message, deadline)
        except ProtocolError as error:
            failed = error
        if not used:
            break
    raise unanswered(_reason(failed))


def _exchange(
    pool: urllib3.HTTPConnectionPool, target: HttpTarget, message: HttpMessage, deadline: float
) -> HttpAnswer:
    try:
        response = _begin(pool, target, message, max(0.1, deadline - time.monotonic()))
        try:
            data = _read(response, deadline)
        except BaseException:
            response.close()
            raise
        response.release_conn()
    except NewConnectionError as error:  # which urllib3 counts among the timeouts
        raise unanswered(_reason(error)) from None
    except Urllib3TimeoutError:
        raise unanswered("HttpTimeout") from None
    except DecodeError:
        raise ActionError(
            "HttpEncoding",
            "the response cannot be read",
            why="its body is not what Content-Encoding says",
            fix="Look at what the host sends",
        ) from None
    except ProtocolError:
        raise
    except HTTPError as error:
        raise unanswered(_reason(error)) from None
    told = tuple((name.lower(), _text(value)) for name, value in response.headers.iteritems())
    return HttpAnswer(response.status, told, data)


def _begin(
    pool: urllib3.HTTPConnectionPool, target: HttpTarget, message: HttpMessage, left_s: float
) -> urllib3.BaseHTTPResponse:
    usual = target.port == PORTS[target.scheme]
    host = target.host if usual else f"{target.host}:{target.port}"
    # Bytes, because http.client takes text for Latin-1 and refuses the rest.
    headers = {"Host": host} | message.headers
    return pool.urlopen(
        message.method,
        target.path,
        message.body,
        {name: text.encode() for name, text in headers.items()},  # type: ignore[misc]
        retries=False,
        redirect=False,
        assert_same_host=False,
        timeout=urllib3.Timeout(connect=left_s, read=left_s),
        preload_content=False,
    )


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Read up to the limits: a host that drips bytes must not hold a run."""
    data = bytearray()
    while True:
        if deadline <= time.monotonic():
            raise unanswered("HttpTimeout")
        part = response.read1(65_536, decode_content=True)
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


def _text(value: str) -> str:
    """Return a header as UTF-8 if it is; http.client reads it as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _reason(error: HTTPError) -> str:
    """Return the type of what is behind urllib3's error, such as ConnectionRefusedError."""
    causes = [error.__cause__, *getattr(error, "args", ())]
    inner = next((one for one in causes if isinstance(one, Exception)), error)
    return type(inner).__name__


def unanswered(name: str) -> ActionError:
    """Return the error of a host that does not answer."""
    return ActionError(
        name,
        "the host does not answer",
        why=f"it raised {name}",
        fix="Check that it is up, or name the error in retry.errors",
    )
