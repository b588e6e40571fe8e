"""`affidavit doctor --ledger`: what is no longer as it was set up shows, each thing by itself."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from affidavit._records.local_keys import LocalKeys
from affidavit.plugin import Ledger, now_ms
from affidavit_cli import doctor_command
from affidavit_ledger.ledger_drift import Drift, look
from command_line import Terminal
from evidence_world import Table


class Watched:
    """A ledger whose sealer is at work, and what the doctor says."""

    def __init__(self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminal, self.set = terminal, monkeypatch.setenv
        for name in ("ledger", "archive", "signer"):
            self.set(f"AFFIDAVIT_{name.upper()}", getattr(terminal, name))
        terminal.invoke(1)
        self.seal()

    def seal(self) -> None:
        assert 0 == self.terminal("seal").code

    def says(self) -> dict[str, str]:
        said = self.terminal("doctor", "--ledger", "--output", "json")
        found = {one["what"]: one["found"] for one in said.data if not one["ok"]}
        assert bool(found) == said.code, said.err
        return found


@pytest.fixture
def watched(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(terminal, monkeypatch)


def test_nothing_has_drifted(watched: Watched) -> None:
    """Of several processes of one function, and of commands, which are none."""
    watched.terminal.invoke(2)
    assert 0 == watched.terminal("ledger", "rotate").code
    watched.terminal.invoke(1)
    watched.seal()
    assert {} == watched.says()


def test_functions_that_differ_from_the_others_are_named(watched: Watched) -> None:
    """By their newest chains: salts, token key, versions of policies and plugins."""
    terminal = watched.terminal
    folder = terminal.folder
    other = f"sqlite:///{folder / 'other.db'}?subjects={folder / 'subjects.db'}"
    terminal.invoke(1, AFFIDAVIT_LEDGER=other)
    said = terminal("doctor", "--ledger")
    with (
        closing(sqlite3.connect(folder / "other.db")) as source,
        closing(sqlite3.connect(folder / "ledger.db")) as target,
        target,
    ):
        rows = [
            (*row[:2], re.sub(rb'"fn":"[^"]*"', b'"fn":"second"', row[2]), *row[3:])
            for row in source.execute("select * from records")
        ]
        target.executemany("insert into records values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    found = watched.says()
    assert 0 == said.code
    assert {"salts", "token key"} == set(found)
    assert found["salts"].startswith("0: ")
    assert "1: second" in found["salts"]


def test_an_index_that_is_gone_is_named(watched: Watched) -> None:
    """And a trigger."""
    with closing(sqlite3.connect(watched.terminal.folder / "ledger.db")) as connection, connection:
        connection.execute("drop index records_by_actor")
    assert {"table": "records_by_actor is not there"} == watched.says()


def test_a_sealer_that_stands_still_is_named(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its newest checkpoint, and by what it has not sealed."""
    watched.terminal.invoke(1)
    later = now_ms() + 20 * 60_000
    monkeypatch.setattr(doctor_command, "now_ms", lambda: later)
    found = watched.says()
    assert {"sealer", "seal"} == set(found)
    assert found["seal"].startswith("3 record(s) older than 0:10:00")
    monkeypatch.undo()
    watched = Watched(watched.terminal, monkeypatch)
    assert {} == watched.says()
    (watched.terminal.folder / "archive" / "work" / "state.json").write_text("{}")
    assert {"sealer": "its notes cannot be read"} == watched.says()


def test_a_clock_that_is_ahead_is_named(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of the future: nobody who asks for today finds them."""
    earlier = now_ms() - 120_000
    monkeypatch.setattr(doctor_command, "now_ms", lambda: earlier)
    assert watched.says()["clock"].startswith("3 record(s) in the future")


def test_a_table_that_says_how_it_is_set_up_is_asked() -> None:
    """What it says is named beside the rest, with what to do."""

    class Reader(Table):
        def misconfigured(self) -> Iterator[str]:
            yield "its rows never expire"

    reader = Reader()
    ledger = Ledger(store=reader, keys=LocalKeys(bytes(32)), reader=reader)
    fix = "Apply the deployment's Terraform again"
    assert [Drift("table", "its rows never expire", fix)] == look(ledger, None, None, now_ms=0)
