"""How AWS says no: in each protocol in its own way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape

from affidavit_localcloud.rights.aws_requests import ApiCall

STATUS: Final = {400: "400 Bad Request", 403: "403 Forbidden"}
QUOTED_BELOW: Final = 24
"""A text of CBOR that is as long or longer says its length in bytes of their own."""


class DenialAnswer(NamedTuple):
    """An error: its code and its text."""

    code: str
    text: str


def answer(call: ApiCall, refused: DenialAnswer) -> Callable[[Any], Iterable[bytes]]:
    """Return what starts and sends the answer."""
    status, kind, body, headers = _written(call, refused)
    sent = b"" if call.method == "HEAD" else body

    def send(start: Any) -> Iterable[bytes]:
        own = [("Content-Type", kind), ("Content-Length", str(len(sent))), *headers.items()]
        start(STATUS[status], [*own, ("x-amzn-RequestId", "denied-here")])
        return [sent]

    return send


def _written(call: ApiCall, refused: DenialAnswer) -> tuple[int, str, bytes, Mapping[str, str]]:
    code, text = refused
    plain = code.removesuffix("Exception")
    if call.protocol == "s3":
        body = f"<Error><Code>{plain}</Code><Message>{escape(text)}</Message></Error>"
        return 403, "application/xml", _xml(body), {}
    if call.protocol == "query":
        error = f"<Type>ServiceActor</Type><Code>{plain}</Code><Message>{escape(text)}</Message>"
        body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        return 403, "text/xml", _xml(body), {}
    if call.protocol == "cbor":
        told = {"__type": code, "message": text}
        return 403, "application/cbor", _cbor(told), {"smithy-protocol": "rpc-v2-cbor"}
    if call.service == "sqs":
        told = {"__type": f"com.amazonaws.sqs#{code}", "message": text}
        headers = {"x-amzn-query-error": f"{plain};ServiceActor"}
        return 403, "application/x-amz-json-1.0", json.dumps(told).encode(), headers
    status = 400 if call.protocol == "json" else 403
    told = {"__type": code, "message": text, "Message": text}
    return (
        status,
        "application/x-amz-json-1.1",
        json.dumps(told).encode(),
        {"x-amzn-ErrorType": code},
    )


def _xml(body: str) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>' + body.encode()


def _cbor(told: Mapping[str, str]) -> bytes:
    """Write a map of texts: RFC 8949, section 3.1."""
    return bytes([0xA0 | len(told)]) + b"".join(
        _cbor_text(text) for pair in told.items() for text in pair
    )


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    if len(data) < QUOTED_BELOW:
        return bytes([0x60 | len(data)]) + data
    return b"\x79" + len(data).to_bytes(2, "big") + data
