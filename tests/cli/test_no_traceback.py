"""No command ever ends in a traceback: wrong words, missing files, closed streams, foreign errors.

What each command does with an argument is looked up in its own declaration, so a
new command or option is tried without a line here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affidavit import PluginError
from affidavit.plugin import CommandResult, load_plugins
from affidavit_cli import main as command_line
from affidavit_cli.foreign_errors import explain
from affidavit_cli.main import EXIT_CODES, build
from command_line import Terminal

OWN_CODES = {("scenario",): {4, 5, 6}}
"""What commands of a group answer besides; their pages say what it means."""

SERVES = {("local", "up")}
"""What goes on until somebody ends it; wrong words are tried, and right ones elsewhere."""

NOBODY = 65534

SLOW = {("demo",), ("release", "demo"), *SERVES}
"""Not to be run whole in a loop."""

BUILDS = {("bundle", "layer")}
"""What builds for seconds whatever one option says: each is tried with one word."""


def _leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from _leaves(one, (*path, name))
        else:
            yield (*path, name), one


GROUP = build(load_plugins())
GROUP.load_all()
LEAVES = dict(sorted(_leaves(GROUP)))
GROUPS = sorted({path[:-1] for path in LEAVES if len(path) > 1})


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A laptop without any settings, in a folder of its own; no cloud answers."""
    for name in [one for one in os.environ if one.startswith(("AFFIDAVIT_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys, tmp_path)


def _known(path: tuple[str, ...]) -> set[int]:
    return {*EXIT_CODES, *OWN_CODES.get(path[:1], set())}


def _try(terminal: Terminal, path: tuple[str, ...], *arguments: str) -> None:
    """Run it; the code is known, and a 3 says what, why, and what next."""
    said = terminal(*path, *arguments)
    assert said.code in _known(path), (path, arguments, said)
    if said.code == 3 and said.err:
        lines = [line.partition(":")[0] for line in said.err.splitlines()]
        assert {"error", "  why", "  next"} <= set(lines), (path, arguments, said.err)
    assert "this command broke" not in said.err, (path, arguments, said.err)


def _needed(command: click.Command, word: str) -> list[str]:
    """Return arguments and options that a command cannot do without, each as `word`."""
    found: list[str] = []
    for one in command.params:
        if one.required and isinstance(one, click.Option):
            found += [one.opts[0], _fitting(one, word)]
        elif one.required:
            found.append(word)
    return found


def _fitting(one: click.Parameter, word: str) -> str:
    if isinstance(one.type, click.Choice):
        return str(next(iter(one.type.choices)))
    return "1" if one.type.name.startswith("integer") else word


WORDS = ("", "nothere", "nothere.yaml", ".", "-", "@nothere", "a=b", "ä💥", "%00", "{", "1e999")


@pytest.mark.parametrize("path", [p for p in LEAVES if p not in SLOW], ids=" ".join)
@pytest.mark.parametrize("word", ["nothere", "", ".", "ä{", "unreadable"])
def test_a_wrong_word_is_told(path: tuple[str, ...], word: str, terminal: Terminal) -> None:
    """Of every command, for everything that it needs: a file, a name, a version."""
    (terminal.folder / "unreadable").write_bytes(b"\xff\xfe\x00" * 100)
    _try(terminal, path, *_needed(LEAVES[path], word))


@pytest.mark.parametrize("path", list(LEAVES), ids=" ".join)
def test_a_wrong_option_is_2(path: tuple[str, ...], terminal: Terminal) -> None:
    """And names the one that was meant, if there is a near one."""
    said = terminal(*path, "--outptu", "json")
    assert 2 == said.code
    assert "--output" in said.err


@pytest.mark.parametrize("path", list(LEAVES), ids=" ".join)
def test_each_option_alone_is_told(path: tuple[str, ...], terminal: Terminal) -> None:
    """With a folder where a file is wanted, a file where a folder is, and no number."""
    (terminal.folder / "file").write_text("{")
    (terminal.folder / "folder").mkdir()
    command = LEAVES[path]
    for one in command.params:
        if isinstance(one, click.Option) and not one.is_flag and one.name != "output":
            for word in ("file", "folder", "nothere/deep/er")[: 1 if path in BUILDS else None]:
                rest = _needed(command, "nothere")
                if path not in SLOW or one.name in {"interpreters", "folder", "port"}:
                    if path in SERVES and one.name != "interpreters":
                        continue
                    _try(terminal, path, *rest, one.opts[0], word)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_any_words_whatever_are_told(terminal: Terminal, data: st.DataObject) -> None:
    """Drawn: commands with options of their own and words in any order."""
    path = data.draw(st.sampled_from([one for one in LEAVES if one not in SLOW]))
    options = [one.opts[0] for one in LEAVES[path].params if isinstance(one, click.Option)]
    words = st.sampled_from([*WORDS, *[o for o in options if o not in {"--lock", "--follow"}]])
    _try(terminal, path, *data.draw(st.lists(words, max_size=6)))


def test_every_option_has_help() -> None:
    """What an option means is nowhere else on a terminal."""
    silent = [
        (*path, one.opts[0])
        for path, command in LEAVES.items()
        for one in command.params
        if isinstance(one, click.Option) and not one.help
    ]

    assert [] == silent


@pytest.mark.parametrize("path", [(), *GROUPS], ids=" ".join)
def test_a_near_miss_is_answered_with_what_was_meant(
    path: tuple[str, ...], terminal: Terminal
) -> None:
    """For every command, those of plugins too."""
    names = {one[len(path)] for one in LEAVES if one[: len(path)] == path}
    for name in sorted(names):
        wrong = f"{name}z"
        said = terminal(*path, wrong)
        assert 2 == said.code
        assert name in said.err, (path, wrong, said.err)


@pytest.mark.parametrize(
    ("command", "extra"),
    [(("bundle", "make"), "bundle"), (("scenario", "run"), "harness"), (("release",), "release")],
)
def test_a_command_whose_extra_is_missing_says_how_to_install_it(
    command: tuple[str, ...], extra: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known although its plugin cannot be used."""
    from affidavit._runtime import about

    is_there = about._is_installed
    lacking = {"packaging", "jmespath", "cryptography"}
    monkeypatch.setattr(about, "_is_installed", lambda one: one not in lacking and is_there(one))
    said = terminal(*command)

    assert (3, "") == (said.code, said.out)
    assert "needs more than is installed" in said.err
    assert f"next: pip install 'affidavit[{extra}]'" in said.err


def _raising(error: Exception) -> click.Command:
    def act() -> CommandResult:
        raise error

    return click.Command("broken", callback=act)


class _Answer(Exception):
    """As botocore raises them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.response = {"Error": {"Code": "AccessDenied", "Message": text}}


_Answer.__module__ = "botocore.exceptions"

FOREIGN = [
    (PermissionError(13, "Permission denied", "/srv/x"), "/srv/x cannot be used", "permission"),
    (OSError(28, "No space left on device"), "cannot be used", "no space left"),
    (BrokenPipeError(32, "Broken pipe"), "a connection cannot be used", "broken pipe"),
    (ConnectionRefusedError(), "a connection cannot be used", "connectionrefusederror"),
    (ModuleNotFoundError("No module named 'x'", name="x"), "not installed", "no module x"),
    (_Answer("hunter2"), "did not do what was asked", "accessdenied"),
    (KeyError("hunter2"), "this command broke", "keyerror was raised in "),
    (RecursionError("hunter2"), "this command broke", "recursionerror"),
]


@pytest.mark.parametrize(("error", "what", "why"), FOREIGN, ids=lambda one: type(one).__name__)
def test_a_foreign_exception_becomes_three_lines_without_its_text(
    error: Exception, what: str, why: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose text may quote a value; where it was raised cannot."""
    group = build(load_plugins())
    group.add_command(_raising(error))
    monkeypatch.setattr(command_line, "build", lambda _: group)
    said = terminal("broken")

    assert (3, "") == (said.code, said.out)
    assert what in said.err
    assert why in said.err.lower()
    assert "hunter2" not in said.err


def test_what_raises_without_a_frame_is_told_as_well() -> None:
    """An exception that was never raised has no place."""
    assert "in the program" in explain(ValueError("hunter2")).why


def test_an_error_names_the_option_that_was_given_and_not_its_variable(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wrote `--ledger` has no AFFIDAVIT_LEDGER to correct; whoever has one, does."""
    for value in ("nonsense", "nosuch://x", "sqlite:"):
        said = terminal("verify", "--ledger", value)
        assert 3 == said.code
        assert "AFFIDAVIT_LEDGER" not in said.err
    assert "--ledger is not a URL" in terminal("who", "--actor", "x", "--ledger", "nonsense").err

    monkeypatch.setenv("AFFIDAVIT_LEDGER", "nonsense")
    assert "AFFIDAVIT_LEDGER is not a URL" in terminal("verify").err


def _process(
    *arguments: str, shell: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = (sys.executable, "-m", "affidavit_cli", *arguments)
    if shell:
        command = ("sh", "-c", f'"$@" {shell}', "sh", *command)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


@pytest.mark.parametrize(
    ("shell", "code"),
    [(">&-", 0), (">&- 2>&-", 0), ("<&-", 0), (">/dev/full", 3), ("| true", 0)],
)
@pytest.mark.parametrize("arguments", [("policy", "list"), ("--help",)])
def test_a_stream_that_is_closed_or_full_ends_in_no_traceback(
    arguments: tuple[str, ...], shell: str, code: int, tmp_path: Path
) -> None:
    """Nobody reads: the verdict stays. No space: half a result is no result."""
    done = _process(*arguments, shell=shell, cwd=tmp_path)

    assert code == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert (code == 3) == ("no space left on device" in done.stderr)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("redact", 0), ("--help", 0), ("policy list", 0), ("policy check wrong.yaml", 1)],
)
def test_a_reader_that_goes_early_hides_no_finding_and_is_none(
    arguments: str, code: int, tmp_path: Path
) -> None:
    """Click and rich would end `affidavit redact | head -1` with 1, which is a finding's code."""
    (tmp_path / "wrong.yaml").write_text("name: 1\n")
    lines = tmp_path / "lines"
    lines.write_text("write to jane@example.com\n" * 20_000)
    with lines.open("rb") as given, (tmp_path / "said").open("wb") as said:
        command = (sys.executable, "-u", "-m", "affidavit_cli", *arguments.split())
        running = subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=said, cwd=tmp_path
        )
        assert running.stdout is not None
        running.stdout.close()
        assert code == running.wait(60)
    assert b"" == (tmp_path / "said").read_bytes()


def test_a_closed_pipe_does_not_hide_a_verdict(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`policy check wrong.yaml | head -0` has the exit code of what was found."""

    def closed(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("affidavit_cli.command_group.show", closed)
    (terminal.folder / "x.yaml").write_text("name: 1\n")
    with_reader = terminal("policy", "check", "x.yaml").code

    assert with_reader != 0


@pytest.fixture
def stranger(terminal: Terminal) -> Iterator[Terminal]:
    """A terminal in a folder that it may not write, nor any above it; even if root runs this."""
    terminal.folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    yield terminal
    if root:
        os.seteuid(0)
    terminal.folder.chmod(0o700)


@pytest.mark.parametrize("path", [p for p in LEAVES if p not in SLOW], ids=" ".join)
def test_a_folder_that_cannot_be_written_is_told(path: tuple[str, ...], stranger: Terminal) -> None:
    """As in a container with a read-only file system."""
    _try(stranger, path, *_needed(LEAVES[path], "nothere"))


def test_a_plugins_command_that_cannot_be_imported_names_what_it_needs() -> None:
    """A dependency that its `needs` forgot."""
    from affidavit.plugin import LazyCommand
    from affidavit_cli.command_group import Commands

    line = Commands({"gone": LazyCommand("gone", "G.", "no_such_module:x")})
    with pytest.raises(PluginError, match="it needs no_such_module, which is not installed"):
        line.get_command(click.Context(line), "gone")
