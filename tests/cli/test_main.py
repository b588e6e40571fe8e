"""What all commands have in common."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from affidavit import PluginError
from affidavit._runtime.lazy_command import LazyCommand
from affidavit._runtime.plugins import load_plugins
from affidavit_cli.command_group import Commands
from affidavit_cli.main import EXIT_CODES, build
from command_line import Terminal


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name)


GROUP = build(load_plugins())
GROUP.load_all()
COMMANDS = sorted(_commands(GROUP))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], terminal: Terminal) -> None:
    """With a sentence, its options, and how to get JSON."""
    said = terminal(*path, "--help")

    assert 0 == said.code
    assert re.search(r"^  [A-Z][^.]+\.", said.out, re.MULTILINE)
    assert "--output" in said.out


def test_a_list_of_commands_says_what_each_says_of_itself() -> None:
    """Commands are named before they are imported, so both could differ."""
    fresh = build(load_plugins())
    context = click.Context(fresh)
    listed = click.HelpFormatter(width=10_000)
    fresh.format_commands(context, listed)
    named = dict(re.findall(r"^ +(\S+) +(\S.*)$", listed.getvalue(), re.MULTILINE))

    assert {name: one.get_short_help_str(10_000) for name, one in GROUP.commands.items()} == named


def test_a_command_is_imported_when_it_is_used() -> None:
    """A list of all of them costs none of their imports."""
    code = (
        "import sys; from affidavit_cli.main import run; run(['--help']);"
        "heavy = {'affidavit_harness.engine.run_steps', 'yaml', 'boto3'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert "[]" == done.stdout.splitlines()[-1]


SCENARIO = """\
schema: affidavit-scenario/v1
name: seed
actions:
  - id: seed
    uses: dynamodb.put
    with: {table: prices, item: {pk: "${{ run.prefix }}a", price: 12.5}}
    undo: auto
  - id: read
    uses: dynamodb.get
    with: {table: prices, key: {pk: "${{ run.prefix }}a"}}
    check: [{select: item.price, eq: 12.5}]
"""


def test_a_run_reads_its_files_before_it_imports_what_redacts_and_what_shows(
    tmp_path: Path,
) -> None:
    """Both are imported while the execution goes on, so that nobody waits for them."""
    (tmp_path / "seed.yaml").write_text(SCENARIO)
    words = ["scenario", "run", "seed.yaml", "--dry-run", "--env", "local", "--output", "json"]
    code = (
        f"import sys, affidavit_harness.remote; from affidavit_cli.main import run; run({words});"
        "print(sorted({'affidavit._redact', 'rich.console', 'botocore'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert '"scenario": "seed' in done.stdout
    assert "[]" == done.stdout.splitlines()[-1]


def test_a_process_ends_without_a_search_for_garbage() -> None:
    """All that was imported would be gone through again, for longer than most commands take."""
    code = (
        "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0));"
        "from affidavit_cli.__main__ import main; sys.argv = ['affidavit', '--version']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert "True" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize("place", ["no_such_module:x", "json:dumps", "json:nothing"])
def test_a_command_that_is_not_there_says_whose_it_is(place: str) -> None:
    """Every other command goes on working."""
    line = Commands({"here": click.Command("here"), "gone": LazyCommand("gone", "G.", place)})
    context = click.Context(line)

    assert ["gone", "here"] == line.list_commands(context)
    assert line.get_command(context, "here") is not None
    with pytest.raises(PluginError, match="command gone cannot be imported"):
        line.get_command(context, "gone")


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
