"""A handler that reads through its sources only has nothing off the record."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path


def test_the_demonstration_has_nothing_off_the_record(tmp_path: Path) -> None:
    """Its source and its ledger are files of SQLite, and both are affidavit's own access."""
    place = tmp_path / "kept"
    command = [sys.executable, "-m", "affidavit_cli", "demo", "--keep", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    with closing(sqlite3.connect(place / "ledger.db")) as ledger:
        bodies = [bytes(body) for (body,) in ledger.execute("select body from records")]

    assert len(bodies) > 5
    assert [] == [body for body in bodies if b'"off":' in body]
