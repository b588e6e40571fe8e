"""The local cloud as other processes see it: where it is, whether it lives, how to end it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from affidavit import SettingsError

READY_S = 30.0
STOP_S = 60.0
"""How long a cloud may take to end before it is killed; what it keeps would be lost with that."""
ANY_VALUE = "local"
"""Clients have to send credentials, and the local cloud takes any. They open nothing."""


class Running(NamedTuple):
    """A local cloud that serves."""

    pid: int
    port: int
    folder: Path

    @property
    def endpoint(self) -> str:
        """Return what AWS_ENDPOINT_URL has to be."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes = b"", timeout_s: float = 30.0) -> Any:
        """Ask the cloud itself, not AWS in it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        return json.loads(data) if data else None


def pid_file(folder: Path) -> Path:
    """Return where a cloud says that it serves."""
    return folder / "cloud.json"


def find_running(folder: Path) -> Running | None:
    """Return the cloud of this folder, or None if it does not serve."""
    try:
        told = json.loads(pid_file(folder).read_text())
        found = Running(int(told["pid"]), int(told["port"]), folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if _answers(found) else None


def wait_until_ready(folder: Path, process: subprocess.Popen[bytes]) -> Running:
    """Return the cloud as soon as it serves.

    Raises:
        SettingsError: It ended, or it takes too long.

    """
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        found = find_running(folder)
        if found is not None:
            return found
        time.sleep(0.05)
    raise SettingsError(
        "the local cloud did not start",
        why="its process ended" if process.poll() is not None else f"no answer in {READY_S:.0f} s",
        fix=f"Read {folder / 'cloud.log'}",
    )


def start_detached(arguments: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start the cloud in a session of its own, with its output in `cloud.log`."""
    with (folder / "cloud.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "affidavit_cli", "local", "up", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def stop(found: Running) -> bool:
    """End a cloud and wait for that; return whether it ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while time.monotonic() < deadline:
        if not lives(found.pid):
            return True
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGKILL)
    pid_file(found.folder).unlink(missing_ok=True)
    return False


def free_port(wanted: int) -> int:
    """Return `wanted` if it is free, or any free port for 0.

    Raises:
        SettingsError: Somebody else listens there.

    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            pass
        else:
            return int(probe.getsockname()[1])
    raise SettingsError(
        f"port {wanted} cannot be used",
        why="another program listens there",
        fix="Name another one with --port, or --port 0 for any",
    )


def _answers(found: Running) -> bool:
    try:
        told = found.ask("GET", "/_affidavit/health", timeout_s=5.0)
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return isinstance(told, dict) and told.get("pid") == found.pid


def lives(pid: int) -> bool:
    """Tell whether a process has not ended; a child of this one that has is taken leave of."""
    with contextlib.suppress(ChildProcessError):  # it may be our own child
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
