"""What a command works on, and what it says on the way."""

from __future__ import annotations

import getpass
import io
from pathlib import Path
from typing import Any

import pytest

from affidavit import LedgerKeyError, SettingsError
from affidavit_ledger import session as module
from affidavit_ledger.session import RecordCounter, archive_days, begin, read_requests, system_user
from affidavit_ledger.who import moment, window


class Screen(io.StringIO):
    """A stderr that is a terminal, or is none."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_records_are_counted_once_a_second_and_for_people_only(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, which ends before anything else is said."""
    screen, now = Screen(terminal=terminal), [100.0]
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    counter = RecordCounter()
    counter.done()
    for at, records in ((101.0, 1), (101.1, 2), (102.1, 3), (102.2, 4), (200.0, 5)):
        now[0] = at
        counter(records)
    counter.done()
    shown = "\r2 records checked\r4 records checked\r5 records checked\n"
    assert (shown if terminal else "") == screen.getvalue()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("a\n b \n\n\tc\n", {"a", "b", "c"}),
        ('{"requestId": "a"}\n{"requestId": 7}\n{"other": 1}\n', {"a", "7"}),
        ("{", None),
        ("[1]\n{[}", None),
    ],
)
def test_a_list_of_requests_is_read_line_by_line(
    text: str, found: set[str] | None, tmp_path: Path
) -> None:
    """Ids, or JSON lines that have one."""
    (tmp_path / "list").write_text(text)
    if found is None:
        with pytest.raises(SettingsError, match="the list of requests cannot be used"):
            read_requests(tmp_path / "list")
    else:
        assert found == read_requests(tmp_path / "list")


def test_options_stand_in_place_of_variables() -> None:
    """What is empty stands for nothing; of several ledgers each has settings of its own."""
    said = {"AFFIDAVIT_LEDGER": "sqlite:///a.db", "AFFIDAVIT_TENANT": "north"}
    plain = begin(said, archive=None, tenant="")
    assert ("/a.db", None, "north", True, ()) == (
        *(plain.settings.ledger.path, plain.settings.archive, plain.settings.tenant),
        *(plain.ledger_named, plain.more),
    )
    several = begin(said, ledgers=("sqlite:///b.db", "sqlite:///c.db"), archive="file:///x")
    assert several.settings.archive is not None
    assert ("/b.db", ["/c.db"], "/x", True) == (
        *(several.settings.ledger.path, [one.ledger.path for one in several.more]),
        *(several.settings.archive.path, several.ledger_named),
    )
    assert ["north"] == [one.tenant for one in several.more]
    assert not begin({}).ledger_named
    assert {"hipaa": 2192, "baseline": 365} == {
        name: archive_days(begin({"AFFIDAVIT_POLICY": name})) for name in ("hipaa", "baseline")
    }


@pytest.mark.parametrize(
    ("witness", "archive", "signs"),
    [(None, False, 0), ("file:///tmp/w", True, 0), ("https://w.example/?key=x", False, 1)],
)
def test_a_witness_keeps_copies_or_signs(witness: str | None, archive: bool, signs: int) -> None:
    """By its address."""
    session = begin({} if witness is None else {"AFFIDAVIT_WITNESS": witness})
    assert archive == (session.witness() is not None)
    if signs:
        with pytest.raises(LedgerKeyError):
            session.witnesses()
    else:
        assert () == session.witnesses()
    assert session.tsa() is None


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_who_has_no_name_here_is_unknown(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container without a list of users."""

    def nobody() -> str:
        raise error

    assert getpass.getuser() == system_user()
    monkeypatch.setattr(module.getpass, "getuser", nobody)
    assert "unknown" == system_user()


NOT_A_DATE = (
    *("2026-1-23", "2026-01-32", "2026-02-30", "soon", "2026-01-23T", "2026-01-23T12", "20260123"),
    *("2026-01-23T12:00:00.0Z", "2026-01-23T12:00z", " 2026-01-23"),
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((None, None, None), ("0000", "9999")),
        (("2026-01-31", None, None), ("2026-01-31T", "2026-02-01T")),
        ((None, "2026-01-23", None), ("2026-01-23T", "9999")),
        ((None, None, "2026-01-23"), ("0000", "2026-01-23T")),
        ((None, "2026-01-23", "2026-01-23T12:00Z"), ("2026-01-23T", "2026-01-23T12:00")),
        (
            (None, "2026-01-23T12:00:01", "2026-01-23T12:00:01.001Z"),
            ("2026-01-23T12:00:01", "2026-01-23T12:00:01.001"),
        ),
        ((None, "2026-01-23", "2026-01-23"), None),
        ((None, "2026-01-24", "2026-01-23"), None),
        (("2026-01-23", "2026-01-23", None), None),
        (("2026-01-23", None, "2026-01-23"), None),
        *(((None, text, None), None) for text in NOT_A_DATE),
        *(((text, None, None), None) for text in NOT_A_DATE if "-" in text),
    ],
    ids=str,
)
def test_a_window_of_time_is_half_open(asked: Any, found: tuple[str, str] | None) -> None:
    """A day ends where the next begins; times are UTC."""
    if found is None:
        with pytest.raises(SettingsError):
            window(*asked)
    else:
        assert found == window(*asked)


def test_no_moment_is_none() -> None:
    """And a day is a moment with its T."""
    assert moment(None, "--at") is None
    assert "2026-01-23T" == moment("2026-01-23", "--at")
