"""A site on this machine that scenarios call: it says what it was sent, as Werkzeug reads it."""

from __future__ import annotations

import threading
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from affidavit.plugin import ActionContext, ScenarioRun
from affidavit_harness.actions.http_actions import HttpRequest, request


class Site:
    """Listens until it is closed; `answer` makes the response."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.answer = lambda _: Response("ok")
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _app(self, environ: Any, start: Any) -> Any:
        asked = Request(environ)
        asked.get_data(parse_form_data=True)
        self.seen.append(asked)
        return self.answer(asked)(environ, start)

    def ask(self, path: str = "/x", **more: Any) -> Any:
        return request(HttpRequest(url=f"http://site.test:{self.port}{path}", **more), self.context)

    @property
    def context(self) -> ActionContext:
        return ActionContext(
            run=ScenarioRun("0" * 26, "s", "c", "local", 0, 0),
            read_only=False,
            hosts=(f"site.test:{self.port}", "virtual.test"),
            loopback=True,
            client=lambda _: None,
            function=lambda _: None,
            runtime=lambda: None,
            resolve=lambda *_: ["127.0.0.1"],
            left_s=lambda: 5,
            now_ms=lambda: 0,
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
