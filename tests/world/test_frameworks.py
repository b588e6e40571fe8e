"""Real frameworks, with and without the wrap, in both orders: what is sent is the same.

The frameworks live in an environment of their own: `make world` makes it and runs this.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

import repository as repo

PYTHON = repo.ROOT / "build" / "world" / "bin" / "python"
READY = repo.ROOT / "build" / "world" / ".ready"
PLAY = repo.ROOT / "tests" / "world" / "play.py"
CASES = re.findall(r"^@case\ndef (\w+)", PLAY.read_text("utf-8"), re.MULTILINE)
"""Every case of the player, by name; `W="one two"` of `make world` chooses some."""

CHOSEN = os.environ.get("AFFIDAVIT_WORLD", "").split() or CASES


def test_the_cases_are_those_of_the_frameworks_page() -> None:
    """Each is named there, so that a reader knows what was played."""
    page = (repo.DOCS / "frameworks.md").read_text("utf-8")

    assert 15 <= len(CASES)
    assert [] == [name for name in CASES if f"`{name}`" not in page]


@pytest.mark.parametrize("name", CHOSEN)
def test_a_framework_sends_the_same_with_and_without_the_wrap(name: str) -> None:
    """Answers byte for byte, errors by name; and no tracker has heard a secret."""
    if not READY.exists():
        pytest.skip("the frameworks are not installed: make world")
    done = subprocess.run(
        [str(PYTHON), str(PLAY), name],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "PYTHONPATH": str(repo.ROOT / "core")},
    )
    told: list[Any] = [
        json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"case"')
    ]

    assert [{"case": name, "wrong": ""}] == told, done.stderr[-2000:]
