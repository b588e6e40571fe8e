"""A service of `affidavit new`, served on a free port."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affidavit_devserver.dev_functions import DevFunctions
from affidavit_devserver.http_front import DevServer, Happening, listen
from affidavit_devserver.live_feed import LiveFeed
from affidavit_scaffold.project_template import Project, record_of, render
from affidavit_scaffold.write_files import write_new
from affidavit_service.read import read_service
from affidavit_service.seed import seed


@dataclass
class Served:
    """A served service: where it is, and what was told of it."""

    folder: Path
    port: int
    server: DevServer
    happenings: list[Happening]
    notes: list[str] = field(default_factory=list)

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(connection):
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, sent)
            answer = connection.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, said, answer.read().decode()

    def edit(self, old: str, new: str, name: str = "src/shop/handler.py") -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def make_project(folder: Path, template: str = "http-sqlite") -> Path:
    project = Project("shop", template, "baseline")
    files = render(project)
    write_new(folder, files, record_of(project, files))
    seed(read_service(folder / "functions.toml", "local"))
    return folder / "functions.toml"


@contextmanager
def serve(definition: Path, **how: Any) -> Iterator[Served]:
    notes: list[str] = []
    happenings: list[Happening] = []
    feed = LiveFeed()
    ledger = definition.parent / "ledger.db"
    debugger = how.pop("debugger", None)
    functions = DevFunctions(definition, "local", ledger, debugger=debugger, told=notes.append)
    server = DevServer(functions, feed, told=happenings.append, **how)
    listening = listen(server, 0)
    try:
        yield Served(definition.parent, listening.server_port, server, happenings, notes)
    finally:
        feed.close()
        listening.shutdown()
        listening.server_close()
        functions.close()


class DebugClient:
    """An editor's side of the Debug Adapter Protocol.

    https://microsoft.github.io/debug-adapter-protocol/specification
    """

    def __init__(self, port: int) -> None:
        self._socket = self._connected(port)
        self._file = self._socket.makefile("rb")
        self._number = 0

    def _connected(self, port: int) -> socket.socket:
        for _ in range(300):  # the function's process is on its way
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=60)
            except OSError:
                time.sleep(0.1)
        raise AssertionError("no debugger listens")

    def send(self, command: str, **arguments: Any) -> None:
        self._number += 1
        asked = {"seq": self._number, "type": "request", "command": command}
        body = json.dumps({**asked, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            size = 0
            while line := self._file.readline().strip():
                size = int(line.partition(b":")[2])
            told: dict[str, Any] = json.loads(self._file.read(size))
            if wanted(told):
                return told

    def ask(self, command: str, **arguments: Any) -> Any:
        self.send(command, **arguments)
        return self.until(lambda told: told.get("command") == command).get("body")

    def event(self, name: str) -> Any:
        return self.until(lambda told: told.get("event") == name).get("body")

    def close(self) -> None:
        self.send("disconnect", terminateDebuggee=False)
        self._file.close()
        self._socket.close()

    def stop_at(self, code: Path, line: str, expression: str, act: Callable[[], object]) -> str:
        """Set a breakpoint, let `act` run into it, look, wait longer than a timeout, go on."""
        number = code.read_text().splitlines().index(line) + 1
        self.ask("initialize", adapterID="tests", linesStartAt1=True)
        self.send("attach", justMyCode=False)
        self.event("initialized")
        self.ask("setBreakpoints", source={"path": str(code)}, breakpoints=[{"line": number}])
        self.ask("configurationDone")
        acting = threading.Thread(target=act)
        acting.start()
        thread = self.event("stopped")["threadId"]
        frame = self.ask("stackTrace", threadId=thread)["stackFrames"][0]
        assert number == frame["line"]
        seen: str = self.ask("evaluate", expression=expression, frameId=frame["id"])["result"]
        time.sleep(1.5)
        self.ask("continue", threadId=thread)
        acting.join(60)
        self.close()
        return seen


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
