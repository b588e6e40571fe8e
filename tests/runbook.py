"""The drills of the documents, and somebody who follows them word by word."""

from __future__ import annotations

import os
import re
import shlex

import pytest

from command_line import Said, Terminal
from repository import DOCS

PAGES = [DOCS / name for name in ("drills.md", "drills-aws.md", "regions.md")]
SECTIONS = {
    title: commands
    for page in PAGES
    for title, commands in re.findall(
        r"\n## (.+)\n(?:(?!\n## )(?:.|\n))*?```sh\n((?:affidavit .*\n)+)```", page.read_text()
    )
}
"""The commands under each heading that has any."""


class Operator:
    """Somebody with a terminal and the page open. What the page calls `$NAME` is set by `set`."""

    def __init__(self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminal = terminal
        monkeypatch.chdir(terminal.folder)
        self.set = monkeypatch.setenv
        for name in ("ledger", "archive", "signer"):
            self.set(f"AFFIDAVIT_{name.upper()}", getattr(terminal, name))

    def run(self, line: str) -> Said:
        """Run one command of the page."""
        words = shlex.split(os.path.expandvars(line), comments=True)
        assert "affidavit" == words[0]
        return self.terminal(*words[1:])

    def follow(self, title: str) -> list[Said]:
        """Run a section's commands; each must do what the page says, and the last say CLEAN."""
        told = [self.run(line) for line in SECTIONS[title].splitlines()]
        assert [0] * len(told) == [said.code for said in told], told
        assert "CLEAN" in told[-1].out + told[-1].err
        return told

    def finds(self) -> list[str]:
        """Return what `verify` finds now."""
        said = self.run("affidavit verify --public-key sealer.pub --output json")
        return sorted(said.data["counts"])

    def drifted(self) -> str:
        """Return what `doctor` says has drifted; it must say that something has."""
        said = self.run("affidavit doctor --ledger")
        assert 1 == said.code, said
        return said.out
