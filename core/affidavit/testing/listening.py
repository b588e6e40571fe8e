"""Hear of what a process reaches, before it happens, and refuse it: for tests of handlers."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from affidavit._offrecord.audit_hook import follow
from affidavit._offrecord.install import look
from affidavit._offrecord.listeners import (
    OutsideAccess,
    accounted_for,
    heard_by,
    is_temporary,
)

__all__ = [
    "OutsideAccess",
    "accounted_for",
    "begin_to_listen",
    "follow_connection",
    "heard_by",
    "is_temporary",
]


def begin_to_listen() -> None:
    """Install what listens, once per process: it is silent while nobody does.

    >>> begin_to_listen()
    """
    look(os.environ)


def follow_connection(connection: Any) -> None:
    """Have an SQLite connection that is open already say when it is used.

    One that another thread has made, or that was closed, stays as it is.

    >>> import sqlite3
    >>> connection = sqlite3.connect(":memory:")
    >>> follow_connection(connection)
    >>> connection.close()
    """
    with contextlib.suppress(Exception), accounted_for():
        file = connection.execute("pragma database_list").fetchone()[2]
        follow(connection, file or ":memory:")
