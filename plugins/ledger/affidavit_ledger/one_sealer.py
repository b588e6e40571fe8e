"""One at a time that seals or pushes, where there is no cloud to see to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affidavit import LedgerConflictError


@contextmanager
def one_at_a_time(
    path: Path, busy: str = "another sealer is at work on this archive"
) -> Iterator[None]:
    """Hold a lock file; `busy` is what is said if somebody else holds it.

    Raises:
        LedgerConflictError: Another process holds it.

    """
    import fcntl  # noqa: PLC0415 - not on every platform; sealing locally is for those that have it

    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held = True
        else:
            held = False
        if held:
            raise LedgerConflictError(
                busy,
                why=f"it holds {path.name}",
                fix="Wait for it, or stop it",
            )
        yield
    finally:
        os.close(handle)
