"""The way back, kept before each write: whoever finds it can clean up after a dead run."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.protocol import UndoEntry, Values


class UndoLedger(Protocol):
    """Where entries are kept until their undo was done."""

    def put(self, entry: UndoEntry) -> None:
        """Keep `entry` durably before the write that it takes back."""
        ...

    def entries(self, run: str | None = None) -> Iterator[UndoEntry]:
        """Return the entries of a run, or all, newest first."""
        ...

    def done(self, entry: UndoEntry) -> None:
        """Forget an entry whose undo was done."""
        ...

    def ask_to_stop(self, run: str) -> None:
        """Ask a run to stop before its next action and clean up."""
        ...

    def asked_to_stop(self, run: str) -> bool:
        """Tell whether somebody did."""
        ...

    def remember(self, run: str, name: str, value: Any) -> None:
        """Keep a captured secret until the run ends: it may not stand in the run's state."""
        ...

    def remembered(self, run: str) -> Values:
        """Return the captured secrets of a run by name."""
        ...

    def forget(self, run: str) -> None:
        """Forget what was remembered, and that anybody asked to stop."""
        ...


class FileUndoLedger:
    """Entries as files, one each, in a folder per run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._secrets: dict[str, Values] = {}  # never on disk

    def put(self, entry: UndoEntry) -> None:
        folder = self._folder / entry.run
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"undo-{entry.number:06d}.json"
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(to_json(entry), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync(folder)

    def entries(self, run: str | None = None) -> Iterator[UndoEntry]:
        found = []
        for path in self._folder.glob(f"{run or '*'}/undo-*.json"):
            with contextlib.suppress(FileNotFoundError):  # another sweep was faster
                found.append(from_json(UndoEntry, json.loads(path.read_text("utf-8"))))
        yield from sorted(found, key=lambda entry: (entry.run, entry.number), reverse=True)

    def done(self, entry: UndoEntry) -> None:
        path = self._folder / entry.run / f"undo-{entry.number:06d}.json"
        path.unlink(missing_ok=True)

    def ask_to_stop(self, run: str) -> None:
        (self._folder / run).mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / run / "stop").touch()

    def asked_to_stop(self, run: str) -> bool:
        return (self._folder / run / "stop").exists()

    def remember(self, run: str, name: str, value: Any) -> None:
        self._secrets.setdefault(run, {})[name] = value

    def remembered(self, run: str) -> Values:
        return dict(self._secrets.get(run, {}))

    def forget(self, run: str) -> None:
        self._secrets.pop(run, None)
        with contextlib.suppress(OSError):  # a folder that is gone asks nobody to stop
            (self._folder / run / "stop").unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
