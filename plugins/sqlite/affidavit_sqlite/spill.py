"""The second rung beside a SQLite file: a plain file takes what the ledger does not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from affidavit import LedgerUnavailableError
from affidavit.plugin import Spilled, pack_spilled, unpack_spilled


class FileSpill:
    """Appends entries and salts to one file, one a line; they are on the disk when `keep` returns.

    Several processes may do so at once: whoever writes or clears the file has it
    alone. A line that was cut off, by a power cut or a full disk, was never
    acknowledged; it goes when the next one comes.
    """

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def keep(self, items: Sequence[Spilled], *, timeout_s: float) -> None:
        """Append `items`, all of them or none."""
        data = "".join(pack_spilled(item) + "\n" for item in items).encode()
        try:
            with _alone(self._path, os.O_RDWR | os.O_CREAT, timeout_s) as handle:
                _append(handle, data)
        except OSError as error:
            failed = type(error).__name__
        else:
            return
        raise LedgerUnavailableError(
            "the spill file cannot be written",
            why=f"writing raised {failed}",
            fix="Check its folder and the space on the disk",
        )

    def waiting_count(self) -> int:
        """Return how many entries and salts wait."""
        try:
            return self._path.read_bytes().count(b"\n")
        except OSError:
            return 0

    def waiting(self) -> Iterator[Spilled]:
        """Read what waits to be replayed. A line that was cut off ends the file.

        Raises:
            ValueError: A line is neither a spilled entry nor a salt.

        """
        data = self._path.read_bytes() if self._path.exists() else b""
        self._read = data.rfind(b"\n") + 1
        for line in data[: self._read].decode().splitlines():
            yield unpack_spilled(line)

    def clear(self) -> None:
        """Let go of what `waiting` has read, unless more has come since.

        Then all of it stays for the next time: replaying an entry twice does no
        harm. The file stays too, for somebody may have it open. Its bytes are
        overwritten first: there may be salts among them.
        """
        if not self._path.exists():
            return
        with _alone(self._path, os.O_RDWR, _CLEAR_TIMEOUT_S) as handle:
            if _whole(handle) == self._read:
                os.pwrite(handle, bytes(self._read), 0)
                os.fsync(handle)
                os.ftruncate(handle, 0)


_CLEAR_TIMEOUT_S = 10.0


@contextmanager
def _alone(path: Path, flags: int, timeout_s: float) -> Iterator[int]:
    """Open a file and have it alone until it is closed."""
    try:
        import fcntl  # noqa: PLC0415 - the ledger itself runs where this is not to be had
    except ImportError:
        fcntl = None  # type: ignore[assignment]
    if fcntl is None:
        raise LedgerUnavailableError(
            "records cannot be spilled into a file here",
            why="this system has no file locks of POSIX (fcntl)",
            fix="Run the function on Linux or macOS, or keep the ledger elsewhere",
        )
    deadline = time.monotonic() + timeout_s
    handle = os.open(path, flags, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
        yield handle
    finally:
        os.close(handle)


def _append(handle: int, data: bytes) -> None:
    end = _whole(handle)
    try:
        os.ftruncate(handle, end)
        if os.pwrite(handle, data, end) != len(data):
            raise OSError  # noqa: TRY301 - the handler below takes the line back
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, end)
        raise


def _whole(handle: int) -> int:
    """Return where the last whole line of a file ends."""
    size = os.fstat(handle).st_size
    while size:
        start = max(0, size - 4096)
        found = os.pread(handle, size - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        size = start
    return 0
