"""One sealer at a time, where there is no cloud to see to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affidavit import LedgerConflictError


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
