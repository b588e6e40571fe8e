"""A console that is served on a free port, and a client of it."""

from __future__ import annotations

import re
import socket
import threading
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import NamedTuple

import uvicorn

from affidavit.plugin import Plugins, load_plugins
from affidavit_reports.console.command_tables import ask_command
from affidavit_reports.console.pages import COOKIE, Console
from affidavit_reports.console.state import Evidences
from archive_world import ArchiveWorld


class Page(NamedTuple):
    """One answer of the console."""

    status: int
    text: str
    headers: dict[str, str]


class Running:
    """A console that is served on a free port, and a client of it."""

    def __init__(
        self, world: ArchiveWorld, plugins: Plugins | None = None, *, lake: Path | None = None
    ) -> None:
        self.looks: list[str] = []
        self.world = world
        self.evidences = Evidences(archive=world.archive, verifier=world.verifier, lake=lake)
        ask = partial(ask_command, plugins or load_plugins())
        self.console = Console(self.evidences, self.looks.append, ask)
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
