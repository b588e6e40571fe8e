"""A command line, and a SQLite ledger to use it on."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Terminal


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    """A command line over `ledger.db` in an empty folder."""
    return Terminal(capsys, tmp_path)
