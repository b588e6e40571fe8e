"""Salts of subjects in a file of their own."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from affidavit import LedgerUnavailableError
from affidavit.plugin import Token
from affidavit_sqlite.subjects import SqliteSubjects

ALICE, BOB = Token("a" * 32), Token("b" * 32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where salts are kept."""
    return tmp_path / "subjects ?#.db"


@pytest.fixture
def subjects(file: Path) -> SqliteSubjects:
    """Salts in it."""
    return SqliteSubjects(file)


def test_a_salt_is_made_once(subjects: SqliteSubjects, file: Path) -> None:
    """And is the same for every process."""
    assert "one" == subjects.keep(ALICE, "one", timeout_s=5)
    assert "one" == subjects.keep(ALICE, "two", timeout_s=5)
    assert "one" == SqliteSubjects(file).keep(ALICE, "three", timeout_s=5)
    assert "one" == subjects.read(ALICE)
    assert "two" == subjects.keep(BOB, "two", timeout_s=5)


def test_reading_makes_none(subjects: SqliteSubjects) -> None:
    """Nobody has a salt before a record about them."""
    assert subjects.read(ALICE) is None
    assert subjects.read(ALICE) is None


def test_what_is_destroyed_is_gone(subjects: SqliteSubjects, file: Path) -> None:
    """Its bytes too: deleted pages are overwritten."""
    salt = subjects.keep(ALICE, "a salt like no other", timeout_s=5)
    assert salt.encode() in file.read_bytes()

    assert subjects.destroy(ALICE)
    assert not subjects.destroy(ALICE)
    assert subjects.read(ALICE) is None
    assert salt.encode() not in file.read_bytes()
    assert "another" == subjects.keep(ALICE, "another", timeout_s=5)


def test_of_two_at_once_the_first_counts(subjects: SqliteSubjects) -> None:
    """Or one subject would have two tokens."""
    found: list[str] = []

    def make(salt: str) -> None:
        found.append(subjects.keep(ALICE, salt, timeout_s=5))

    threads = [threading.Thread(target=make, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8 == len(found)
    assert 1 == len(set(found))


@pytest.mark.parametrize("what", ["folder", "words"])
def test_a_file_that_is_none_is_named(file: Path, what: str) -> None:
    """Without a salt there is no token, so there is no answer."""
    if what == "folder":
        file.mkdir()
    else:
        file.write_text("this is no database at all" * 100)
    subjects = SqliteSubjects(file)
    for act in (subjects.read, lambda place: subjects.keep(place, "salt", timeout_s=5)):
        with pytest.raises(LedgerUnavailableError, match="salts of subjects cannot be had"):
            act(ALICE)


def test_the_file_holds_no_name(subjects: SqliteSubjects, file: Path) -> None:
    """Keys are tokens; whoever has this file alone cannot say whose salts they are."""
    subjects.keep(ALICE, "salt", timeout_s=5)
    with closing(sqlite3.connect(file)) as connection:
        (row,) = connection.execute("select * from salts").fetchall()

    assert ALICE == row[0]
