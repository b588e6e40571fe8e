"""What the process of the command line does around a command, and what doctor sees of a project."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit import AffidavitError
from affidavit_cli import __main__, doctor_command
from affidavit_cli import main as line
from affidavit_cli.doctor_command import DoctorCheck
from command_line import Terminal

UNWRITTEN = "error: the result could not be written\n  why: "
ELSEWHERE = "  next: Write it to another place\n"


class Stream:
    """Stand-in for a stream: flushes, or fails, and hears how it is to write."""

    def __init__(self, error: OSError | None = None) -> None:
        self._error = error
        self.said: list[str] = []

    def flush(self) -> None:
        if self._error is not None:
            raise self._error

    def write(self, text: str) -> None:
        self.said.append(text)

    def reconfigure(self, *, errors: str) -> None:
        self.said.append(errors)


def test_what_a_terminal_does_not_have_is_written_as_an_escape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On stdout and stderr; what the caller has closed leads nowhere."""
    streams = {name: Stream() for name in ("stdin", "stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    __main__._open_streams()
    assert [[], ["backslashreplace"], ["backslashreplace"]] == [
        stream.said for stream in streams.values()
    ]
    for name in streams:
        monkeypatch.setattr(sys, name, None)
    __main__._open_streams()
    opened = [sys.stdin, sys.stdout, sys.stderr]
    monkeypatch.undo()
    with opened[0], opened[1], opened[2]:
        assert ["r", "w", "w"] == [one.mode for one in opened]
        assert (1, "") == (opened[1].write("x"), opened[0].read())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, None),
        ({"FTP_PROXY": "p"}, None),
        ({"HTTP_PROXY": "p"}, "localhost,127.0.0.1,::1"),
        ({"https_proxy": "p", "no_proxy": "corp,,::1"}, "corp,::1,localhost,127.0.0.1"),
        ({"ALL_PROXY": "p", "NO_PROXY": "corp"}, "corp,localhost,127.0.0.1,::1"),
    ],
)
def test_this_machine_is_reached_without_a_proxy(
    given: dict[str, str], told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was known stays first, and nothing is named twice; both spellings say the same."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name in ("NO_PROXY", "no_proxy"):  # so that what is set is taken back
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    __main__._reach_this_machine_directly()
    assert [told, told] == [os.environ.get(name) for name in ("NO_PROXY", "no_proxy")]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (None, 5, []),
        (BrokenPipeError(), 5, []),
        (OSError(28, "No space left"), 3, [f"{UNWRITTEN}no space left\n{ELSEWHERE}"]),
        (OSError(), 3, [f"{UNWRITTEN}oserror\n{ELSEWHERE}"]),
    ],
)
def test_half_a_result_is_a_failure_and_a_closed_pipe_is_none(
    error: OSError | None, code: int, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The descriptor leads nowhere then, or the interpreter would say it again."""
    moved: list[int] = []
    monkeypatch.setattr(os, "dup2", lambda _, number: moved.append(number))
    heard = Stream()
    monkeypatch.setattr(sys, "stdout", Stream(error))
    monkeypatch.setattr(sys, "stderr", heard)
    assert code == __main__._flushed(5)
    monkeypatch.undo()
    assert (words, [] if error is None else [1]) == (heard.said, moved)


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A process around a command that is not run; what was changed is changed back."""
    done: list[str] = []
    before = gc.get_threshold()
    monkeypatch.setattr(__main__, "_open_streams", lambda: done.append("streams"))
    monkeypatch.setattr(__main__, "_reach_this_machine_directly", lambda: done.append("direct"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    yield done
    gc.set_threshold(*before)


def test_a_process_ends_with_the_commands_code(
    around: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Garbage is looked for rarely while it goes on, and not at all in the end."""
    monkeypatch.setattr(line, "run", lambda: around.append("run") or 4)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert (4, ["streams", "direct", "run", "frozen"]) == (ended.value.code, around)
    assert (200_000, 10, 20) == gc.get_threshold()


@pytest.mark.parametrize("name", ["click", "affidavit_cli.gone", None])
def test_a_package_that_is_missing_is_named(
    name: str | None,
    around: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With how to install it; a part of our own that is missing is no such thing."""
    assert around == []

    class Missing:
        @staticmethod
        def find_spec(asked: str, *_: object) -> None:
            if asked == "affidavit_cli.main":
                raise ModuleNotFoundError("no", name=name)

    monkeypatch.setattr(sys, "meta_path", [Missing, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "affidavit_cli.main")
    if name == "affidavit_cli.gone":
        with pytest.raises(ModuleNotFoundError):
            __main__.main()
        return
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert 3 == ended.value.code
    assert (
        f"error: the command line needs {name}, which is not installed\n"
        "  why: affidavit alone is what a function needs, and no more\n"
        "  next: pip install 'affidavit[cli]'\n"
    ) == capsys.readouterr().err


def test_a_ledger_that_has_drifted_is_told_line_by_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the archive if both it and the signer are named."""
    asked: list[tuple[Any, ...]] = []
    answer = [("clocks", "one is ahead", "Mend it"), ("table", "it is there", "")]
    monkeypatch.setattr(
        "affidavit_ledger.ledger_drift.look",
        lambda ledger, place, notes, *, now_ms: asked.append((ledger, place, notes)) or answer,
    )
    monkeypatch.setattr(doctor_command, "now_ms", lambda: 1)
    monkeypatch.setattr("affidavit_ledger.workspace.Notes", lambda *parts: parts)
    for archive, signer in ((None, None), ("a", None), (None, "s"), ("a", "s")):
        session = SimpleNamespace(
            settings=SimpleNamespace(archive=archive, signer=signer),
            ledger=lambda: "ledger",
            archive=lambda: ("place", "workspace"),
            signer=lambda: "signer",
        )
        monkeypatch.setattr("affidavit_ledger.session.begin", lambda session=session: session)
        said = terminal("doctor", "--ledger", "--output", "json")
        assert (
            1,
            [("clocks", "one is ahead", "Mend it", False), ("table", "it is there", "", True)],
        ) == (
            said.code,
            [(one["what"], one["found"], one["fix"], one["ok"]) for one in said.data],
        )
    nothing = ("ledger", None, None)
    assert [nothing] * 3 + [("ledger", "place", ("workspace", "signer"))] == asked
    answer.clear()
    lines = terminal("doctor", "--ledger").out.splitlines()
    assert ["what found next", "ok ledger nothing has drifted"] == [
        " ".join(one.split()) for one in lines[:2]
    ]
    assert "Everything is as it should be." == lines[-1]


def _about(policy: str | None) -> Any:
    return lambda *_: SimpleNamespace(about=SimpleNamespace(policy=policy))


def test_a_project_is_looked_at_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Terraform reads of the policy, and whether the template is newer."""
    assert [] == list(doctor_command._project(tmp_path))
    path = tmp_path / "service.yaml"
    monkeypatch.setattr("affidavit_service.read.find_service", lambda _: path)
    checked = [("code", "it imports", ""), ("data", "none", "Seed it")]
    monkeypatch.setattr("affidavit_service.project_checks.check_project", lambda *_: checked)
    monkeypatch.setattr("affidavit_service.read.read_service", _about("baseline"))
    assert [DoctorCheck(*one) for one in checked] == list(doctor_command._project(tmp_path))

    folder = tmp_path / doctor_command.MODULES / "policies"
    folder.mkdir(parents=True)
    found: list[str] = []
    monkeypatch.setattr(
        "affidavit_policy.terraform_reading.differences",
        lambda file, held: (
            found if (file, held.name) == (folder / "baseline.yaml", "baseline") else []
        ),
    )
    what = f"policy of {doctor_command.MODULES}"
    mend = f"affidavit terraform export --replace {doctor_command.MODULES}"
    for listed, told, fix in (
        ([], "Terraform and functions read the same", ""),
        (["a"], "a", mend),
        (["a", "b", "c"], "a (and 2 more)", mend),
    ):
        found[:] = listed
        assert [DoctorCheck(what, told, fix)] == list(doctor_command._read_twice(path))
    monkeypatch.setattr("affidavit_service.read.read_service", _about(None))
    assert [] == list(doctor_command._read_twice(path))

    def breaks(*_: object) -> Any:
        raise AffidavitError("x", why="y", fix="z")

    monkeypatch.setattr("affidavit_service.read.read_service", breaks)
    assert [] == list(doctor_command._read_twice(path))


def test_a_template_that_is_newer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only of what was made from one."""
    from affidavit_scaffold.project_template import RECORD

    changed: list[Any] = [1, 2]
    monkeypatch.setattr("affidavit_scaffold.template_changes.changes", lambda _: changed)
    assert [] == list(doctor_command._template(tmp_path))
    (tmp_path / RECORD).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / RECORD).write_text("")
    assert [DoctorCheck("template", "2 newer", "affidavit new --diff")] == list(
        doctor_command._template(tmp_path)
    )
    changed.clear()
    assert [DoctorCheck("template", "0 newer", "")] == list(doctor_command._template(tmp_path))


@pytest.mark.parametrize("gone", ["reader", "space"])
def test_notes_that_nobody_can_read_end_no_work(gone: str) -> None:
    """`affidavit scenario run ... 2>&1 | head` goes on to its verdict, and cleans up."""
    program = (
        "import sys\n"
        "from affidavit_cli.unheard import let_notes_go_unheard\n"
        "let_notes_go_unheard()\n"
        "for number in range(2000):\n"
        "    print('still running', number, file=sys.stderr)\n"
        "sys.stderr.flush()\n"
        "print('PASSED')\n"
    )
    reading, writing = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=writing if gone == "reader" else full,
        timeout=60,
        check=False,
    )
    os.close(writing)
    os.close(full)
    assert (0, b"PASSED\n") == (done.returncode, done.stdout)
