"""The words of the plugins' tables: other services set them, reports and records promise them.

Every constant of a module and every word of an enumeration is a line of `words.txt`. Texts with a
space in them are for people, and stand there as dots. After a change of one:

    PYTHONPATH=tests python tests/plugins/test_words.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import repository as repo
from word_sheets import lines

SHEET: Final = Path(__file__).with_name("words.txt")
PLUGINS: Final = ("dynamodb", "harness", "http", "lint", "notify", "oracle", "policy", "release")
FOLDERS: Final = (
    "cli/affidavit_cli",
    *(f"plugins/{one}/affidavit_{one}" for one in (*PLUGINS, "reports", "sqlite")),
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_words_are_these(folder: str) -> None:
    """Whoever changes one changes its line, and whatever page or service names it."""
    start = Path(folder).name.removeprefix("affidavit_") + "."
    kept = [one for one in SHEET.read_text("utf-8").splitlines() if one.startswith(start)]
    assert kept == list(lines(repo.ROOT / folder))


if __name__ == "__main__":
    told = (one for folder in FOLDERS for one in lines(repo.ROOT / folder))
    SHEET.write_text("".join(f"{one}\n" for one in told), "utf-8")
