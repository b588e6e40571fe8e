"""Smoke tests: commands and built-in checks that must succeed once a release is there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from affidavit.plugin import Plugins
from affidavit_release.evidence_check import find_fault
from affidavit_release.gates import may_run
from affidavit_release.programs import run_program
from affidavit_release.rules import Rules, Smoke
from affidavit_release.scenario_gate import find_failure
from affidavit_release.targets import DeployTarget
from affidavit_release.vault import Stored


class SmokeRequest(NamedTuple):
    """What is tested, where."""

    environment: str
    stored: Stored
    label: str
    target: DeployTarget
    plugins: Plugins
    may_write: bool


Failed = tuple[str, str]
"""The name of the test that failed, and the last lines of what it wrote to stderr."""

Prober = Callable[[Rules, SmokeRequest], Failed | None]
"""Runs an environment's smoke tests; None if all have succeeded."""

_LINES = 15


def check_smoke(rules: Rules, environment: str, *, may_write: bool) -> None:
    """Refuse, before anything is touched, if a test of this environment may not run there."""
    for smoke in rules.smoke:
        if environment in smoke.environments:
            may_run(smoke, environment, may_write=may_write)


def run_smoke(rules: Rules, told: SmokeRequest) -> Failed | None:
    """Run the smoke tests of an environment, in order, up to the first that fails.

    A command finds in RELEASE_ENVIRONMENT, RELEASE_VERSION, RELEASE_LABEL,
    RELEASE_DIGEST and RELEASE_TARGET what it tests, and in RELEASE_READ_ONLY
    whether it may write. That a command which says `writes = false` does not
    write is for its credentials to ensure. A test with `invoke` runs no command, one
    with `scenarios` that of the harness.
    """
    check_smoke(rules, told.environment, may_write=told.may_write)
    target = rules.targets[told.environment]
    environ = {
        "RELEASE_ENVIRONMENT": told.environment,
        "RELEASE_VERSION": str(told.stored.version),
        "RELEASE_LABEL": told.label,
        "RELEASE_DIGEST": told.stored.digest,
        "RELEASE_TARGET": target.geturl(),
        "RELEASE_READ_ONLY": "0" if told.may_write else "1",
    }
    for smoke in rules.smoke:
        if told.environment not in smoke.environments:
            continue
        if smoke.invoke is not None:
            wrong = find_fault(smoke.invoke, told.target, told.plugins, timeout_s=smoke.timeout_s)
        elif smoke.scenarios is not None:
            wrong = find_failure(smoke, rules, environ, may_write=told.may_write)
        else:
            wrong = _complaint(smoke, rules, environ)
        if wrong:
            return smoke.name, wrong
    return None


def _complaint(smoke: Smoke, rules: Rules, environ: Mapping[str, str]) -> str:
    """Run a command; return the last lines of its stderr if it fails, and nothing if not."""
    command = [sys.executable if one == "{python}" else one for one in smoke.command]
    ended = run_program(command, folder=rules.folder, timeout_s=smoke.timeout_s, environ=environ)
    if ended.code == 0:
        return ""
    return "\n".join(ended.err.splitlines()[-_LINES:]) or "it failed and said nothing on stderr"
