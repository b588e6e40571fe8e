"""What is said of a host that does not answer rightly, and of a terminal that is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError, ReadTimeoutError

from affidavit.plugin import ActionError
from affidavit_harness.actions import http_client
from affidavit_harness.actions.guard import HttpTarget, check_url
from affidavit_harness.actions.http_client import HttpMessage, send
from affidavit_harness.console import progress

READ, WRITE = HttpMessage("GET", {}, None), HttpMessage("POST", {}, b"x")


def _target() -> HttpTarget:
    return check_url("https://a.example.com/", ("a.example.com",), lambda *_: ["93.184.215.14"])


@pytest.mark.parametrize(
    ("error", "name", "why"),
    [
        pytest.param(
            DecodeError("hunter2"),
            *("HttpEncoding", "its body is not what Content-Encoding says"),
            id="an encoding that it has not",
        ),
        pytest.param(
            ReadTimeoutError(None, "", "hunter2"),  # type: ignore[arg-type]
            *("HttpTimeout", "it raised HttpTimeout"),
            id="no answer in time",
        ),
        pytest.param(
            HTTPError(ConnectionRefusedError("hunter2")),
            *("ConnectionRefusedError", "it raised ConnectionRefusedError"),
            id="no connection",
        ),
        pytest.param(
            ProtocolError("hunter2", ConnectionResetError("hunter2")),
            *("ConnectionResetError", "it raised ConnectionResetError"),
            id="an end in the middle",
        ),
        pytest.param(
            HTTPError("hunter2"), "HTTPError", "it raised HTTPError", id="nothing behind it"
        ),
    ],
)
def test_a_failure_is_named_after_what_is_behind_it(
    error: Exception, name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its text is not repeated."""

    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(http_client, "_begin", fail)
    for message in (READ, WRITE):
        with pytest.raises(ActionError) as caught:
            send(_target(), message, 5.0)
        assert (name, why) == (caught.value.name, caught.value.why)
        assert "hunter2" not in str(caught.value)


class Ends:
    """A host that ends each connection after so many answers, without a word."""

    def __init__(self, answers: int) -> None:
        self.heard: list[int] = []
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        number = 0
        with suppress(OSError):
            while True:
                held, _ = self._listening.accept()
                number += 1
                with held:
                    for left in range(self._answers, -1, -1):
                        if not held.recv(65_536):
                            break
                        self.heard.append(number)
                        if left:
                            held.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    @property
    def target(self) -> HttpTarget:
        """Where it is."""
        place = f"127.0.0.1:{self.port}"
        return check_url(f"http://{place}/", (place,), lambda *_: ["127.0.0.1"], loopback=True)

    def close(self) -> None:
        """End it."""
        self._listening.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A host that answers once and ends the connection at the next request."""
    made = Ends(1)
    yield made
    made.close()


def test_what_reads_is_sent_again_where_a_kept_connection_ends(ends: Ends) -> None:
    """On a new connection, which is kept in its turn."""
    for _ in range(3):
        assert b"ok" == send(ends.target, READ, 5.0).data

    assert [1, 1, 2, 2, 3] == ends.heard


def test_what_writes_is_not_sent_again(ends: Ends) -> None:
    """Nobody knows whether it was done; what comes after it is not held up."""
    assert b"ok" == send(ends.target, READ, 5.0).data
    with pytest.raises(ActionError) as caught:
        send(ends.target, WRITE, 5.0)
    assert "RemoteDisconnected" == caught.value.name
    assert b"ok" == send(ends.target, READ, 5.0).data
    assert [1, 1, 2] == ends.heard


def test_a_host_that_never_answers_is_asked_no_more_than_twice() -> None:
    """Once, if no connection was kept."""
    ends = Ends(0)
    for message in (READ, WRITE):
        with pytest.raises(ActionError) as caught:
            send(ends.target, message, 5.0)
        assert "RemoteDisconnected" == caught.value.name
    with pytest.raises(ActionError):
        send(ends.target, READ, 5.0)
    ends.close()
    assert [1, 2, 3, 4] == ends.heard


@pytest.mark.parametrize(
    ("terminal", "environ", "moves"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
        (True, {"TERM": "xterm", "CI": "true"}, False),
        (True, {"TERM": "xterm", "CI": ""}, True),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
    ],
)
def test_only_a_persons_terminal_sees_something_move(
    terminal: bool, environ: dict[str, str], moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log of CI would have every picture of it, one below the other."""
    for name in ("TERM", "CI", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(progress.sys, "stderr", SimpleNamespace(isatty=lambda: terminal))

    assert moves == progress.animated()
