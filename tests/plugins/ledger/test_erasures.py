"""An erasure can be shown, and one that was undone by a backup is noticed and done again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from command_line import Said, Terminal


class Forgetful:
    """A ledger with salts, and commands on it."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.salts = terminal.folder / "salts.db"
        self.ledger = f"{terminal.ledger}?subjects={self.salts}"
        terminal.invoke(2, AFFIDAVIT_LEDGER=self.ledger)

    def __call__(self, *words: str) -> Said:
        return self.terminal(*words, "--ledger", self.ledger, "--output", "json")

    def report(self) -> tuple[bool, int, int, int]:
        told = self("erasure", "report", "A1").data
        return told["known"], told["about"], told["unsalted"], len(told["erased"])


@pytest.fixture
def forgetful(terminal: Terminal) -> Forgetful:
    return Forgetful(terminal)


def test_whoever_asked_is_told(forgetful: Forgetful) -> None:
    """Before: how many records; afterwards: none, and when it was."""
    assert (True, 2, 0, 0) == forgetful.report()
    assert 0 == forgetful("shred", "A1", "--yes").code
    assert (False, 0, 0, 1) == forgetful.report()
    said = forgetful.terminal("erasure", "report", "w", "--ledger", forgetful.ledger)
    assert "2 by it" in said.out
    assert "never forgotten" in said.out
    assert "stay linkable" in said.out


def test_what_was_written_without_a_salt_is_said(forgetful: Forgetful) -> None:
    """Nobody can forget it."""
    forgetful.terminal.invoke(1)
    assert (True, 2, 1, 0) == forgetful.report()
    assert forgetful("shred", "A1", "--yes").data["unsalted"]
    assert (False, 0, 1, 1) == forgetful.report()


def test_the_record_of_an_erasure_leads_to_no_other(forgetful: Forgetful) -> None:
    """It names neither the token that the subject had, nor its salt."""
    before = forgetful.terminal("export", "--ledger", forgetful.ledger).out
    tokens = {json.loads(line).get("subj") for line in before.splitlines()} - {None}
    assert 0 == forgetful("shred", "A1", "--yes").code
    after = forgetful.terminal("export", "--ledger", forgetful.ledger).out
    (shred,) = [line for line in after.splitlines() if "SUBJECT_SHRED" in line]
    assert 1 == len(tokens)
    assert not any(token in shred for token in tokens)


def test_a_salt_that_is_back_is_noticed_and_destroyed_again(forgetful: Forgetful) -> None:
    """After a backup was restored; by nobody's name."""
    backup = forgetful.salts.with_suffix(".backup")
    shutil.copy(forgetful.salts, backup)
    assert 0 == forgetful("shred", "A1", "--yes").code
    kept = forgetful("erasure", "check")
    assert (0, 1, []) == (kept.code, kept.data["erasures"], kept.data["back"])
    for extra in forgetful.terminal.folder.glob("salts.db-*"):
        extra.unlink()
    shutil.copy(backup, forgetful.salts)
    assert (True, 2) == forgetful.report()[:2]
    back = forgetful("erasure", "check")
    assert (1, 1) == (back.code, len(back.data["back"]))
    again = forgetful("erasure", "check", "--again")
    assert (0, 1) == (again.code, len(again.data["back"]))
    assert (False, 0) == forgetful.report()[:2]
    assert 0 == forgetful("erasure", "check").code


def test_an_erasure_is_in_the_table_or_it_is_none(forgetful: Forgetful) -> None:
    """A salt that waits in the spill is held against the table, so its record must not wait too."""
    spill = forgetful.terminal.folder / "spill"
    forgetful.ledger += f"&timeout_ms=50&spill={spill}"
    with closing(sqlite3.connect(forgetful.terminal.folder / "ledger.db")) as other:
        other.execute("begin immediate")
        assert 3 == forgetful("shred", "A1", "--yes").code
    assert not spill.exists()
    assert (True, 2, 0, 0) == forgetful.report()


def test_the_doctor_says_that_salts_are_back(
    forgetful: Forgetful, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not that somebody came back who had been forgotten."""
    monkeypatch.setenv("AFFIDAVIT_LEDGER", forgetful.ledger)
    backup = forgetful.salts.with_suffix(".backup")
    shutil.copy(forgetful.salts, backup)
    assert 0 == forgetful("shred", "A1", "--yes").code
    forgetful.terminal.invoke(1, AFFIDAVIT_LEDGER=forgetful.ledger)
    assert 0 == forgetful.terminal("doctor", "--ledger").code
    for extra in forgetful.terminal.folder.glob("salts.db-*"):
        extra.unlink()
    shutil.copy(backup, forgetful.salts)
    said = forgetful.terminal("doctor", "--ledger")
    assert (1, True) == (said.code, "are back" in said.out)


def test_without_salts_there_is_nothing_to_check(terminal: Terminal) -> None:
    """Said, not passed over."""
    terminal.invoke(1)
    said = terminal("erasure", "check", "--ledger", terminal.ledger)
    assert (3, True) == (said.code, "no store of them" in said.err)
