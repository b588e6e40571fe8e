"""The second rung beside a SQLite file: a plain file takes what the ledger does not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from affidavit import Entry, LedgerUnavailableError
from affidavit.spill import pack, unpack


class FileSpill:
    """Appends entries to one file, one a line; they are on the disk when `keep` returns."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, entries: Sequence[Entry], *, timeout_s: float) -> None:  # noqa: ARG002 - a local write has no clock
        """Append `entries` in one write, which does not mix with those of others."""
        data = "".join(pack(entry) + "\n" for entry in entries).encode()
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.write(handle, data) != len(data):
                    raise OSError
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            failed = type(error).__name__
        else:
            return
        raise LedgerUnavailableError(
            "the spill file cannot be written",
            why=f"writing raised {failed}",
            fix="Check its folder and the space on the disk",
        )

    def waiting(self) -> Iterator[Entry]:
        """Read what waits to be replayed. A line that was cut off ends the file.

        Raises:
            ValueError: A line is not a spilled entry.

        """
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                yield unpack(line)

    def clear(self) -> None:
        """Let go of what has been replayed."""
        self._path.unlink(missing_ok=True)
