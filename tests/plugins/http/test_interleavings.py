"""What the plugin's locks protect, in every order in which two threads can come."""

from __future__ import annotations

import ssl
import time
from http.client import HTTPMessage
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit_http import exchange, request_secret
from affidavit_http.exchange import MOST_IDLE, Exchange, Reply, Sending
from affidavit_http.location import locate
from affidavit_http.request_secret import RequestSecret
from interleavings import force_each

PLACE = locate(urlsplit("https://charts.example.org"))
ASKED = Sending("GET", "/", {}, {}, None)


class Held:
    """Stands in for a connection that is kept."""

    is_usable = True
    deadline = 0.0

    def __init__(self) -> None:
        self.closed = 0

    def rest(self) -> None:
        """Nobody uses it."""

    def close(self) -> None:
        self.closed += 1


class Pool:
    """An exchange that keeps some connections, and what came of two acts."""

    def __init__(self, kept: int) -> None:
        self.held = [Held() for _ in range(kept)]
        self.exchange = Exchange(PLACE)
        self.exchange._idle = [*self.held]  # type: ignore[list-item]
        self.found: list[Any] = []

    def take(self) -> None:
        self.found.append(self.exchange._kept())

    def bring(self) -> None:
        self.held.append(Held())
        self.exchange._on(self.held[-1], ASKED)  # type: ignore[arg-type]

    def tls(self) -> None:
        self.found.append(self.exchange._tls())


def test_two_requests_never_share_a_connection() -> None:
    """Of the one that is kept, one of them has it, and the other makes its own."""

    def check(pool: Pool) -> None:
        assert {None, pool.held[0]} == set(pool.found)

    assert force_each(exchange, lambda: Pool(1), Pool.take, Pool.take, check) > 4


def test_no_more_connections_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that come back to the last place one is closed, and only one."""
    answer = Reply(200, HTTPMessage(), b""), True
    monkeypatch.setattr(exchange, "_exchange", lambda *_: answer)

    def check(pool: Pool) -> None:
        assert MOST_IDLE == len(pool.exchange._idle)
        assert 1 == sum(held.closed for held in pool.held)
        assert {0} == {held.closed for held in pool.held if held in pool.exchange._idle}

    lines = force_each(exchange, lambda: Pool(MOST_IDLE - 1), Pool.bring, Pool.bring, check)

    assert lines > 8


def test_what_comes_back_while_others_are_closed_is_closed_or_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None is forgotten open, and none is kept closed."""
    answer = Reply(200, HTTPMessage(), b""), True
    monkeypatch.setattr(exchange, "_exchange", lambda *_: answer)

    def check(pool: Pool) -> None:
        assert all(held.closed == (held not in pool.exchange._idle) for held in pool.held)

    def close(pool: Pool) -> None:
        pool.exchange.close()

    assert force_each(exchange, lambda: Pool(1), close, Pool.bring, check) > 4


def test_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take tens of milliseconds, and a context of one's own would resume no session."""
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: object())

    def check(pool: Pool) -> None:
        assert 1 == len(set(map(id, pool.found)))

    assert force_each(exchange, lambda: Pool(0), Pool.tls, Pool.tls, check) > 4


class Asked:
    """A secret, and how often it was fetched."""

    def __init__(self) -> None:
        self.fetched = 0
        self.secret = RequestSecret(PLACE)
        self.secret._fetch = self._fetch  # type: ignore[method-assign]
        self.refused = {"authorization": "old"}
        self.told: list[Any] = []

    def _fetch(self, deadline: float) -> dict[str, str]:
        assert deadline > time.monotonic()
        self.fetched += 1
        return {"authorization": f"new {self.fetched}"}

    def read(self) -> None:
        self.told.append(self.secret.headers(time.monotonic() + 9))

    def renew(self) -> None:
        self.secret._held = self.secret._held or self.refused
        self.told.append(self.secret.renew(self.refused, time.monotonic() + 9))


def test_a_secret_is_fetched_once() -> None:
    """By whoever comes first; the other one has the same."""

    def check(asked: Asked) -> None:
        assert (1, [{"authorization": "new 1"}] * 2) == (asked.fetched, asked.told)

    assert force_each(request_secret, Asked, Asked.read, Asked.read, check) > 2


def test_a_refused_secret_is_fetched_again_once() -> None:
    """Two requests were refused with it; both are told that another one came."""

    def check(asked: Asked) -> None:
        assert (1, [True, True]) == (asked.fetched, asked.told)

    assert force_each(request_secret, Asked, Asked.renew, Asked.renew, check) > 2
