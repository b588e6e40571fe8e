"""One pool of connections per process, made when the first query needs it.

Lambda freezes a process between invocations and copies it with SnapStart. The
pool is therefore made inside an invocation, never before one; a connection that
has not been used for a while is tried before it is trusted, by the clock on the
wall, because the other one may stand still in a freezer; and a fork makes its
own.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import oracledb

from affidavit import SourceError, SourceForbiddenError, SourceTimeoutError, SourceUnavailableError
from affidavit_oracle.database_login import Credentials, Secret
from affidavit_oracle.deadline import Deadline
from affidavit_oracle.faults import CREDENTIALS_REFUSED, NO_CONNECTION, error_of, fault_of
from affidavit_oracle.location import OracleLocation

PING_MS: Final = 1_000
"""How long a connection that is tried may take to answer."""

HOLD_OFF_S: Final = 60.0
"""How long refused credentials are not tried again: ten wrong ones lock an account."""

STUCK: Final = 3
"""How many connects may hang at a time; the driver cannot be told to give one up."""

STUCK_PAUSE_S: Final = 30.0
"""With that many, how long until another is tried."""

_inherited: list[Any] = []
"""Pools of a parent process, held so that nothing closes its sockets here."""


class _Held(NamedTuple):
    pool: Any
    pid: int
    credentials: Credentials


class Lease(NamedTuple):
    """A connection, and the pool that it goes back to."""

    connection: Any
    pool: Any


class Sessions:
    """Hands out connections and takes them back."""

    def __init__(
        self,
        location: OracleLocation,
        secret: Secret,
        *,
        create_pool: Callable[..., Any] = oracledb.create_pool,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._location = location
        self._secret = secret
        self._create_pool = create_pool
        self._wall = wall
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._used_at = wall()
        self._refused: tuple[Credentials, float] | None = None
        self._closing: list[threading.Thread] = []
        self._next_try = 0.0

    def acquire(self, deadline: Deadline) -> Lease:
        """Return a connection that answers, or never failed to.

        Raises:
            SourceError: There is none; see its subclasses.

        """
        for attempt in range(2):
            held = self._open(deadline)
            try:
                return self._living(held.pool, deadline)
            except (oracledb.Error, OSError) as error:
                fault = fault_of(error)
            if fault.code in CREDENTIALS_REFUSED:
                self._abandon(held)
                if not attempt and self._secret.renew(held.credentials, deadline):
                    continue
                self._refused = held.credentials, self._wall() + HOLD_OFF_S
            elif fault.code == NO_CONNECTION and held.pool.busy < held.pool.max:
                # Not that all are in use: a connect hangs, and the pool with it.
                self._abandon(held)
                raise _unreachable("it took the connection and said nothing", SourceTimeoutError)
            break
        raise error_of("Oracle cannot be reached", fault)

    def release(self, lease: Lease, deadline: Deadline) -> None:
        """Take a connection back, with whatever it has begun undone."""
        try:
            lease.connection.call_timeout = deadline.call_ms(most_s=PING_MS / 1000)
            lease.connection.rollback()
            lease.connection.close()
        except (oracledb.Error, OSError, SourceTimeoutError):
            self.drop(lease)  # what it was used for is done; it is not worth an error
        self._used_at = self._wall()

    def drop(self, lease: Lease) -> None:
        """Give a connection up."""
        with contextlib.suppress(oracledb.Error, AttributeError):
            # It may be closed already; otherwise it says goodbye, and not for long.
            lease.connection.call_timeout = PING_MS
        with contextlib.suppress(oracledb.Error):
            lease.pool.drop(lease.connection)

    def close(self) -> None:
        """Close every connection, in the background: one that hangs must not hold us up."""
        if self._held is not None:
            self._abandon(self._held)

    def _living(self, pool: Any, deadline: Deadline) -> Lease:
        for _ in range(self._location.pool_max + 1):
            pool.wait_timeout = deadline.call_ms(most_s=self._location.connect_s)
            lease = Lease(pool.acquire(), pool)
            if abs(self._wall() - self._used_at) <= self._location.ping_s:
                return lease
            try:
                lease.connection.call_timeout = deadline.call_ms(most_s=PING_MS / 1000)
                lease.connection.ping()
            except (oracledb.Error, OSError):
                self.drop(lease)
            else:
                return lease
        raise _unreachable("every connection is dead")

    def _open(self, deadline: Deadline) -> _Held:
        with self._lock:
            if self._held is not None and self._held.pid == os.getpid():
                return self._held
            if self._held is not None:
                _inherited.append(self._held.pool)
                self._closing.clear()
            self._hold_off()
            credentials = self._secret.read(deadline)
            self._check_refused(credentials)
            pool = self._make(credentials)
            self._held = _Held(pool, os.getpid(), credentials)
            self._used_at = self._wall()
            return self._held

    def _make(self, credentials: Credentials) -> Any:
        try:
            return self._create_pool(**pool_arguments(self._location, credentials))
        except (oracledb.Error, OSError) as error:
            fault = fault_of(error)
        raise error_of("Oracle's driver refuses the source's URL", fault)

    def _abandon(self, held: _Held) -> None:
        """Let the next query make a pool anew. Closing one may take for ever."""
        with self._lock:
            if self._held is held:
                self._held = None
            closing = threading.Thread(target=_close, args=(held.pool,), daemon=True)
            closing.start()
            self._closing = [one for one in self._closing if one.is_alive()] + [closing]

    def _hold_off(self) -> None:
        stuck = sum(one.is_alive() for one in self._closing)
        if stuck < STUCK or self._wall() >= self._next_try:
            self._next_try = self._wall() + STUCK_PAUSE_S
            return
        raise _unreachable("several connects hang; another is tried soon")

    def _check_refused(self, credentials: Credentials) -> None:
        if self._refused is None:
            return
        refused, until = self._refused
        if refused == credentials and self._wall() < until:
            raise SourceForbiddenError(
                "Oracle is not asked again yet",
                why="it has just refused these credentials, and more attempts lock the account",
                fix="Correct the secret; it is tried again after a minute",
            )
        self._refused = None


def pool_arguments(location: OracleLocation, credentials: Credentials) -> dict[str, Any]:
    """Return what `oracledb.create_pool` gets."""
    said: dict[str, Any] = {
        "user": credentials.user,
        "password": credentials.password,
        "min": 0,
        "max": location.pool_max,
        "increment": 1,
        "getmode": oracledb.POOL_GETMODE_TIMEDWAIT,
        "wait_timeout": location.connect_s * 1000,
        "ping_interval": location.ping_s,
        "ping_timeout": PING_MS,
        "stmtcachesize": location.statements,
        "tcp_connect_timeout": float(location.connect_s),
        "retry_count": 0,
        "expire_time": 1,  # minutes; the system's keep-alive finds dead peers
    }
    if location.wallet:
        said |= {"config_dir": location.wallet, "wallet_location": location.wallet}
        said |= {"wallet_password": credentials.wallet_password or None}
    if location.alias:
        return said | {"dsn": location.alias}
    said |= {"host": location.host, "port": location.port, "service_name": location.service}
    if location.tls:
        said |= {"protocol": "tcps", "ssl_server_dn_match": True}
        said |= {"ssl_server_cert_dn": location.server_dn or None}
    return said


def _close(pool: Any) -> None:
    # It is of no use any more, closed or not.
    with contextlib.suppress(oracledb.Error):
        pool.close(force=True)


def _unreachable(why: str, kind: type[SourceError] = SourceUnavailableError) -> SourceError:
    return kind(
        "Oracle cannot be reached", why=why, fix="Look at the database, its listener and the way"
    )
