"""Scenarios of the harness as the end-to-end gate of an environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from affidavit_release.errors import ReleaseError
from affidavit_release.programs import run_program
from affidavit_release.rules import Rules, Smoke

PASSED: Final = frozenset({0, 6})
"""Exit codes of `affidavit scenario run`: all passed; all passed, and test data was left behind."""

FAILED: Final = 1
_LINES: Final = 15


def find_failure(smoke: Smoke, rules: Rules, environ: Mapping[str, str], *, may_write: bool) -> str:
    """Run the scenarios of a smoke test; return what failed, or nothing.

    The harness runs them, as its own command. Where tests may not write it is told so, beside
    what it and the deployed function know by themselves.

    Raises:
        ReleaseError: There is no verdict: wrong files, no rights, nothing selected, or too dear.
            That says nothing of the release, so nothing dies of it.

    """
    command = command_of(smoke, environ, may_write=may_write)
    ended = run_program(
        [sys.executable, "-m", "affidavit_cli", *command],
        folder=rules.folder,
        timeout_s=smoke.timeout_s,
        environ=environ,
    )
    if ended.code in PASSED:
        return ""
    if ended.code == FAILED:
        return "\n".join(ended.out.splitlines()[-_LINES:]) or "they failed and said nothing"
    how = "took too long" if ended.code is None else f"ended with exit code {ended.code}"
    raise ReleaseError(
        f"the scenarios of {smoke.name} have no verdict",
        why=f"affidavit scenario run {how}",
        fix=f"Run it by hand: affidavit {' '.join(command)}",
    )


def command_of(smoke: Smoke, environ: Mapping[str, str], *, may_write: bool) -> list[str]:
    """Return the command without its program; names of reports may hold environment and version."""
    asked = smoke.scenarios
    if asked is None:
        return []
    named = {"environment": environ["RELEASE_ENVIRONMENT"], "version": environ["RELEASE_VERSION"]}
    files = [name.format(**named) for name in asked.reports]
    return [
        *("scenario", "run", *asked.paths, "--env", named["environment"]),
        *("--backend", asked.backend, "--budget", f"{asked.dollars:g}", "--no-progress"),
        *(("--config", asked.config) if asked.config else ()),
        *_each("--tag", asked.tags),
        *_each("--case", asked.cases),
        *_each("--report", files),
        *(() if may_write else ("--read-only",)),
    ]


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
