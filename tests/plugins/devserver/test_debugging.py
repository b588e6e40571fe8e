"""A debugger looks into a function on this machine, and each record says so."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit_devserver.debugging import Debugger, read_debugger
from devserver_parts import make_project, serve

ITEM = "/items/I-100001"


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_debugger_stops_sees_and_goes_on(tmp_path: Path) -> None:
    """A real debugpy client: breakpoint, variables, continue; the record says `debug`."""
    definition = make_project(tmp_path / "shop")
    # The definition's timeout would end a function that somebody looks at.
    definition.write_text(
        definition.read_text().replace("[defaults]\n", "[defaults]\ntimeout_s = 1\n")
    )
    port = _free_port()
    with serve(definition, claims={"sub": "ada"}, debugger=Debugger(port)) as served:
        code = served.folder / "src/shop/handler.py"
        line = code.read_text().splitlines().index("    return find_item(context, request.id)") + 1
        client = DebugClient(port)
        client.ask("initialize", adapterID="tests", linesStartAt1=True)
        client.send("attach", justMyCode=False)
        client.event("initialized")
        client.ask("setBreakpoints", source={"path": str(code)}, breakpoints=[{"line": line}])
        client.ask("configurationDone")
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(served.ask("GET", ITEM)))
        asking.start()
        stopped = client.event("stopped")
        frames = client.ask("stackTrace", threadId=stopped["threadId"])["stackFrames"]
        seen = client.ask("evaluate", expression="request.id", frameId=frames[0]["id"])
        time.sleep(1.5)  # longer than the function's timeout
        client.ask("continue", threadId=stopped["threadId"])
        asking.join(60)
        client.close()

        assert ("read", line) == (frames[0]["name"], frames[0]["line"])
        assert "'I-100001'" == seen["result"]
        assert 200 == answers[0][0]
        assert [["debug"], ["debug"]] == [
            one["unsafe"] for one in served.happenings[-1].call.records
        ]


def test_without_a_debugger_no_record_is_unsafe(tmp_path: Path) -> None:
    """The word stands where it is true."""
    with serve(make_project(tmp_path / "shop"), claims={"sub": "ada"}) as served:
        served.ask("GET", ITEM)

        assert not any("unsafe" in one for one in served.happenings[-1].call.records)


def test_a_breakpoint_in_the_terminal_needs_no_editor(tmp_path: Path) -> None:
    """`--debug terminal`: pdb speaks with the terminal, not with the function's output."""
    debugger = read_debugger("terminal")
    assert Debugger(0) == debugger
    with serve(make_project(tmp_path / "shop"), claims={"sub": "ada"}, debugger=debugger) as served:
        served.edit(
            "    return find_item",
            "    import sys; print(sys.breakpointhook)\n    return find_item",
        )
        served.ask("GET", ITEM)

        assert any("_hook" in line for line in served.happenings[-1].call.log)


@pytest.mark.parametrize("given", ["80", "70000", "yes", "-1", ""])
def test_another_word_is_refused(given: str) -> None:
    """With what can be written."""
    with pytest.raises(SettingsError, match="cannot be used"):
        read_debugger(given)


def test_functions_have_ports_one_after_another(tmp_path: Path) -> None:
    """So that an editor can look into each."""
    assert None is read_debugger(None)
    assert Debugger(5678) == read_debugger("5678")
