"""Health through the API: who answered, what it means, and nothing of what it said."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit_service.api_health import FAULTS, ask
from affidavit_service.errors import ServiceError


class Api(http.server.ThreadingHTTPServer):
    """Answers what the test says."""

    status, body = 200, b"{}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/health?deep=1"


class Answering(http.server.BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Api(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def kind(api: Api, status: int, told: Any) -> str:
    api.status, api.body = status, json.dumps(told).encode()
    fault = ask(api.url).fault
    return fault.kind if fault else ""


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (200, {"state": "fine"}, ""),
        (204, {}, ""),
        (302, {}, ""),
        (401, {"message": "Unauthorized"}, "authorizer"),
        (403, {"message": "Forbidden"}, "authorizer"),
        (403, {"Message": "User is not authorized to access this resource"}, "authorizer"),
        (403, {"message": "Missing Authentication Token"}, "route"),
        (404, {"message": "Not Found"}, "route"),
        (404, {"error": "no such order"}, "refused"),
        (400, {"error": "invalid"}, "refused"),
        (429, {"message": "Too Many Requests"}, "throttled"),
        (500, {"message": "Internal Server Error"}, "function"),
        (500, {"error": "mine"}, "status"),
        (502, {"message": "Internal server error"}, "answer"),
        (503, {"message": "Service Unavailable"}, "api-time"),
        (503, {"error": "unavailable"}, "evidence"),
        (504, {"message": "Endpoint request timed out"}, "api-time"),
    ],
)
def test_an_answer_is_told_by_who_gave_it(api: Api, status: int, told: Any, expected: str) -> None:
    """API Gateway's own words, as AWS documents them, or the function's status."""
    assert expected == kind(api, status, told)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=st.integers(400, 599), body=st.binary(max_size=200))
def test_any_other_answer_has_a_kind_and_is_not_repeated(
    api: Api, status: int, body: bytes
) -> None:
    """Whatever comes back: what to do, and no byte of it."""
    api.status, api.body = status, b"secret-value" + body
    answer = ask(api.url)
    assert answer.fault is not None
    assert answer.fault.kind in FAULTS
    assert answer.fault.fix
    assert "secret-value" not in f"{answer}"


def test_what_does_not_answer_is_told_by_why(api: Api) -> None:
    """Nobody there, no such host, no certificate."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{held.getsockname()[1]}/"
    for url, expected in (
        (nobody, "unreachable"),
        ("http://nowhere.invalid/", "host"),
        (api.url.replace("http:", "https:"), "certificate"),
    ):
        fault = ask(url).fault
        assert fault is not None
        assert expected == fault.kind


@pytest.mark.parametrize("url", ["file:///etc/passwd", "health", "https://"])
def test_what_is_no_url_of_http_is_refused(url: str) -> None:
    """Nothing else is asked."""
    with pytest.raises(ServiceError, match="the API cannot be asked"):
        ask(url)
