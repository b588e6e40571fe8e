"""Call `affidavit` as a person would: a process, options, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

PLUGINS: Final = "bundle,dynamodb,harness,ledger,localcloud,notify,policy,service,sqlite"
"""What these tests need; others may be half installed and none of our business."""


class CommandError(RuntimeError):
    """A command ended with a code that was not expected."""


def affidavit(
    *arguments: str,
    environ: Mapping[str, str] = {},
    timeout_s: float = 120,
    good: tuple[int, ...] = (0,),
) -> Any:
    """Run one command; return what its JSON says."""
    foreign = ("AFFIDAVIT_", "AWS_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        [sys.executable, "-m", "affidavit_cli", *arguments, "--output", "json"],
        env={**clean, "AFFIDAVIT_PLUGINS": PLUGINS, **environ},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode not in good:
        raise CommandError(f"affidavit {arguments[0]}: code {done.returncode}\n{done.stderr}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CommandError(f"affidavit {arguments[0]} printed no JSON\n{done.stderr}") from None
