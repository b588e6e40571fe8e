"""Of what a report speaks: the commit that was tested, and the bundle that will be deployed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class ReportSubject(NamedTuple):
    """Of what a report speaks: the commit, and the bundle with its SHA-256."""

    commit: str = ""
    bundle: str = ""
    sha256: str = ""


def subject_of_run(root: Path, bundle: Path | None) -> ReportSubject:
    """Return the commit that is tested, as far as somebody says it, and the bundle's digest.

    The commit is what the build service says (`GITHUB_SHA`, `CI_COMMIT_SHA`), or what git
    says of the folder; it is empty where neither knows.
    """
    commit = os.environ.get("GITHUB_SHA") or os.environ.get("CI_COMMIT_SHA") or _commit(root)
    if bundle is None:
        return ReportSubject(commit)
    try:
        return ReportSubject(commit, bundle.name, hashlib.sha256(bundle.read_bytes()).hexdigest())
    except OSError as error:
        failed = type(error).__name__
    raise pytest.UsageError(
        f"--affidavit-bundle {bundle.name} cannot be read ({failed}); "
        "name the zip that `affidavit bundle make` wrote"
    )


def _commit(root: Path) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(root), "rev-parse", "--verify", "HEAD"]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no word of a user
            command, capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
