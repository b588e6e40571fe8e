"""How the console is opened: with which evidence, at which address, and what it may ask."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit_reports import console_command, pack_command
from affidavit_reports.console import state
from command_line import Terminal


def test_a_console_is_opened_on_what_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each reading of a ledger is on record; other commands get the options that are theirs."""
    monkeypatch.chdir(tmp_path)
    for name in ("key.pem", "names.csv", "rules.toml"):
        (tmp_path / name).write_text("")
    for name in ("lake", "state"):
        (tmp_path / name).mkdir()
    begun: list[dict[str, Any]] = []
    read: list[tuple[Any, ...]] = []
    asked: list[tuple[Any, ...]] = []
    served: list[tuple[Any, ...]] = []
    session = SimpleNamespace(
        ledger=lambda: "the ledger",
        archive=lambda: ("the archive", "work"),
        settings=SimpleNamespace(tenant="t"),
        plugins="plugins",
    )
    replaced: dict[str, Any] = {
        "begin": lambda **given: begun.append(given) or session,
        "read_names": lambda path: {"names of": str(path)},
        "read_public_key": lambda path: f"key of {path}",
        "named": lambda *given: given,
        "record_reading": lambda *given: read.append(given),
        "ask_command": lambda *given: asked.append(given) or "table",
        "Console": lambda *given: given,
        "_serve": lambda *given: served.append(given),
    }
    for name, one in replaced.items():
        monkeypatch.setattr(console_command, name, one)
    terminal = Terminal(capsys, tmp_path)
    least = ("console", "--archive", "file:///a", "--public-key", "key.pem")
    said = terminal(
        *(*least, "--ledger", "l", "--tenant", "t", "--lake", "lake", "--names", "names.csv"),
        *("--state", "state", "--rules", "rules.toml", "--port", "7"),
    )
    bare = terminal(*least, "--output", "json")

    assert (0, "The console has ended.\n", {"ended": True}) == (said.code, said.out, bare.data)
    assert [
        {"archive": "file:///a", "ledger": "l", "tenant": "t"},
        {"archive": "file:///a", "ledger": None, "tenant": ""},
    ] == begun
    (((whole, looked, ask), port), ((part, unseen, alone), none)) = served
    assert (7, 0) == (port, none)
    assert (
        *("the archive", "key of key.pem", Path("lake"), "the ledger", "t"),
        ({"names of": "names.csv"}, "the ledger", ["t"]),
    ) == (whole.archive, whole.verifier, whole.lake, whole.ledger, whole.tenant, whole.names)
    assert (None, None, ({}, None, ["t"])) == (part.lake, part.ledger, part.names)
    looked("search")
    unseen("search")
    assert [(session, "the ledger", "LEDGER_CONSOLE_SEARCH")] == read
    for one in (ask, alone):
        assert "table" == one("Runs", ["scenario", "runs"])
        one("Line", ["release", "status"])
    assert [
        ("plugins", "Runs", ["scenario", "runs"], ("--state", "state")),
        ("plugins", "Line", ["release", "status"], ("--rules", "rules.toml", "--ledger", "l")),
        ("plugins", "Runs", ["scenario", "runs"], ()),
        ("plugins", "Line", ["release", "status"], ()),
    ] == asked


def test_the_address_is_told_and_opens_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On this machine alone; the server says of itself no more than it must."""
    configured: list[Any] = []
    ran: list[socket.socket] = []

    class Server:
        def __init__(self, config: Any) -> None:
            configured.append(config)

        def run(self, *, sockets: list[socket.socket]) -> None:
            ran.extend(sockets)
            assert "127.0.0.1" == sockets[0].getsockname()[0]
            with socket.create_connection(sockets[0].getsockname(), timeout=5):
                pass

    monkeypatch.setattr(console_command.uvicorn, "Server", Server)
    application = SimpleNamespace(token="the-token", app=lambda: "app")  # noqa: S106 - of nobody
    listening = console_command._listen(0)
    port = listening.getsockname()[1]
    assert 0 != listening.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    with pytest.raises(SettingsError) as caught:
        console_command._listen(port)
    assert ("the console cannot listen", f"binding port {port} raised OSError") == (
        *(caught.value.what, caught.value.why),
    )
    listening.close()
    console_command._serve(application, port)  # type: ignore[arg-type]
    assert (
        "The console is open until Ctrl-C. Its address works once:\n"
        f"http://127.0.0.1:{port}/open?token=the-token\n"
    ) == capsys.readouterr().out
    (config,) = configured
    assert ("app", "warning", False, False) == (
        *(config.app, config.log_level, config.access_log, config.server_header),
    )
    assert -1 == ran[0].fileno()


def test_a_verification_tells_how_far_it_is_and_how_it_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is raised, it runs no more; no text of a library is repeated."""
    seen: list[Any] = []

    def verifies(evidence: Any, **given: Any) -> str:
        seen.append((evidence.archive, evidence.verifier, given["max_age_s"], given["workers"]))
        given["progress"](7)
        seen.append((run.records, run.running))
        return "clean"

    def refuses(*_: Any, **__: Any) -> Any:
        raise SettingsError("it cannot be read", why="planted", fix="Mend it")

    def breaks(*_: Any, **__: Any) -> Any:
        raise ValueError("hunter2")

    ends = [
        (verifies, "clean", ""),
        (refuses, None, "it cannot be read: planted"),
        (breaks, None, "it ended with ValueError"),
    ]
    for act, verdict, failed in ends:
        monkeypatch.setattr(state, "verify", act)
        run = state.Verification(running=True)
        state.Evidences("archive", "verifier")._verify(run)  # type: ignore[arg-type]
        assert (verdict, failed, False) == (run.verdict, run.failed, run.running)
    assert [("archive", "verifier", None, 1), (7, True)] == seen


def test_the_verifier_of_a_pack_is_the_packed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a wheel; in a clone it is the page's."""
    clone = Path(pack_command.__file__).resolve().parents[3] / "docs" / "verify_offline.py"
    monkeypatch.setattr(pack_command.resources, "files", lambda _: tmp_path)
    assert clone.read_text("utf-8") == pack_command.verifier_program()
    (tmp_path / "verify_offline.py").write_text("packed")
    assert "packed" == pack_command.verifier_program()
