"""Looking into a shared ledger is itself on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloud import Cloud
from command_line import Terminal


@pytest.fixture
def terminal(cloud: Cloud, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    """A command line over a DynamoDB ledger."""
    found = Terminal(capsys, tmp_path)
    found.ledger = cloud.environ["AFFIDAVIT_LEDGER"]
    return found


def _actions(terminal: Terminal) -> list[str]:
    lines = terminal("export", "--ledger", terminal.ledger).out.splitlines()
    return [record["act"] for record in map(json.loads, lines) if record["ph"] == "D"]


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (("who", "--actor", "w", "--on", "today"), "LEDGER_WHO"),
        (("verify",), "LEDGER_VERIFY"),
        (("export",), "LEDGER_EXPORT"),
    ],
)
def test_every_look_leaves_a_record(
    command: tuple[str, ...], action: str, terminal: Terminal
) -> None:
    """PCI DSS 10.2.1.3: access to all audit logs."""
    terminal.invoke(1, AFFIDAVIT_PLUGINS="dynamodb,ledger,policy,sqlite")
    said = terminal(*command, "--ledger", terminal.ledger)
    assert 0 == said.code, said.err
    assert action in _actions(terminal)
    assert 0 == terminal("verify", "--ledger", terminal.ledger).code
