"""Start the local cloud for a test session, by its own command, and end it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

TIMEOUT_S: Final = 90.0


ANY_VALUE: Final = "local"
"""Clients have to send credentials, and the local cloud takes any. They open nothing."""


class LocalCloud(NamedTuple):
    """A local cloud that serves. Hand `environ` to a client or to a program."""

    endpoint: str
    state: Path

    @property
    def environ(self) -> dict[str, str]:
        """What AWS clients need to find it. It takes any credentials."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ANY_VALUE,
            "AWS_SECRET_ACCESS_KEY": ANY_VALUE,
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1,localhost",
        }


@contextlib.contextmanager
def serving(state: Path) -> Iterator[LocalCloud]:
    """Serve inside the block, on a free port of the loopback."""
    told = _command("up", state, "--port", "0", "--detach")
    try:
        yield LocalCloud(endpoint=str(told["endpoint"]), state=state)
    finally:
        _command("down", state)


def _command(word: str, state: Path, *more: str) -> Any:
    command = [sys.executable, "-m", "affidavit_cli", "local", word, "--state", str(state), *more]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise RuntimeError(f"affidavit local {word} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)
