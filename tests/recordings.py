"""What commands print, as it stands in the documents: `python tests/recordings.py` records it anew.

A recording differs from what is printed in times and ids, and in nothing else;
a test compares both.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import repository as repo


class Recording(NamedTuple):
    """A page, and the line in it that the command's output follows, up to the end of its block."""

    page: Path
    prompt: str

    @property
    def arguments(self) -> list[str]:
        """Return what is typed after `affidavit`."""
        return self.prompt.removeprefix("$ affidavit ").split()


RECORDINGS: Final = (
    Recording(
        repo.ROOT / "README.md", "$ affidavit scenario run scenarios/ --tag smoke --case refused"
    ),
    Recording(repo.DOCS / "scenarios.md", "$ affidavit scenario run scenarios/ --max-parallel 1"),
)


def recorded(recording: Recording) -> str:
    """Return what stands on the page."""
    text = recording.page.read_text("utf-8")
    _, found, rest = text.partition(f"```console\n{recording.prompt}\n")
    if not found:
        raise AssertionError(f"{recording.page.name} has no block that starts with its prompt")
    return rest.partition("```")[0]


def printed(recording: Recording) -> str:
    """Run the command as CI does, and return what it prints."""
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run(
            [sys.executable, "-m", "affidavit_cli", *recording.arguments, "--state", state],
            cwd=repo.ROOT,
            env={**os.environ, "CI": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=True,
        )
    return re.sub(r" +$", "", done.stdout, flags=re.MULTILINE)


def steady(text: str) -> list[list[str]]:
    """Return the words, without those that differ from run to run."""
    return [
        ["?" if re.fullmatch(r"[0-9a-v]{8}|[0-9.]+", word) else word for word in line.split()]
        for line in text.splitlines()
    ]


def main() -> None:
    """Write every recording anew."""
    for recording in RECORDINGS:
        text = recording.page.read_text("utf-8")
        start = f"```console\n{recording.prompt}\n"
        before, _, rest = text.partition(start)
        after = rest.partition("```")[2]
        recording.page.write_text(f"{before}{start}{printed(recording)}```{after}", "utf-8")


if __name__ == "__main__":
    main()
