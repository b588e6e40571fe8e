"""The drills of docs/drills.md, played with the commands that stand there."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from affidavit.plugin import Entry, WriterId
from affidavit_sqlite.ledger import open_ledger
from affidavit_sqlite.ledger_schema import SCHEMA
from affidavit_sqlite.spill import FileSpill
from command_line import Terminal
from repository import ROOT
from runbook import PAGES, SECTIONS, Operator

HERE = Path(__file__)


class Drill(Operator):
    """A ledger with some sealed records, and a page to follow."""

    def __init__(self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(terminal, monkeypatch)
        self.set("ACTOR", "w")
        self.set("NEW_LEDGER", f"sqlite:///{terminal.folder / 'new.db'}")
        self.work(3)

    def work(self, number: int) -> None:
        """Let a handler answer, and seal."""
        self.terminal.invoke(number)
        self.run("affidavit seal")


@pytest.fixture
def drill(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Drill:
    return Drill(terminal, monkeypatch)


def test_the_sealer_stopped(drill: Drill) -> None:
    """What was written meanwhile is taken."""
    drill.terminal.invoke(2)
    told = drill.follow("The sealer stopped")
    assert "Sealed 5 record(s)" in told[0].out + told[0].err


def test_the_sealer_lost_its_notes(drill: Drill) -> None:
    """Nothing is sealed twice."""
    shutil.rmtree(drill.terminal.folder / "archive" / "work")
    told = drill.follow("The sealer lost its notes")
    assert "Sealed 0 record(s)" in told[0].out + told[0].err


def test_the_ledger_could_not_be_written(drill: Drill) -> None:
    """Records that were spilled are put where they belong."""
    folder = drill.terminal.folder
    other = f"sqlite:///{folder / 'other.db'}"
    (folder / "other.db.key").write_bytes((folder / "ledger.db.key").read_bytes())
    (folder / "other.db.key").chmod(0o600)
    drill.terminal.invoke(2, AFFIDAVIT_LEDGER=other)
    reader = open_ledger(urlsplit(other)).reader
    spill = FileSpill(folder / "spill")
    entries = [entry for writer in reader.writers() for entry in reader.entries(writer)]
    spill.keep(entries, timeout_s=5)
    drill.set("AFFIDAVIT_LEDGER", f"{drill.terminal.ledger}?spill={folder / 'spill'}")
    assert ["waiting"] == drill.finds()
    drill.follow("The ledger could not be written")


def test_salts_cannot_be_had(drill: Drill) -> None:
    """What was answered meanwhile is found by the name again, and can be forgotten."""
    folder = drill.terminal.folder
    (folder / "no salts").mkdir()
    ledger = f"{drill.terminal.ledger}?spill={folder / 'spill'}&subjects={folder}"
    drill.set("AFFIDAVIT_LEDGER", f"{ledger}/salts.db")
    drill.set("SUBJECT", "A1")
    drill.terminal.invoke(1, AFFIDAVIT_LEDGER=f"{ledger}/salts.db")
    drill.terminal.invoke(1, AFFIDAVIT_LEDGER=f"{ledger}/no%20salts")
    told = drill.follow("Salts cannot be had")
    assert "1 salt(s) replayed" in told[0].out + told[0].err
    assert "5 access(es)" in told[1].out + told[1].err  # three of them without a salt
    drill.run("affidavit shred A1 --yes")
    assert "3 access(es)" in drill.run("affidavit who --subject A1").out


def test_the_table_is_lost(drill: Drill) -> None:
    """It is made anew from the archive."""
    for file in drill.terminal.folder.glob("ledger.db*"):
        if not file.name.endswith(".key"):
            file.unlink()
    told = drill.follow("The table is lost, or was restored from a backup")
    assert "7 record(s) put back" in told[0].out + told[0].err


def test_the_ledger_moves(drill: Drill) -> None:
    """With its key, and what has not expired."""
    folder = drill.terminal.folder
    (folder / "new.db.key").write_bytes((folder / "ledger.db.key").read_bytes())
    (folder / "new.db.key").chmod(0o600)
    drill.terminal.invoke(1)
    drill.follow("The ledger moves")


def test_the_signing_key_changes(drill: Drill) -> None:
    """And the log is one."""
    drill.follow("The signing key changes")
    drill.work(1)
    assert [] == drill.finds()


def test_a_row_is_no_record(drill: Drill) -> None:
    """It is named, never sealed, and stays behind when the ledger moves."""
    folder = drill.terminal.folder
    junk = Entry(WriterId("x" * 22), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")
    open_ledger(urlsplit(drill.terminal.ledger)).store.append([junk], timeout_s=5)
    drill.run("affidavit seal")
    assert "unreadable" in drill.finds()
    (folder / "new.db.key").write_bytes((folder / "ledger.db.key").read_bytes())
    (folder / "new.db.key").chmod(0o600)
    drill.follow("A row is no record")


@pytest.mark.parametrize("name", ["ledger.db.key", "sealer.key"])
def test_a_key_is_not_at_hand(name: str, drill: Drill) -> None:
    """Nothing is made in its place; once it is back, everything is as before."""
    file = drill.terminal.folder / name
    kept = file.rename(drill.terminal.folder / "kept")
    line = "seal" if name == "sealer.key" else "verify --public-key sealer.pub"
    assert 3 == drill.run(f"affidavit {line}").code
    assert not file.exists()
    kept.rename(file)
    drill.follow("A key is not at hand")


def test_a_new_version_is_deployed(drill: Drill) -> None:
    """Its sealer does not know the notes of the one before, and finds where the log stands."""
    state = drill.terminal.folder / "archive" / "work" / "state.json"
    state.write_bytes(state.read_bytes().replace(b'"format": 3', b'"format": 2'))
    told = drill.follow("A new version is deployed")
    assert "Sealed 0 record(s)" in told[1].out + told[1].err


def test_something_has_drifted(drill: Drill) -> None:
    """It is named; once it is mended, the page's commands pass."""
    path = drill.terminal.folder / "ledger.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("drop index records_by_actor")
    said = drill.run("affidavit doctor --ledger")
    assert (1, True) == (said.code, "records_by_actor is not there" in said.out)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
    drill.follow("Something has drifted")


def test_a_clock_is_wrong(drill: Drill) -> None:
    """What it dated is found under that date, sealed, and named until the date has come."""
    drill.terminal.invoke(1, ahead_ms=3_600_000)
    assert "in the future" in drill.drifted()
    told = drill.follow("A clock is wrong")
    assert "4 delivery(ies)" in told[0].out + told[0].err
    assert "in the future" in drill.drifted()


def test_salts_were_restored(drill: Drill) -> None:
    """Who was forgotten stays so."""
    salts = drill.terminal.folder / "salts.db"
    drill.set("AFFIDAVIT_LEDGER", f"{drill.terminal.ledger}?subjects={salts}")
    drill.terminal.invoke(1, AFFIDAVIT_LEDGER=f"{drill.terminal.ledger}?subjects={salts}")
    backup = salts.read_bytes()
    drill.run("affidavit shred A1 --yes")
    for extra in drill.terminal.folder.glob("salts.db-*"):
        extra.unlink()
    salts.write_bytes(backup)
    assert 1 == drill.run("affidavit erasure check").code
    drill.follow("Salts were restored")
    assert 0 == drill.run("affidavit erasure check").code


def test_retention_is_reviewed(drill: Drill) -> None:
    """Nothing is old yet, so nothing goes."""
    told = drill.follow("Retention is reviewed")
    assert "0 object(s) and 0 row(s) removed" in told[1].out + told[1].err


def test_a_log_of_years_is_verified(drill: Drill) -> None:
    """From the mark, and from the beginning."""
    drill.follow("A log of years is verified")
    drill.work(2)
    told = drill.follow("A log of years is verified")
    assert "was checked before" in told[0].out + told[0].err


def test_every_drill_of_the_page_is_played() -> None:
    """By a test that follows its section: here, or on the stand-in for AWS."""
    there = ROOT / "tests/plugins/dynamodb/test_drills.py"
    played = [re.findall(r'\.follow\(\s*"([^"]+)"', text.read_text()) for text in (HERE, there)]
    assert set(SECTIONS) == {title for titles in played for title in titles}
    drills = "".join(page.read_text() for page in PAGES[:2])
    assert {"Erasure"} == set(re.findall(r"\n## (.+)", drills)) - set(SECTIONS)
