"""Whether the code of a service has changed: by looking, and by being told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

WATCHED: Final = (".py", ".toml", ".sql", ".json")
LEFT_OUT: Final = {".venv", ".git", "build", "__pycache__", "node_modules", ".terraform"}
STEP_MS: Final = 20
"""How long nothing may change before a change counts as whole."""


def stamp(folder: Path) -> int:
    """Return a number that differs whenever a file of the code has changed."""
    return hash(tuple(_files(folder)))


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for root, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one not in LEFT_OUT and one[0] != "."]
        for name in names:
            if name.endswith(WATCHED):
                path = f"{root}/{name}"
                try:
                    found = os.stat(path)  # noqa: PTH116 - a Path for each file takes longer
                except OSError:
                    continue
                yield path, found.st_mtime_ns, found.st_size


def watch(folder: Path, changed: Callable[[], None], stopping: threading.Event) -> None:
    """Call `changed` whenever a file of the code has changed, until `stopping` is set."""
    import watchfiles  # noqa: PLC0415 - an extra

    class Code(watchfiles.DefaultFilter):
        def __call__(self, change: watchfiles.Change, path: str) -> bool:
            return path.endswith(WATCHED) and super().__call__(change, path)

    for _ in watchfiles.watch(
        folder, watch_filter=Code(), step=STEP_MS, stop_event=stopping, raise_interrupt=False
    ):
        changed()
