"""Run programs: argument lists, a time limit, and no word of theirs in an error."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from affidavit_release.errors import ReleaseError

KILL_S = 5.0
"""How long the output of a program that was ended is waited for."""


class Ended(NamedTuple):
    """How a program ended. `code` is None if it took too long or could not be started."""

    code: int | None
    out: str
    err: str


def run_program(
    arguments: Sequence[str],
    *,
    folder: Path,
    timeout_s: float,
    environ: Mapping[str, str] | None = None,
) -> Ended:
    """Run a program and wait for it; it and what it started are ended when its time is up."""
    try:
        process = subprocess.Popen(  # noqa: S603 - an argument list from the rules; no shell
            list(arguments),
            cwd=folder,
            env=None if environ is None else {**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        return Ended(None, "", f"it could not be started: {type(error).__name__}")
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return Ended(None, "", f"it took more than {timeout_s:g} s")
    except BaseException:
        _end(process)
        raise
    return Ended(process.returncode, out, err)


def must_run(arguments: Sequence[str], *, what: str, folder: Path, timeout_s: float) -> str:
    """Run a program that must succeed; return what it wrote to stdout.

    Raises:
        ReleaseError: It failed. Its own words may hold anything and are not repeated.

    """
    ended = run_program(arguments, folder=folder, timeout_s=timeout_s)
    if ended.code == 0:
        return ended.out
    how = f"exit code {ended.code}" if ended.code is not None else "no exit code, or too late"
    raise ReleaseError(f"{what} failed", why=how, fix="Run it by hand to see why")


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=KILL_S)
