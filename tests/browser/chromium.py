"""The Chromium of this machine."""

from __future__ import annotations

import os
import shutil


def chromium() -> str:
    """Return where it is; empty if there is none."""
    return shutil.which("chromium") or shutil.which("google-chrome") or ""


def missing() -> int:
    """Say that there is none, and return the exit code: with `CI=true` that is a failure."""
    print("skipped: there is no Chromium; `apt-get install chromium` brings one")
    return 1 if os.environ.get("CI") == "true" else 0
