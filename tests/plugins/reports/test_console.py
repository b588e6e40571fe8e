"""The console: closed to others, read-only, and nothing of a record's runs in it."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import NamedTuple

import pytest
import uvicorn

from affidavit_reports.console.pages import COOKIE, HEADERS, Console
from affidavit_reports.console.state import Evidences
from archive_world import ArchiveWorld, drawn, make_world


class Page(NamedTuple):
    """One answer of the console."""

    status: int
    text: str
    headers: dict[str, str]


class Running:
    """A console that is served on a free port, and a client of it."""

    def __init__(self, world: ArchiveWorld) -> None:
        self.looks: list[str] = []
        self.world = world
        self.evidences = Evidences(archive=world.archive, verifier=world.verifier)
        self.console = Console(self.evidences, self.looks.append)
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(self.console.app(), log_level="error"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})
        self.thread.start()
        self.cookie = ""

    def open(self) -> Page:
        """Use the address that works once."""
        page = self.get(f"/open?token={self.console.token}")
        found = re.search(f"{COOKIE}=([^;]+)", page.headers.get("set-cookie", ""))
        self.cookie = found.group(1) if found else ""
        return page

    def get(self, path: str, method: str = "GET", **headers: str) -> Page:
        """Ask for one page, with the cookie if there is one."""
        if self.cookie:
            headers.setdefault("Cookie", f"{COOKIE}={self.cookie}")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            answer: HTTPResponse = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Page(answer.status, answer.read().decode(), told)
        finally:
            connection.close()

    def stop(self) -> None:
        """End the server."""
        self.server.should_exit = True
        self.thread.join(20)
        self.socket.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A console over a small archive."""
    world = make_world(tmp_path, drawn(60, subjects=4, actors=3, years=1, seed=4), segment=30)
    found = Running(world)
    try:
        yield found
    finally:
        found.stop()


def test_nobody_comes_in_without_the_address(running: Running) -> None:
    """Nor twice with it, nor with a wrong one, nor under another host's name."""
    assert 403 == running.get("/").status
    assert 403 == running.get("/open?token=wrong").status
    assert 303 == running.open().status
    assert 200 == running.get("/").status
    cookie, running.cookie = running.cookie, ""
    assert 403 == running.get(f"/open?token={running.console.token}").status
    assert 403 == running.get("/").status
    running.cookie = cookie
    assert 400 == running.get("/", Host="evil.example").status
    assert 403 == running.get("/", **{"Sec-Fetch-Site": "cross-site"}).status


@pytest.mark.parametrize("path", ["/", "/policies", "/verification", "/nowhere", "/record/x/1"])
def test_every_answer_lets_nothing_in(running: Running, path: str) -> None:
    """No script, no frame, no cache, nothing from elsewhere."""
    running.open()
    page = running.get(path)

    assert HEADERS == {name: page.headers.get(name.lower()) for name in HEADERS}
    assert "<script" not in page.text


def test_an_answer_its_event_and_its_record(running: Running) -> None:
    """From the question to the proof, and to the neighbours in the chain."""
    running.open()
    answer = running.get("/?question=period")
    event = re.findall(r'href="(/proof/[0-9a-f]{32})"', answer.text)[0]
    record = re.findall(r'href="(/record/[^"]+)"', running.get(event).text)[0]

    assert "60 row(s)" in answer.text
    assert "VERIFIED" in answer.text
    assert '"eid"' in running.get(record).text.replace("&#34;", '"')
    assert "application/json" in running.get(f"{event}?download=1").headers["content-type"]
    assert {"period", "proof", "record"} <= set(running.looks)


def test_a_wrong_question_is_explained(running: Running) -> None:
    """No traceback, no value repeated."""
    running.open()

    assert "needs --subject" in running.get("/?question=subject").text
    assert "not a date" in running.get("/?question=period&from=yesterday").text
    assert 404 == running.get("/record/nobody/1").status
    assert 400 == running.get("/policies/none").status
    assert 400 == running.get("/proof/" + "0" * 32).status


def test_verification_runs_in_the_background(running: Running) -> None:
    """And ends with a verdict."""
    running.open()
    assert 303 == running.get("/verification", method="POST").status
    for _ in range(600):
        if not running.evidences.verification.running:
            break
        time.sleep(0.05)

    assert "CLEAN" in running.get("/verification").text


def test_what_is_sealed_meanwhile_shows(running: Running, tmp_path: Path) -> None:
    """Without a restart."""
    running.open()
    assert "60 row(s)" in running.get("/?question=period").text
    more = [
        e._replace(number=e.number + 900) for e in drawn(10, subjects=2, actors=2, years=1, seed=8)
    ]
    make_world(tmp_path, more)

    assert "70 row(s)" in running.get("/?question=period").text


def test_nothing_can_be_changed_through_it(running: Running) -> None:
    """Other methods are refused everywhere."""
    running.open()
    for method in ("PUT", "DELETE", "PATCH"):
        for path in ("/", "/policies", "/verification", "/record/a/1"):
            assert 405 == running.get(path, method=method).status
