"""The command line in a process of its own, as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def run_affidavit(
    *words: str,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    timeout_s: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run `affidavit` and wait for it. Without `environ` it has ours."""
    return subprocess.run(
        [sys.executable, "-m", "affidavit_cli", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
