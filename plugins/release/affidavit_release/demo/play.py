"""Play the demonstration: real commands, each a process of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit.plugin import CommandResult
from affidavit_release.demo.demo_targets import Places, cloud, folders
from affidavit_release.demo.shop import ATTEMPTS, SMOKE, Attempt, commit, make_repo
from affidavit_release.errors import ReleaseError
from affidavit_release.programs import run_program

COMMAND_S: Final = 120.0


class Scene(NamedTuple):
    """One attempt: its title, its commit, and the commands with the exit codes they must have."""

    title: str
    attempt: Attempt
    commands: tuple[tuple[int, str], ...]


SCENES: Final = (
    Scene(
        "v1.0.0 has a bug that only QA looks for",
        ATTEMPTS[0],
        (
            (0, "build --repo repo"),
            (0, "upload v1.0.0"),
            (0, "promote v1.0.0"),
            (1, "promote v1.0.0"),
            (1, "deploy v1.0.0 --env uat"),
        ),
    ),
    Scene(
        "v1.0.1 works, and is not what anybody wanted",
        ATTEMPTS[1],
        (
            (0, "build --repo repo"),
            (0, "upload v1.0.1"),
            (0, "promote v1.0.1"),
            (0, "promote v1.0.1"),
            (1, "promote v1.0.1"),
            (1, "approve v1.0.1 --env uat --as dana --why 'I know that it works'"),
            (0, "approve v1.0.1 --env uat --as quinn --why 'all cases pass'"),
            (0, "promote v1.0.1"),
            (0, "reject v1.0.1 --as morgan --why 'a price without its currency'"),
            (1, "promote v1.0.1"),
        ),
    ),
    Scene(
        "v1.0.2 goes live, and to the second region",
        ATTEMPTS[2],
        (
            (0, "build --repo repo"),
            (0, "upload v1.0.2"),
            (0, "promote v1.0.2"),
            (0, "promote v1.0.2"),
            (0, "approve v1.0.2 --env uat --as quinn --why 'all cases pass'"),
            (0, "promote v1.0.2"),
            (1, "deploy v1.0.2 --env prod"),
            (0, "approve v1.0.2 --env prod --as morgan --why 'the currency is there'"),
            (0, "promote v1.0.2"),
            (0, "sync-dr v1.0.2"),
        ),
    ),
)


def run_demo(keep: Path | None, on: str) -> CommandResult:
    """Play every scene; the result is the history, the verification, and equal digests.

    Raises:
        ReleaseError: A command did not end as it has to.

    """
    with _folder(keep) as folder, _places(folder, on) as places:
        stage = _Stage(folder, places)
        for scene in SCENES:
            stage.play(scene)
        return stage.conclude()


class _Stage:
    """A folder with a repository, rules and a ledger, and what was said so far."""

    def __init__(self, folder: Path, places: Places) -> None:
        self._folder = folder
        ledger = f"sqlite:///{folder / 'releases.db'}"
        self._environ = {**places.environ, "AFFIDAVIT_LEDGER": ledger}
        self._told: list[str] = []
        (folder / "keys").mkdir()
        (folder / "release.toml").write_text(places.rules())
        (folder / "smoke.py").write_text(SMOKE)
        make_repo(folder / "repo")

    def play(self, scene: Scene) -> None:
        """Commit, and run the scene's commands."""
        commit(self._folder / "repo", scene.attempt)
        self._told += [f"\n{scene.title}", f"  commit   {scene.attempt.message}"]
        for wanted, command in scene.commands:
            said = json.loads(self._run(f"release {command}", wanted, "--output", "json"))
            words = (said.get("state"), said.get("reason"), said.get("label"))
            self._told.append(f"  {' '.join(command.split()[:2]):18} {_line(command, words)}")

    def conclude(self) -> CommandResult:
        """Show the history, and that the evidence and the bytes are as they should be."""
        history = json.loads(self._run("release history", 0, "--output", "json"))
        status = json.loads(self._run("release status", 0, "--output", "json"))
        verdict = json.loads(self._run("verify", 0, "--output", "json"))
        digests = {one["digest"] for one in status}
        if len(digests) != 1 or any(one["live"] != "same" for one in status):
            raise _otherwise("release status")
        for title in ("release history", "release status", "verify"):
            self._told += [f"\n$ affidavit {title}", self._run(title, 0).rstrip()]
        (digest,) = digests
        self._told.append(f"\nOne digest in {len(status)} environments: {digest}")
        data: dict[str, Any] = {
            "history": history,
            "status": status,
            "verify": {"clean": verdict["clean"], "records": verdict["records"]},
        }
        return CommandResult(data=data, text="\n".join(self._told).lstrip() + "\n")

    def _run(self, command: str, wanted: int, *more: str) -> str:
        import shlex  # noqa: PLC0415 - only here

        program = [sys.executable, "-m", "affidavit_cli", *shlex.split(command), *more]
        ended = run_program(
            program, folder=self._folder, timeout_s=COMMAND_S, environ=self._environ
        )
        if ended.code != wanted:
            sys.stderr.write(ended.out + ended.err)
            raise _otherwise(command.partition(" --why")[0])
        return ended.out


def _line(command: str, words: tuple[Any, ...]) -> str:
    _, _, options = command.partition(" --")
    said = " ".join(str(word) for word in words if word)
    return f"{said:28}{'--' + options if options and 'repo' not in options else ''}".rstrip()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="affidavit-release-") as name:
            yield Path(name).resolve()
        return
    keep.mkdir(parents=True)
    yield keep.resolve()


@contextmanager
def _places(folder: Path, on: str) -> Iterator[Places]:
    if on == "folders":
        yield folders()
        return
    with cloud(folder) as places:
        yield places


def _otherwise(command: str) -> ReleaseError:
    return ReleaseError(
        "the demonstration went otherwise",
        why=f"affidavit {command} did not end as it has to",
        fix="See above what it said; leave the files with --keep and run it by hand",
    )
