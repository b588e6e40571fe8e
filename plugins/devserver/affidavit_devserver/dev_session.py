"""One run of the dev server: start what it needs, serve until it is told to end, end it all."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affidavit_devserver.caller import read_claims
from affidavit_devserver.debugging import Debugger, read_debugger
from affidavit_devserver.dev_functions import DevFunctions
from affidavit_devserver.http_front import DevServer, Happening, listen
from affidavit_devserver.live_feed import LiveFeed
from affidavit_devserver.live_page import send_request
from affidavit_devserver.local_sources import local_sources
from affidavit_devserver.source_tree import watch
from affidavit_devserver.terminal_view import lines_of
from affidavit_service.read_event import read_payload


class DevSession:
    """Serves one service from here until Ctrl-C."""

    def __init__(
        self,
        path: Path,
        environment: str,
        port: int,
        *,
        ledger: str,
        claims: Path | None,
        origins: Sequence[str],
        debug: str | None,
    ) -> None:
        """Read what can be wrong before anything is started.

        Raises:
            SettingsError: The claims or the debugger cannot be used.

        """
        self._path, self._environment, self._port = path, environment, port
        self._ledger = (path.parent / ledger).resolve()
        self._debugger = read_debugger(debug)
        said = claims or path.parent / "claims.json"
        self._claims = read_claims(said) if claims or said.is_file() else None
        self._origins = tuple(origins)
        self._feed = LiveFeed()

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        with self._served() as (server, port):
            _write("\n".join(_welcome(server.functions, port, self._debugger)))
            functions = server.functions
            _in_background(watch, functions.service.folder, functions.refresh, stopping)
            if sys.stdin.isatty() and not (self._debugger and not self._debugger.port):
                _in_background(_read_lines, server)
            with contextlib.suppress(KeyboardInterrupt):
                stopping.wait()
            stopping.set()

    @contextlib.contextmanager
    def _served(self) -> Iterator[tuple[DevServer, int]]:
        with contextlib.ExitStack() as held:
            variables = held.enter_context(local_sources(self._path, self._environment, self._note))
            functions = DevFunctions(
                self._path,
                self._environment,
                self._ledger,
                variables=variables,
                debugger=self._debugger,
                told=self._note,
            )
            held.callback(functions.close)
            server = DevServer(
                functions, self._feed, claims=self._claims, origins=self._origins, told=_show
            )
            listening = listen(server, self._port)
            held.callback(listening.server_close)
            held.callback(self._feed.close)
            yield server, listening.server_port

    def _note(self, text: str) -> None:
        _write(text)
        self._feed.tell("note", text)


def _show(happening: Happening) -> None:
    _write("\n".join(lines_of(happening)))


def _in_background(act: Any, *arguments: Any) -> None:
    threading.Thread(target=act, args=arguments, daemon=True).start()


def _read_lines(server: DevServer) -> None:
    """Read lines: a function's name, and what the event carries."""
    for line in sys.stdin:
        name, _, body = line.strip().partition(" ")
        if name:
            carried = read_payload(body) if body else None
            asked = json.dumps({"function": name, "body": carried}).encode()
            answer = send_request(server, asked)
            if answer.status != 200:  # noqa: PLR2004 - HTTP
                _write(json.loads(answer.body)["message"])


def _welcome(functions: DevFunctions, port: int, debugger: Debugger | None) -> Iterator[str]:
    service = functions.service
    yield f"{service.about.name} at http://127.0.0.1:{port}, live at /_affidavit; Ctrl-C ends it"
    for name, function in service.functions.items():
        kinds = ", ".join(getattr(one, "route", one.type) for one in function.triggers)
        yield f"  {name:20} {kinds or 'no trigger'}"
        if debugger is not None and debugger.port:
            yield f"  {'':20} waits for debugpy on port {debugger.port_of(name, service)}"
    if debugger is not None:
        yield "  unsafe: no timeout, and each record says debug"


def _write(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
