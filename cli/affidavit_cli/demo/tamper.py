"""Do what an attacker would do, to copies: change a byte, remove the newest record."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

_WITHOUT_GUARDS = (
    "drop trigger records_never_change",
    "drop trigger records_stay",
)
"""Triggers stop accidents; whoever owns the file can drop them."""


def altered_copy(ledger: Path, name: str) -> Path:
    """Copy a ledger and change one letter in the middle of its third record."""
    return _copy(
        ledger,
        name,
        'update records set body = cast(replace(cast(body as text), \'"s":"ok"\', \'"s":"oK"\')'
        " as blob) where seq = 2",
    )


def shortened_copy(ledger: Path, name: str) -> Path:
    """Copy a ledger and remove its newest record."""
    return _copy(ledger, name, "delete from records where seq = (select max(seq) from records)")


def _copy(ledger: Path, name: str, statement: str) -> Path:
    target = ledger.with_name(name)
    # The backup interface also copies what still stands in the write-ahead log.
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        for guard in _WITHOUT_GUARDS:
            copy.execute(guard)
        copy.execute(statement)
        copy.commit()
    shutil.copy(f"{ledger}.key", f"{target}.key")
    return target
