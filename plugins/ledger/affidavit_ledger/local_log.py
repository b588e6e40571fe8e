"""The sealer's state and pending manifests where there is no cloud: a file, and memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from affidavit.errors import LedgerConflictError
from affidavit_ledger.segments import Manifest


class FileState:
    """A sealer's state in one file, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Return what was kept; None if nothing was, or it cannot be read."""
        try:
            return self._path.read_bytes()
        except OSError:
            return None

    def write(self, data: bytes) -> None:
        """Replace what was kept."""
        temporary = self._path.with_name(self._path.name + ".part")
        temporary.write_bytes(data)
        temporary.replace(self._path)


class MemoryPending:
    """Pending manifests of one run: a run that stops is simply repeated."""

    def __init__(self) -> None:
        self._held: dict[str, Manifest] = {}

    def add(self, manifest: Manifest) -> None:
        """Leave a manifest."""
        self._held.setdefault(manifest.key, manifest)

    def all(self) -> Sequence[Manifest]:
        """Return what waits."""
        return list(self._held.values())

    def remove(self, manifests: Iterable[Manifest]) -> None:
        """Let go of what is in the log."""
        for manifest in manifests:
            self._held.pop(manifest.key, None)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two sealers do not work on one archive.

    Raises:
        LedgerConflictError: Another sealer holds it.

    """
    import fcntl  # noqa: PLC0415 - not on every platform; sealing locally is for those that have it

    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            busy = True
        else:
            busy = False
        if busy:
            raise LedgerConflictError(
                "another sealer is at work on this archive",
                why=f"it holds {path.name}",
                fix="Wait for it, or stop it",
            )
        yield
    finally:
        os.close(handle)
