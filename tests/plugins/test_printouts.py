"""What commands print: pipelines read the names of the data, people the heads of the columns.

Each printout is a line of `printouts.txt`. After a change of one:

    PYTHONPATH=tests python tests/plugins/test_printouts.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import repository as repo
from word_sheets import printouts

SHEET: Final = Path(__file__).with_name("printouts.txt")


def _all() -> Iterator[str]:
    for folder in (
        repo.ROOT / "cli/affidavit_cli",
        *sorted(repo.ROOT.glob("plugins/*/affidavit_*")),
    ):
        yield from printouts(folder)


def test_printouts_have_these_names() -> None:
    """Whoever changes one breaks a pipeline that reads it, and says so in the changes."""
    assert SHEET.read_text("utf-8").splitlines() == list(_all())


if __name__ == "__main__":
    SHEET.write_text("".join(f"{one}\n" for one in _all()), "utf-8")
