"""Find a CPython on this machine by its version, whatever processor it is for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

TIMEOUT_S: Final = 60
FOLDERS: Final = (".pyenv/versions/{0}.*", ".local/share/uv/python/cpython-{0}.*")
"""Where pyenv and uv keep their interpreters, below the home."""


class LocalPython(NamedTuple):
    """One CPython and its full version."""

    path: str
    version: str


def find_local(python: str) -> LocalPython | None:
    """Return a CPython of that version, such as 3.13: this one, of the path, of pyenv or of uv."""
    for path in _candidates(python):
        try:
            ran = subprocess.run(  # noqa: S603 - an interpreter of this machine
                [path, "-I", "-S", "-c", "import platform as p; print(p.python_version())"],
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except OSError:
            continue
        version = ran.stdout.strip()
        if not ran.returncode and version.startswith(f"{python}."):
            return LocalPython(path, version)
    return None


def _candidates(python: str) -> Iterator[str]:
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        yield getattr(sys, "_base_executable", None) or sys.executable
    found = shutil.which(f"python{python}")
    if found:
        yield found
    for folder in FOLDERS:
        places = sorted(Path.home().glob(f"{folder.format(python)}/bin/python{python}"))
        yield from map(str, places)
