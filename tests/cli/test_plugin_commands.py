"""`affidavit plugins list`, and a plugin that is broken beside all others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from command_line import Terminal
from own_process import run_affidavit


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal on a laptop where a broken plugin is installed."""
    for name in [name for name in os.environ if name.startswith("AFFIDAVIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    site = _site(tmp_path)
    monkeypatch.syspath_prepend(site)
    return Terminal(capsys, tmp_path)


def _site(folder: Path) -> Path:
    """Return a folder in which a distribution lies whose plugin cannot be imported."""
    site = folder / "site"
    info = site / "acme_audit-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_audit\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[affidavit]\nacme = acme_audit\n")
    (site / "acme_audit.py").write_text("raise RuntimeError('postgres://admin:hunter2@db')\n")
    return site


def test_a_broken_plugin_is_listed_with_the_type_of_what_it_raised(terminal: Terminal) -> None:
    """For people and for programs, and without the text of the exception."""
    said, table = terminal("plugins", "list", "--output", "json"), terminal("plugins", "list")
    failed = {item["name"]: item["failed"] for item in said.data if item["failed"]}
    (found,) = (item for item in said.data if item["name"] == "acme")

    assert (0, 0) == (said.code, table.code)
    assert {"acme": "RuntimeError"} == failed
    assert ([], []) == (found["missing"], found["hooks"])
    assert 12 <= len(said.data)
    assert "unavailable: its import raised RuntimeError" in table.out
    assert "hunter2" not in said.out + table.out


def test_the_doctor_says_what_to_do(terminal: Terminal) -> None:
    """It is something to mend, and nothing else is."""
    said = terminal("doctor", "--output", "json")

    assert 1 == said.code
    wrong = {item["what"]: item["fix"] for item in said.data if not item["ok"]}
    assert {"plugin acme"} == wrong.keys()
    assert "uninstall plugin acme" in wrong["plugin acme"]


@pytest.mark.parametrize(
    "command",
    [
        ("policy", "list"),
        ("ledger-that-is-none",),
        ("schema", "events"),
        ("plugins", "--help"),
        ("verify", "--help"),
    ],
    ids=" ".join,
)
def test_other_commands_do_what_they_do_without_it(
    command: tuple[str, ...], terminal: Terminal, tmp_path: Path
) -> None:
    """In a process of their own, with and without the broken distribution."""
    codes, outputs, inherited = [], [], os.environ.get("PYTHONPATH", "")
    for site in ("", str(tmp_path / "site")):
        path = os.pathsep.join(filter(None, [site, inherited]))
        environ = {**os.environ, "PYTHONPATH": path}
        done = run_affidavit(*command, folder=terminal.folder, environ=environ)
        codes.append(done.returncode)
        outputs.append(done.stdout + done.stderr)

    assert codes[0] == codes[1]
    assert outputs[0] == outputs[1]
    assert (2 if command == ("ledger-that-is-none",) else 0) == codes[0]
