"""What stands on the wire, byte by byte, and what is made of an answer's bytes."""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead
from io import BytesIO
from typing import Any

import pytest

from affidavit_http import exchange
from affidavit_http.exchange import LongAnswerError, Sending

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Wire:
    """Stands in for a connection."""

    def __init__(self, answer: bytes) -> None:
        self.sent, self.in_head, self._answer = b"", False, answer

    def sendall(self, data: bytes) -> None:
        assert self.in_head
        self.sent += data

    def makefile(self, _: str) -> BytesIO:
        return BytesIO(self._answer)


def asked(sending: Sending, answer: bytes = ANSWER, limit: int = 2) -> tuple[Wire, Any]:
    wire: Any = Wire(answer)
    return wire, exchange._exchange(wire, sending, "charts.example.org", limit)


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", None, b""),
        ("DELETE", None, b"content-length: 0\r\n"),
        ("POST", b"", b"content-length: 0\r\n"),
        ("POST", b"{}!", b"content-length: 3\r\n"),
    ],
)
def test_a_request_is_these_bytes(method: str, body: bytes | None, length: bytes) -> None:
    """Its line, its host, headers in their order, a length unless it is a plain GET, its body."""
    sending = Sending(method, "/a?b=c", {"accept": "application/json"}, {"x-key": "k"}, body)
    wire, (reply, again) = asked(sending)

    assert wire.sent == (
        f"{method} /a?b=c HTTP/1.1\r\nhost: charts.example.org\r\naccept-encoding: identity\r\n"
        "accept: application/json\r\nx-key: k\r\n"
    ).encode() + length + b"\r\n" + (body or b"")
    assert (200, b"ok", True, False) == (reply.status, reply.body, again, wire.in_head)
    assert "2" == reply.headers["content-length"]


@pytest.mark.parametrize(
    ("head", "data", "wrong"),
    [
        (b"content-length: 3\r\n", b"123", LongAnswerError),
        (b"", b"123", LongAnswerError),
        (b"content-length: 2\r\n", b"1", IncompleteRead),
        (b"content-encoding: gzip\r\ncontent-length: 2\r\n", b"12", HTTPException),
        (b"", b"12", None),
        (b"content-encoding: identity\r\ncontent-length: 2\r\n", b"12", None),
    ],
)
def test_an_answer_is_read_up_to_its_limit(
    head: bytes, data: bytes, wrong: type[Exception] | None
) -> None:
    """By its length, else until the connection ends, which is then not used again."""
    sending = Sending("GET", "/", {}, {}, None)
    answer = b"HTTP/1.1 404 No\r\n" + head + b"\r\n" + data
    if wrong is None:
        _, (reply, again) = asked(sending, answer)
        assert (404, b"12", bool(head)) == (reply.status, reply.body, again)
        return
    with pytest.raises(wrong):
        asked(sending, answer)
