"""What a gateway answers by itself: a browser's preflight, and a body that is too large.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from affidavit_service.gateway.http import GatewayRequest, Response, json_response

MOST_BYTES: Final = {"execute-api": 10 * 1024 * 1024, "lambda-url": 6 * 1024 * 1024}


def too_large(kind: str, environ: Mapping[str, Any]) -> Response | None:
    """Return the refusal of a body that AWS does not take; nothing of it is read."""
    size = str(environ.get("CONTENT_LENGTH") or "0")
    if not size.isdecimal() or int(size) <= MOST_BYTES[kind]:
        return None
    return json_response(413, '{"message":"Request Entity Too Large"}')


def answer_preflight(cors: Mapping[str, Any] | None, request: GatewayRequest) -> Response | None:
    """Return the answer to a preflight; None if it is none, or the API has no CORS settings."""
    asks = request.header("access-control-request-method")
    if not cors or request.method != "OPTIONS" or not asks:
        return None
    allowed = _origin(cors, request.header("origin"))
    headers = [] if allowed is None else list(_headers(cors, allowed))
    return Response(204, tuple(headers), b"")


def with_cors(
    cors: Mapping[str, Any] | None, request: GatewayRequest, response: Response
) -> Response:
    """Return a response with the gateway's own headers; those of a function do not count then."""
    if not cors:
        return response
    kept = [one for one in response.headers if not one[0].lower().startswith("access-control-")]
    allowed = _origin(cors, request.header("origin"))
    own = [] if allowed is None else [("access-control-allow-origin", allowed)]
    if own and cors.get("allowCredentials"):
        own.append(("access-control-allow-credentials", "true"))
    if own and cors.get("exposeHeaders"):
        own.append(("access-control-expose-headers", ",".join(cors["exposeHeaders"])))
    return response._replace(headers=(*kept, *own))


def _origin(cors: Mapping[str, Any], origin: str) -> str | None:
    listed = [str(one) for one in cors.get("allowOrigins") or ()]
    if not origin:
        return None
    if "*" in listed:
        return "*"
    scheme = f"{origin.partition('://')[0]}://*"
    return origin if origin in listed or scheme in listed else None


def _headers(cors: Mapping[str, Any], allowed: str) -> list[tuple[str, str]]:
    told = [("access-control-allow-origin", allowed)]
    for name, key in (("methods", "allowMethods"), ("headers", "allowHeaders")):
        if cors.get(key):
            told.append((f"access-control-allow-{name}", ",".join(map(str, cors[key]))))
    if cors.get("maxAge"):
        told.append(("access-control-max-age", str(cors["maxAge"])))
    if cors.get("allowCredentials"):
        told.append(("access-control-allow-credentials", "true"))
    return told
