"""Commands on pages are played as they stand there, over a ledger, an archive, a project."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import repository as repo
from command_line import Said, Terminal
from devserver_parts import make_project
from page_blocks import Block, blocks

WITHOUT_US = {"less", "pip", "terraform"}
"""What follows a pipe or needs more than this machine."""


class Reader:
    """Somebody who types what a page says, in an empty folder, with their own words put in."""

    def __init__(self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminal, self.folder = terminal, terminal.folder
        self.set = monkeypatch.setenv
        monkeypatch.chdir(self.folder)
        self.words = {"/var/lib/affidavit": str(self.folder)}

    def seal(self, number: int = 3) -> str:
        """Leave sealed records, as the block of evidence.md says, and return a request's id."""
        for name in ("ledger", "archive", "signer"):
            self.set(f"AFFIDAVIT_{name.upper()}", getattr(self.terminal, name))
        request = self.terminal.invoke(number)[-1]
        assert 0 == self.terminal("seal").code
        return request

    def play(self, block: Block) -> list[Said]:
        """Type each command; all of them end well."""
        told = [self._typed(words) for words in block.commands() if words[0] not in WITHOUT_US]
        assert [0] * len(told) == [one.code for one in told], (str(block), told)
        return told

    def _typed(self, words: list[str]) -> Said:
        for old, new in self.words.items():
            words = [one.replace(old, new) for one in words]
        if words[0] == "export":
            self.set(*words[1].split("=", 1))
            return Said(0, "", "")
        if words[0] == "python":
            script = [sys.executable, str(repo.ROOT / words[1]), *words[2:]]
            done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)
            return Said(done.returncode, done.stdout, done.stderr)
        assert "affidavit" == words[0]
        target = Path(words[words.index(">") + 1]) if ">" in words else None
        said = self.terminal(*words[1 : words.index(">") if target else None])
        if target:
            target.parent.mkdir(exist_ok=True)
            target.write_text(said.out)
        return said


@pytest.fixture
def reader(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Reader:
    return Reader(Terminal(capsys, tmp_path), monkeypatch)


def shown(page: str) -> list[Block]:
    """Return the blocks of a page that are no excerpts."""
    return [one for one in blocks(repo.ROOT / page) if not one.excerpt]


def evidence(reader: Reader) -> None:
    """In the page's order, but for the first, which needs an archive."""
    first, seal, years, proof = shown("docs/evidence.md")
    reader.terminal.invoke(2)
    told = reader.play(seal)
    assert ["CLEAN", "CLEAN"] == [re.findall(r"\w*CLEAN", one.out + one.err)[0] for one in told[4:]]
    shutil.copytree(reader.folder / "archive", reader.folder / "evidence/log")
    reader.play(first)
    *_, last = reader.terminal("who", "--subject", "A1", "--output", "json").data
    reader.words |= {"EVENT": last["event"], "2026-01-23T12:00Z": last["at"]}
    reader.play(years)
    assert (reader.folder / "verified.json").is_file()
    reader.play(proof)


def compatibility(reader: Reader) -> None:
    """The archive alone is enough."""
    reader.seal()
    for block in shown("docs/compatibility.md"):
        assert "CLEAN" in reader.play(block)[0].out


def audit(reader: Reader) -> None:
    """Who asked for somebody, and is it intact."""
    reader.terminal.invoke(3)
    reader.set("AFFIDAVIT_LEDGER", reader.terminal.ledger)
    reader.words = {"patient-017": "A1"}
    (block,) = shown("docs/site/audit.md")
    who, verify = reader.play(block)
    assert "3 access(es)" in who.out + who.err
    assert "CLEAN" in verify.out + verify.err


def index(reader: Reader) -> None:
    """The first thing that a newcomer types."""
    (block,) = shown("docs/site/index.md")
    assert "1. A known product" in reader.play(block)[0].out


def lint(reader: Reader) -> None:
    """Over a project; what is written is SARIF both times."""
    project = make_project(reader.folder / "shop").parent
    shutil.copytree(project / "src", reader.folder / "src")
    (reader.folder / "tests").mkdir()
    (reader.folder / "tests/handlers.py").write_text("")
    (block,) = shown("docs/lint.md")
    reader.play(block)
    assert '"2.1.0"' in (reader.folder / "lint.sarif").read_text()


def cli(reader: Reader) -> None:
    """The pages come with the package."""
    (block,) = shown("docs/cli.md")
    everything, one, found = reader.play(block)
    assert "redaction" in everything.out
    assert one.out.startswith("# Redaction")
    assert "evidence" in found.out


def policies(reader: Reader) -> None:
    """An editor gets a schema."""
    for block in shown("docs/policies.md"):
        reader.play(block)
    made = json.loads((reader.folder / "policies/policy.schema.json").read_text())
    assert {"version", "retention"} <= made["properties"].keys()


def printed(reader: Reader, block: Block, code: int = 0) -> None:
    """What a transcript shows is printed, in order; `…` stands for anything."""
    command, *lines = block.body.splitlines()
    said = reader.terminal(*command.removeprefix("$ affidavit ").split())
    assert code == said.code
    found = iter([" ".join(one.split()) for one in (said.out + said.err).splitlines()])
    for line in lines:
        pattern = ".*".join(re.escape(part) for part in " ".join(line.split()).split("…"))
        assert any(re.fullmatch(pattern, one) for one in found), line


def cost(reader: Reader) -> None:
    """A million events under hipaa."""
    (block,) = shown("docs/cost.md")
    printed(reader, block)


def functions(reader: Reader) -> None:
    """The definition of the page, with the mistake that it shows."""
    page = (repo.DOCS / "functions.md").read_text()
    (definition, *_) = repo.blocks(page, "toml")
    (block,) = shown("docs/functions.md")
    (reader.folder / "requirements.txt").write_text("")
    path = reader.folder / "functions.toml"
    path.write_text(definition)
    assert 0 == reader.terminal("service", "check", "functions.toml").code
    path.write_text(definition.replace("canary", "canry"))
    printed(reader, block, code=3)


PLAYS: tuple[Callable[[Reader], None], ...] = (
    audit,
    cli,
    compatibility,
    cost,
    evidence,
    functions,
    index,
    lint,
    policies,
)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: str(play.__name__))
def test_what_a_page_says_works(reader: Reader, play: Callable[[Reader], None]) -> None:
    """Each block that is no excerpt, with what it promises."""
    play(reader)
