"""A pool that looks like the driver's and runs on SQLite. It stands in for a database.

There is no Oracle server on most machines. What is ours (tags, order of calls,
limits, retries) runs against this; what is the driver's runs against the driver
and real sockets in the other files; and with a database all of it runs there,
too: see `test_database.py`. Errors are the driver's own.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import oracledb
from oracledb import errors

from affidavit_sqlite.connection import connect


def driver_error(code: int, text: str = "s3cr3t") -> oracledb.Error:
    """Return what the driver raises for an error of the database."""
    details = errors._Error(f"ORA-{code:05}: {text}", code=code)
    made: oracledb.Error = details.exc_type(details)
    return made


def own_error(number: int, text: str = "s3cr3t") -> oracledb.Error:
    """Return what the driver raises of its own accord."""
    details = errors._Error(f"DPY-{number:04}: {text}")
    made: oracledb.Error = details.exc_type(details)
    return made


class Column(NamedTuple):
    """One entry of a cursor's description, as far as we look at it."""

    name: str
    type_code: Any
    precision: int | None = None
    scale: int | None = None


class Server:
    """The database behind every stand-in: its file, and what it was told."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.heard: list[str] = []
        self.tags: list[tuple[str | None, str | None, str | None]] = []
        self.pools: list[Pool] = []
        self.faults: list[BaseException | None] = []
        """What the next statements raise, one each; None lets one pass."""
        self.logins: Callable[[str, str], BaseException | None] = lambda _, __: None
        self.dead_pings = 0
        self.dead_rollbacks = 0

    def create_pool(self, **arguments: Any) -> Pool:
        pool = Pool(self, arguments)
        self.pools.append(pool)
        return pool


class Pool:
    """What `oracledb.create_pool` returns."""

    def __init__(self, server: Server, arguments: Mapping[str, Any]) -> None:
        self.server = server
        self.arguments = dict(arguments)
        self.max = arguments["max"]
        self.wait_timeout = arguments["wait_timeout"]
        self.busy = 0
        self.idle: list[Connection] = []
        self.dropped = 0
        self.closed = False

    def acquire(self) -> Connection:
        failure = self.server.logins(self.arguments["user"], self.arguments["password"])
        if failure is not None:
            raise failure
        self.busy += 1
        return self.idle.pop() if self.idle else Connection(self)

    def drop(self, connection: Connection) -> None:
        self.busy -= 1
        self.dropped += 1
        connection.lite.close()

    def close(self, *, force: bool) -> None:
        assert force
        self.closed = True


class Connection:
    """What a pool hands out."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.lite = connect(f"file:{quote(str(pool.server.path))}")
        self.call_timeout = 0
        self.client_identifier: str | None = None
        self.module: str | None = None
        self.action: str | None = None

    def cursor(self) -> Cursor:
        return Cursor(self)

    def ping(self) -> None:
        self.pool.server.heard.append("ping")
        if self.pool.server.dead_pings:
            self.pool.server.dead_pings -= 1
            raise own_error(4011)

    def commit(self) -> None:
        self.pool.server.heard.append("commit")
        self.lite.execute("commit")

    def rollback(self) -> None:
        self.pool.server.heard.append("rollback")
        if self.pool.server.dead_rollbacks:
            self.pool.server.dead_rollbacks -= 1
            raise own_error(4011)
        if self.lite.in_transaction:
            self.lite.execute("rollback")
        self.lite.execute("pragma query_only = off")

    def close(self) -> None:
        self.pool.busy -= 1
        self.pool.idle.append(self)


class Cursor:
    """What a connection makes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 100
        self.prefetchrows = 2
        self.outputtypehandler: Any = None
        self.rowcount = -1
        self.description: list[Column] | None = None
        self._lite: sqlite3.Cursor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lite = None

    def execute(self, sql: str, binds: Mapping[str, Any] | None = None) -> None:
        server, session = self.connection.pool.server, self.connection
        assert session.call_timeout > 0, "a call without a timeout waits for ever"
        server.heard.append(sql)
        server.tags.append((session.client_identifier, session.module, session.action))
        fault = server.faults.pop(0) if server.faults else None
        if fault is not None:
            raise fault
        if sql == "set transaction read only":
            session.lite.execute("pragma query_only = on")
            return
        try:
            if not session.lite.in_transaction:
                session.lite.execute("begin")
            self._lite = session.lite.execute(sql, {n: _lite(v) for n, v in (binds or {}).items()})
        except sqlite3.Error as error:
            readonly = "readonly" in str(error)
            raise driver_error(1456 if readonly else 942) from error
        self.rowcount = self._lite.rowcount
        self.description = [
            Column(one[0].upper(), oracledb.DB_TYPE_VARCHAR) for one in self._lite.description or ()
        ]

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        assert self._lite is not None
        self.connection.pool.server.heard.append(f"fetch {size}")
        return self._lite.fetchmany(size)


def _lite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def no_credentials(text: str) -> bool:
    """Tell whether a text is free of what the tests use as credentials."""
    return not re.search("s3cr3t|scott|tiger", text)
