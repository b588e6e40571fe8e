"""The records that a call has left in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Any

from affidavit import LedgerMissingError
from affidavit.plugin import Record, load_plugins, open_ledger, read_settings


class NewRecords:
    """Reads a ledger from where it was left off; records are kept until their call asks."""

    def __init__(self, ledger: str) -> None:
        """Leave out what is there already."""
        settings = read_settings({"AFFIDAVIT_LEDGER": ledger})
        self._reader = open_ledger(settings, load_plugins(["sqlite"])).reader
        self._lock = threading.Lock()
        self._next: dict[Any, int] = {}
        self._kept: dict[str, list[Any]] = {}
        self._read()
        self._kept.clear()

    def of(self, attempts: Collection[str]) -> list[Any]:
        """Return what stands on record for these attempts, oldest first.

        A process that ended before it could say which attempts were its own
        leaves records that nobody asks for: they go to whoever names none.
        """
        with self._lock:
            self._read()
            names = [one for one in self._kept if one in attempts or not attempts]
            return [record for name in names for record in self._kept.pop(name)]

    def _read(self) -> None:
        try:
            for writer in self._reader.writers():
                for entry in self._reader.entries(writer, self._next.get(writer, 0)):
                    record = Record.parse(entry.body)
                    self._next[writer] = entry.seq + 1
                    if record.phase != "G":  # the first of a chain is of no attempt
                        said = dict(record.document)
                        self._kept.setdefault(str(said["att"]), []).append(said)
        except LedgerMissingError:
            return
