"""How a request of a scenario proves who sends it: what is sent, and what is no token."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit.plugin import ActionError
from affidavit_harness.actions import http_auth
from affidavit_harness.actions.http_auth import SigV4, TokenAsk, signed, token
from affidavit_harness.actions.http_client import HttpAnswer

WHERE = "https://login.example.com/token"
CONTEXT: Any = SimpleNamespace(
    hosts=("login.example.com",),
    resolve=lambda *_: ["93.184.215.14"],
    loopback=False,
    left_s=lambda: 7.5,
)


class Server:
    """Answers as it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.status, self.body, self.kind = 200, '{"access_token": "t"}', "application/json"

    def __call__(self, target: Any, message: Any, left_s: float) -> HttpAnswer:
        """Answer."""
        self.sent.append((message, left_s))
        return HttpAnswer(self.status, (("content-type", self.kind),), self.body.encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """The one that gives tokens."""
    made = Server()
    monkeypatch.setattr(http_auth, "send", made)
    return made


def _ask(**more: Any) -> TokenAsk:
    secret = "s-é-&"  # noqa: S105 - made up
    return TokenAsk(url=WHERE, client_id="a:b", client_secret=secret, **more)


@pytest.mark.parametrize(
    ("more", "sent", "authorization"),
    [
        ({}, "grant_type=client_credentials", "Basic YSUzQWI6cy0lQzMlQTktJTI2"),
        (
            {"scope": "a b", "audience": "x"},
            "grant_type=client_credentials&scope=a%20b&audience=x",
            "Basic YSUzQWI6cy0lQzMlQTktJTI2",
        ),
        (
            {"send_in": "body"},
            "grant_type=client_credentials&client_id=a%3Ab&client_secret=s-%C3%A9-%26",
            None,
        ),
    ],
)
def test_a_client_says_who_it_is_in_a_header_or_in_the_form(
    server: Server, more: dict[str, Any], sent: str, authorization: str | None
) -> None:
    """As RFC 6749 encodes it, in the time that is left."""
    token(_ask(**more), CONTEXT)
    ((message, left_s),) = server.sent
    usual = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}

    assert ("POST", sent.encode(), 7.5) == (message.method, message.body, left_s)
    assert usual | ({"Authorization": authorization} if authorization else {}) == message.headers


def test_a_token_comes_with_what_is_said_of_it(server: Server) -> None:
    """What the server does not say is nothing; what else it says is left out."""
    server.body = json.dumps({"access_token": "t", "token_type": "Bearer", "id_token": "x"})

    assert {
        "access_token": "t",
        "token_type": "Bearer",
        "expires_in": None,
        "scope": None,
    } == token(_ask(), CONTEXT)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, '{"access_token": "t"}', "application/json"),
        (201, '{"access_token": "t"}', "application/json"),
        (200, '{"error": "invalid_client"}', "application/json"),
        (200, '["access_token"]', "application/json"),
        (200, "{", "application/json"),
        (200, '{"access_token": "t"}', "text/html"),
    ],
)
def test_what_is_no_token_is_refused(server: Server, status: int, body: str, kind: str) -> None:
    """With the status alone."""
    server.status, server.body, server.kind = status, body, kind
    with pytest.raises(ActionError) as caught:
        token(_ask(), CONTEXT)
    assert ("OAuth2.Refused", f"the server answered {status}") == (
        *(caught.value.name, caught.value.why),
    )


def _credentials(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    pair = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "none"}
    for name, value in {**pair, "AWS_EC2_METADATA_DISABLED": "true", **more}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("wanted", "scope"),
    [
        (SigV4(), "eu-west-1/execute-api"),
        (SigV4(region="eu-central-1"), "eu-central-1/execute-api"),
        (SigV4(service="lambda"), "eu-west-1/lambda"),
    ],
)
def test_a_request_is_signed_for_its_service_and_region(
    monkeypatch: pytest.MonkeyPatch, wanted: SigV4, scope: str
) -> None:
    """Those of the run, unless it says others; its own headers stay."""
    _credentials(monkeypatch, AWS_DEFAULT_REGION="eu-west-1")
    told = signed(wanted, "POST", "https://x.example.com/a", {"X-Own": "1"}, b"{}")

    assert "1" == told["X-Own"]
    assert f"/{scope}/aws4_request" in told["Authorization"]
    assert "Credential=AKID/" in told["Authorization"]


def test_without_a_region_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to set."""
    _credentials(monkeypatch, AWS_CONFIG_FILE="/nonexistent")
    with pytest.raises(ActionError) as caught:
        signed(SigV4(), "GET", "https://x.example.com/a", {}, None)
    assert "Harness.Credentials" == caught.value.name
