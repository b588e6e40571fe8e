"""A subject that was met while salts could not be had is asked for by each of its salts."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Terminal


def test_a_report_finds_what_was_written_under_either_salt(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And shows the name for both; once shredded, the subject is not known."""
    affidavit = Terminal(capsys, tmp_path)
    ledger = f"{affidavit.ledger}?spill={tmp_path / 'spill'}&subjects={tmp_path}"
    (tmp_path / "none").mkdir()
    affidavit.invoke(1, AFFIDAVIT_LEDGER=f"{ledger}/salts.db")
    affidavit.invoke(1, AFFIDAVIT_LEDGER=f"{ledger}/none")
    affidavit.ledger = f"{ledger}/salts.db"
    asked = _asked(affidavit, tmp_path, monkeypatch)
    told = affidavit(*asked)
    assert ["Ada", "Ada"] == [row["subject_name"] for row in told.data["rows"]]
    assert 2 == len({row["subject"] for row in told.data["rows"]})
    assert 0 == affidavit("shred", "A1", "--yes").code
    assert 3 == affidavit(*asked).code


def test_who_was_met_before_there_were_salts_is_named_as_well(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the token without a salt, which nobody can forget."""
    affidavit = Terminal(capsys, tmp_path)
    ledger = f"{affidavit.ledger}?spill={tmp_path / 'spill'}"
    affidavit.invoke(1, AFFIDAVIT_LEDGER=ledger)
    affidavit.ledger = f"{ledger}&subjects={tmp_path}/salts.db"
    affidavit.invoke(1, AFFIDAVIT_LEDGER=affidavit.ledger)
    told = affidavit(*_asked(affidavit, tmp_path, monkeypatch))

    assert ["Ada", "Ada"] == [row["subject_name"] for row in told.data["rows"]]
    assert 2 == len({row["subject"] for row in told.data["rows"]})


def _asked(affidavit: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Seal what there is, and return a report's command about one person on a list."""
    for name in ("ledger", "archive", "signer"):
        monkeypatch.setenv(f"AFFIDAVIT_{name.upper()}", getattr(affidavit, name))
    assert [0, 0] == [affidavit("replay").code, affidavit("seal").code]
    (folder / "names.csv").write_text("A1,Ada\n")
    return (
        *("report", "subject", "--subject", "A1", "--names", str(folder / "names.csv")),
        *("--ledger", affidavit.ledger, "--public-key", str(folder / "sealer.pub")),
        *("--output", "json"),
    )
