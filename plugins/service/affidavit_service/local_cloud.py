"""Start a local cloud by its own command, for as long as something needs one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_service.errors import ServiceError

TIMEOUT_S: Final = 90.0


class LocalCloud(NamedTuple):
    """A local cloud that serves. `environ` leads clients and programs to it."""

    endpoint: str
    environ: Mapping[str, str]


@contextmanager
def local_cloud(state: Path) -> Iterator[LocalCloud]:
    """Serve inside the block, on a free port of the loopback; `state` is its folder.

    However this process ends, the cloud ends with it.

    Raises:
        ServiceError: It did not start, or did not end.

    """
    told = _local("up", state, "--detach", "--port", "0", "--with-process", str(os.getpid()))
    try:
        yield LocalCloud(told["endpoint"], told["environment"])
    finally:
        _local("down", state)


def _local(word: str, state: Path, *more: str) -> Any:
    command = [sys.executable, "-m", "affidavit_cli", "local", word, "--state", str(state), *more]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise ServiceError(
            f"affidavit local {word} failed",
            why=f"it ended with exit code {done.returncode}",
            fix="Run it by itself, and read what it says",
        )
    return json.loads(done.stdout)
