"""Which Python runs a function: one of its version, with AWS's runtime client and boto3 only."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

PROVIDED: Final = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)
"""What Lambda's Python runtimes bring along. Everything else has to be in the package."""


class Interpreter(NamedTuple):
    """A Python, and the folder with what the runtime provides."""

    executable: str
    provided: Path


class Interpreters:
    """The Pythons of this machine that can run functions, by Lambda's name of the runtime."""

    def __init__(self, folder: Path, others: Mapping[str, str]) -> None:
        """Offer our own Python, and `others` as `{"python3.12": "/path/of/its/python"}`."""
        self._folder = folder
        self._others = dict(others)
        self._found: dict[str, Interpreter] = {}
        self._lock = threading.Lock()

    def find(self, runtime: str) -> Interpreter | None:
        """Return the Python for `runtime`, or None if there is none."""
        with self._lock:  # two first calls at once would link the same files
            if runtime not in self._found:
                found = self._look(runtime)
                if found is None:
                    return None
                self._found[runtime] = found
            return self._found[runtime]

    def names(self) -> tuple[str, ...]:
        """Return the runtimes that can be had."""
        return tuple(sorted({own_runtime(), *self._others}))

    def _look(self, runtime: str) -> Interpreter | None:
        if runtime == own_runtime():
            told = describe()
        elif runtime in self._others:
            told = _ask(self._others[runtime])
        else:
            return None
        if told["runtime"] != runtime:
            return None
        return Interpreter(str(told["executable"]), _link(self._folder / runtime, told["files"]))


def own_runtime() -> str:
    """Return Lambda's name for the Python that runs this, e.g. `python3.11`."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def describe() -> dict[str, object]:
    """Say which Python this is, and where what the runtime provides is installed."""
    files: dict[str, str] = {}
    for name in PROVIDED:
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in distribution.files or ():
            top = file.parts[0]
            if top != ".." and not top.endswith((".dist-info", ".egg-info", "__pycache__")):
                files[top] = str(distribution.locate_file(top))
    executable = getattr(sys, "_base_executable", None) or sys.executable
    return {"runtime": own_runtime(), "executable": executable, "files": files}


def _ask(python: str) -> dict[str, object]:
    """Let another Python describe itself; this file is a program, too."""
    asked = subprocess.run(  # noqa: S603 - a Python that the user named
        [python, "-B", __file__], capture_output=True, timeout=30, check=True
    )
    told: dict[str, object] = json.loads(asked.stdout)
    return told


def _link(folder: Path, files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(files, dict):
        for name, place in files.items():
            link = folder / name
            if not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(place)
    return folder


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe()))
