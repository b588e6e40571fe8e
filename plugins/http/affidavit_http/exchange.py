"""Send one request and read its answer: bounded in time and bytes, on one host."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse, IncompleteRead
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from affidavit_http.location import HttpLocation
from affidavit_http.timed_socket import TimedSocket, connect

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS: Final = 3
MOST_IDLE: Final = 4
"""Connections that are kept for the next request."""

_PART: Final = 65_536


class LongAnswerError(Exception):
    """The answer holds more than it may."""


class ElsewhereError(Exception):
    """The answer leads to a host that nobody listed, or on and on."""


class Sending(NamedTuple):
    """One request, ready to be sent. `secrets` are headers that go to the source's host only."""

    method: str
    target: str
    headers: Mapping[str, str]
    secrets: Mapping[str, str]
    body: bytes | None


class Reply(NamedTuple):
    """The whole answer."""

    status: int
    headers: HTTPMessage
    body: bytes


class Exchange:
    """Connections to one host. Threads share it."""

    def __init__(self, location: HttpLocation) -> None:
        self._location = location
        self._idle: list[TimedSocket] = []
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def send(self, sending: Sending, deadline: float) -> Reply:
        """Send, and follow where an answer leads, if that is listed. A write follows nothing.

        Raises:
            LongAnswerError: The answer is longer than the limit.
            ElsewhereError: It leads to a host that is not listed.
            OSError: The network failed, or the time was up.
            HTTPException: The answer is not HTTP, or was cut off.

        """
        place = self._location
        reply = self._ask(sending, deadline)
        address = f"{'https' if place.secure else 'http'}://{place.host}:{place.port}"
        address += sending.target
        for _ in range(MOST_REDIRECTS):
            if reply.status not in REDIRECTS or sending.method != "GET":
                return reply
            address = urljoin(address, reply.headers.get("location", ""))
            reply = self._follow(address, sending, deadline)
        if reply.status in REDIRECTS:
            raise ElsewhereError
        return reply

    def close(self) -> None:
        """Close the connections that are kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for held in idle:
            held.close()

    def _follow(self, address: str, sending: Sending, deadline: float) -> Reply:
        place, url = self._location, urlsplit(address)
        try:
            port = url.port or (443 if place.secure else 80)
        except ValueError:
            raise ElsewhereError from None
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        fits = target.isascii() and target.isprintable() and " " not in target
        same = (url.hostname, port) == (place.host, place.port)
        listed = same or url.netloc.lower() in place.redirects
        if url.scheme != ("https" if place.secure else "http") or "@" in url.netloc:
            raise ElsewhereError
        if not fits or not listed or url.hostname is None:
            raise ElsewhereError
        accept = {k: v for k, v in sending.headers.items() if k.lower() == "accept"}
        onward = sending._replace(target=target, headers=accept)
        if same:
            return self._ask(onward, deadline)
        held = connect(url.hostname, port, self._tls(), deadline, place.connect_s)
        try:
            told = onward._replace(secrets={})
            return _exchange(held, told, url.netloc, place.limit)[0]
        finally:
            held.close()

    def _ask(self, sending: Sending, deadline: float) -> Reply:
        """Ask the source's own host; a read once more if a kept connection turns out to be dead."""
        if sending.method == "GET":  # a write that fails on an old connection may have arrived
            held = self._kept()
            if held is not None:
                held.deadline = deadline
                try:
                    return self._on(held, sending)
                except TimeoutError:
                    raise
                except (ConnectionError, ssl.SSLError):  # RemoteDisconnected is one
                    pass
        place = self._location
        return self._on(
            connect(place.host, place.port, self._tls(), deadline, place.connect_s), sending
        )

    def _on(self, held: TimedSocket, sending: Sending) -> Reply:
        place = self._location
        host = f"[{place.host}]" if ":" in place.host else place.host
        standard = place.port == (443 if place.secure else 80)
        try:
            named = host if standard else f"{host}:{place.port}"
            reply, again = _exchange(held, sending, named, place.limit)
        except BaseException:
            held.close()
            raise
        held.rest()
        with self._lock:
            if again and len(self._idle) < MOST_IDLE:
                self._idle.append(held)
                return reply
        held.close()
        return reply

    def _kept(self) -> TimedSocket | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                held = self._idle.pop()
            if held.is_usable:
                return held
            held.close()

    def _tls(self) -> ssl.SSLContext | None:
        with self._lock:
            if self._context is None and self._location.secure:
                ca_file = self._location.ca_file or None
                self._context = ssl.create_default_context(cafile=ca_file)
            return self._context


def _exchange(held: TimedSocket, sending: Sending, host: str, limit: int) -> tuple[Reply, bool]:
    """Send and read on one connection; tell whether it may be used again."""
    lines = [f"{sending.method} {sending.target} HTTP/1.1", f"host: {host}"]
    # Compressed answers may be a thousand times what they seem.
    lines += ["accept-encoding: identity"]
    lines += [f"{name}: {value}" for name, value in {**sending.headers, **sending.secrets}.items()]
    if sending.body is not None:
        lines.append(f"content-length: {len(sending.body)}")
    elif sending.method != "GET":
        lines.append("content-length: 0")
    head = "\r\n".join([*lines, "", ""]).encode("ascii")
    held.in_head = True
    held.sendall(head + (sending.body or b""))
    response = HTTPResponse(held, method=sending.method)  # type: ignore[arg-type]
    try:
        response.begin()
        held.in_head = False
        if response.headers.get("content-encoding", "identity") != "identity":
            raise HTTPException
        body = _body(response, limit)
        return Reply(response.status, response.headers, body), not response.will_close
    finally:
        response.close()


def _body(response: HTTPResponse, limit: int) -> bytes:
    if response.length is not None and response.length > limit:
        raise LongAnswerError
    found = bytearray()
    while part := response.read(min(_PART, limit + 1 - len(found))):
        found += part
        if len(found) > limit:
            raise LongAnswerError
    if response.length:  # bytes that were promised and did not come
        raise IncompleteRead(b"", response.length)
    return bytes(found)
