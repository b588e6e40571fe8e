"""The response that a function's answer stands for.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from affidavit_service.gateway.http import Response, json_response


def response_of(payload: bytes, *, simple: bool) -> Response | None:
    """Return what a caller gets, or None if the answer has not the form that the gateway asks for.

    `simple` is the payload format 2.0, in which a handler may return anything.
    """
    try:
        told = json.loads(payload)
    except ValueError:
        told = None
    if isinstance(told, dict) and "statusCode" in told:
        try:
            return _response(told)
        except (ValueError, TypeError, AttributeError):
            return None
    if simple:
        text = told if isinstance(told, str) else payload.decode("utf-8", "replace")
        return json_response(200, text)
    return None


def _response(told: Mapping[str, Any]) -> Response:
    headers = [(str(name), _plain(value)) for name, value in (told.get("headers") or {}).items()]
    for name, values in (told.get("multiValueHeaders") or {}).items():
        headers = [pair for pair in headers if pair[0].lower() != name.lower()]
        headers += [(str(name), _plain(value)) for value in values]
    headers += [("Set-Cookie", str(cookie)) for cookie in told.get("cookies") or ()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = told.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    data = base64.b64decode(text) if told.get("isBase64Encoded") else text.encode()
    return Response(int(told["statusCode"]), tuple(headers), data)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
