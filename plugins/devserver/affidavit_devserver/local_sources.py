"""Start and seed what a service reads on this machine: SQLite files, tables of a local cloud."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError
from affidavit_service.read import Service, read_service
from affidavit_service.seed import seed

STATE: Final = ".affidavit-dev"


@contextmanager
def local_sources(
    path: Path, environment: str, told: Callable[[str], None]
) -> Iterator[dict[str, str]]:
    """Yield the variables that functions need to find their sources; end what was started."""
    service = read_service(path, environment)
    if not _needs_cloud(service):
        for one in seed(service):
            told(f"source {one.source} ({one.scheme}): {one.state}")
        yield {}
        return
    state = str(path.parent / STATE)
    found = _local("up", "--state", state, "--detach", "--port", "0")
    try:
        variables: dict[str, str] = found["environment"]
        told(f"local cloud at {found['endpoint']}")
        for one in seed(service, endpoint=found["endpoint"], region="eu-west-1"):
            told(f"source {one.source} ({one.scheme}): {one.state}")
        yield variables
    finally:
        _local("down", "--state", state)


def _needs_cloud(service: Service) -> bool:
    urls = [url for one in service.functions.values() for url in one.sources.values()]
    return any(url.startswith("dynamodb:") for url in urls)


def _local(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - this Python, with a command of ours
        [sys.executable, "-m", "affidavit_cli", "local", *arguments, "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SettingsError(
            "the local cloud that a source needs did not start",
            why="affidavit local up ended with an error",
            fix="Run affidavit local up by itself, and read what it says",
        )
    told: dict[str, Any] = json.loads(done.stdout)
    return told
