"""Which deployed functions wait for a debugger, and what their processes need for that.

Their code lies in a folder whose name is a hash; a link with the function's name
leads there, so that an editor has one path for every version.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

MEMORY: Final = 256 * 1024 * 1024
"""What a debugger takes beside the function."""


class DebugStart(NamedTuple):
    """What is different for a process that waits; `port` is 0 for one that does not."""

    port: int
    code: Path
    path: tuple[Path, ...] = ()
    variables: Mapping[str, str] = {}

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what the first code of the process is told."""
        return (str(self.port),) if self.port else ()


class DebugPorts:
    """The functions that somebody looks into, by name or by the end of it."""

    def __init__(self, folder: Path, wanted: Mapping[str, int]) -> None:
        """Keep links in `folder`."""
        self._folder = folder
        self._wanted = dict(wanted)
        self._lock = threading.Lock()

    def replace(self, wanted: Mapping[str, int]) -> None:
        """Look into these from now on, and into no others."""
        with self._lock:
            self._wanted = dict(wanted)

    def wanted(self) -> dict[str, int]:
        """Return them as they were asked for."""
        with self._lock:
            return dict(self._wanted)

    def port_of(self, function: str) -> int:
        """Return where the debugger of a function listens; 0 if nobody looks into it."""
        with self._lock:
            for name, port in self._wanted.items():
                if function == name or function.endswith(f"-{name}"):
                    return port
        return 0

    def start(self, function: str, code: Path) -> DebugStart:
        """Return how a process of `function` starts."""
        port = self.port_of(function)
        if not port:
            return DebugStart(0, code)
        library = self._folder / "library"
        library.mkdir(parents=True, exist_ok=True)
        found = importlib.util.find_spec("debugpy")
        if found is not None and found.origin is not None:
            _link(library / "debugpy", Path(found.origin).parent)
        _link(self._folder / function, code)
        variables = {"AFFIDAVIT_UNSAFE_DEBUG": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        return DebugStart(port, self._folder / function, (library,), variables)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
