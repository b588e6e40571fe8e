"""What all commands have in common."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from affidavit.plugins import load_plugins
from affidavit_cli.main import EXIT_CODES, build
from command_line import Terminal


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    """A command line."""
    return Terminal(capsys, tmp_path)


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name)


COMMANDS = sorted(_commands(build(load_plugins())))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], terminal: Terminal) -> None:
    """With a sentence, its options, and how to get JSON."""
    said = terminal(*path, "--help")

    assert 0 == said.code
    assert re.search(r"^  [A-Z][^.]+\.", said.out, re.MULTILINE)
    assert "--output" in said.out


def test_the_exit_codes_are_in_the_help(terminal: Terminal) -> None:
    """Scripts need them."""
    said = terminal("--help")
    text = " ".join(said.out.split())
    assert all(f"{code} {means}" in text for code, means in EXIT_CODES.items())


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["verify", "--nonsense"], ["who"], ["policy", "check"]]
)
def test_a_wrong_call_is_2_and_says_what_would_be_right(
    arguments: list[str], terminal: Terminal
) -> None:
    """On stderr; stdout is for results."""
    said = terminal(*arguments)
    assert (2, "") == (said.code, said.out)
    assert said.err


def test_a_failure_says_what_why_and_what_next(terminal: Terminal) -> None:
    """Three lines on stderr, exit code 3."""
    said = terminal("verify", "--ledger", terminal.ledger)
    assert (3, "") == (said.code, said.out)
    assert ["error:", "  why:", "  next:"] == [
        line[: line.index(":") + 1] for line in said.err.splitlines()
    ]


def test_a_reader_that_goes_away_is_no_failure() -> None:
    """`affidavit ... | head` ends in silence."""
    program = "import sys; from affidavit_cli.main import run; sys.exit(run(['policy', 'list']))"
    reader, writer = subprocess.PIPE, subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdout=reader, stderr=writer) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
