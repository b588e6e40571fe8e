"""What tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Terminal


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys, tmp_path)
