"""Looking into a shared ledger is itself on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloud import Cloud, make_tables
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


def _seal(terminal: Terminal, ledger: str) -> None:
    said = terminal(
        *("seal", "--ledger", ledger, "--archive", terminal.archive),
        *("--signer", terminal.signer),
    )
    assert 0 == said.code, said.err


def _clean(terminal: Terminal, ledger: str) -> int:
    said = terminal(
        *("verify", "--ledger", ledger, "--archive", terminal.archive, "--output", "json"),
        *("--public-key", str(terminal.folder / "sealer.pub")),
    )
    assert (0, {}) == (said.code, said.data["counts"]), said.err
    return int(said.data["records"])


def test_a_ledger_in_a_file_moves_into_a_table(terminal: Terminal) -> None:
    """Sealed or not; who asks finds what was written before and since; however often it runs."""
    old = f"sqlite:///{terminal.folder / 'ledger.db'}"
    terminal.invoke(2, AFFIDAVIT_LEDGER=old)
    _seal(terminal, old)
    terminal.invoke(1, AFFIDAVIT_LEDGER=old)
    refused = terminal("ledger", "move", "--ledger", old, "--to", terminal.ledger)
    assert (3, True) == (refused.code, "cannot be opened" in refused.err)
    new = f"{terminal.ledger}&earlier={terminal.folder / 'ledger.db.key'}"
    for added, there in ((8, 0), (1, 8)):
        said = terminal("ledger", "move", "--ledger", old, "--to", new, "--output", "json")
        assert 0 == said.code, said.err
        assert (added, there) <= (said.data["added"], said.data["there"])
    terminal.invoke(1, AFFIDAVIT_LEDGER=new)
    _seal(terminal, new)
    assert 14 <= _clean(terminal, new)
    assert 3 == len(terminal("who", "--actor", "w", "--ledger", new, "--output", "json").data)


def test_a_table_that_was_restored_under_a_new_name_is_refilled(
    terminal: Terminal, cloud: Cloud
) -> None:
    """As DynamoDB restores: the old chains open by the name under which the table was."""
    terminal.invoke(2)
    _seal(terminal, terminal.ledger)
    restored = terminal.ledger.replace(cloud.table, f"{cloud.table}-restored")
    make_tables(cloud.aws("dynamodb"), f"{cloud.table}-restored", f"{cloud.subjects}-2")
    refill = (
        *("ledger", "refill", "--archive", terminal.archive, "--output", "json"),
        *("--public-key", str(terminal.folder / "sealer.pub")),
    )
    refused = terminal(*refill, "--ledger", restored)
    assert (3, True) == (refused.code, "context=" in refused.err)
    bound = f"{restored}&context={cloud.table}"
    said = terminal(*refill, "--ledger", bound)
    assert (0, 5) == (said.code, said.data["added"]), said.err
    terminal.invoke(1, AFFIDAVIT_LEDGER=bound)
    _seal(terminal, bound)
    assert 8 <= _clean(terminal, bound)
