"""How long a connection waits for a file that somebody else has locked."""

from __future__ import annotations

import sqlite3


def wait_at_most(connection: sqlite3.Connection, wait_ms: int) -> None:
    """Let statements of this connection wait so many milliseconds for a lock, 0 for not at all."""
    # affidavit: allow AFF101 - a pragma takes no binds, and a whole number is no SQL
    connection.execute(f"pragma busy_timeout = {wait_ms:d}")
