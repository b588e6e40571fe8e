"""A service of `affidavit new`, served on a free port."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affidavit_devserver.dev_functions import DevFunctions
from affidavit_devserver.http_front import DevServer, Happening, listen
from affidavit_devserver.live_feed import LiveFeed
from affidavit_scaffold.project_template import Project, render
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
    files = render(Project("shop", template, "baseline"))
    write_new(folder, files, "{}")
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
