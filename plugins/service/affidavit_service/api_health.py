"""Ask a function through its API, as its callers do: what the answer means, and who gave it.

API Gateway answers by itself where it cannot reach the function, with words of its own;
these are known, and nothing else of an answer is read or repeated.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from affidavit_service.diagnosis import Fault
from affidavit_service.errors import ServiceError

TIMEOUT_S: Final = 31
"""One more than API Gateway gives a function."""

MOST: Final = 65_536
GOOD: Final = range(200, 400)

LOG: Final = "Look at its log: affidavit doctor --function NAME"
FAULTS: Final = {
    "authorizer": ("the API refuses who calls", "Name a public route, or let the caller in"),
    "route": ("the API has no such route", "Compare the URL with routes, stage and method"),
    "refused": ("the function refuses the request", "Name a route that answers without one"),
    "throttled": ("the API is called more often than it may be", "Raise its limits"),
    "function": ("the function failed, or the API may not call it", LOG),
    "answer": ("the function raised, or its answer is not one for an API", LOG),
    "evidence": (
        "the function gives no answer, because its records cannot be kept",
        "Look at the ledger's table: is it there, and may the role write to it?",
    ),
    "api-time": ("the function takes longer than the API waits", "Raise its memory; do less"),
    "host": ("there is no host of that name", "Compare the URL with the API's, and its DNS record"),
    "certificate": (
        "its certificate is not trusted for that name",
        "Renew it, or correct the name",
    ),
    "unreachable": ("nothing answers there", "Deploy the API, or open a way to its network"),
    "status": ("it answers with an error", LOG),
}
"""What is wrong by its kind, and what to do."""

BY_WORDS: Final = {
    (401, "Unauthorized"): "authorizer",
    (403, "Missing Authentication Token"): "route",
    (404, "Not Found"): "route",
    (500, "Internal Server Error"): "function",
    (502, "Internal server error"): "answer",
    (503, "Service Unavailable"): "api-time",
    (504, "Endpoint request timed out"): "api-time",
}
"""What API Gateway says by itself, of REST and of HTTP APIs: it has no field for that.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

BY_STATUS: Final = {
    401: "authorizer",
    403: "authorizer",
    429: "throttled",
    502: "answer",
    503: "evidence",
    504: "api-time",
}
"""Where the words are others. 503 is how affidavit withholds an answer."""


class ApiAnswer(NamedTuple):
    """What came back: the status, 0 without an answer, and what is wrong, if anything is."""

    status: int
    milliseconds: int
    fault: Fault | None


def ask(url: str) -> ApiAnswer:
    """Send one GET, which changes nothing, and follow no redirect.

    Raises:
        ServiceError: The URL is none of HTTP.

    """
    began = time.monotonic()
    status, kind = _asked(url)
    taken = round((time.monotonic() - began) * 1000)
    if not kind:
        return ApiAnswer(status, taken, None)
    found, fix = FAULTS[kind]
    return ApiAnswer(status, taken, Fault(kind, f"{found} ({status})" if status else found, fix))


def _asked(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ServiceError(
            "the API cannot be asked", why="the URL has no host of HTTP", fix="https://HOST/PATH"
        )
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    connection = kinds[parts.scheme](parts.netloc.rpartition("@")[2], timeout=TIMEOUT_S)
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(MOST)
    except ssl.SSLError:
        return 0, "certificate"
    except socket.gaierror:
        return 0, "host"
    except TimeoutError:
        return 0, "api-time"
    except (OSError, http.client.HTTPException, ValueError):
        return 0, "unreachable"
    finally:
        connection.close()
    return answer.status, "" if answer.status in GOOD else _kind(answer.status, body)


def _kind(status: int, body: bytes) -> str:
    try:
        words = json.loads(body).get("message")
    except (ValueError, AttributeError, RecursionError):
        words = None
    known = BY_WORDS.get((status, words)) if isinstance(words, str) else None
    other = "refused" if status < http.client.INTERNAL_SERVER_ERROR else "status"
    return known or BY_STATUS.get(status, other)
