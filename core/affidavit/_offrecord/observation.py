"""What one invocation has reached past its sources: kinds and names, bounded, never a value.

A name is a word of the code (`dynamodb.GetItem`, `psycopg`) or one that the policy lists.
Whatever else says where the access went, a host or a path, stands as a token.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum, unique
from typing import Final, ParamSpec, TypeAlias, TypeVar

from affidavit._canonical import plain_text
from affidavit._policy.access_rules import OffRecordRules
from affidavit._policy.words import OffRecord
from affidavit._records.accesses import OffRecordAccess
from affidavit._types import Token
from affidavit.errors import UnauditedAccessError

P = ParamSpec("P")
R = TypeVar("R")

AWS, DATABASE, FILE, NATIVE, NET, PROCESS = "aws", "db", "file", "native", "net", "process"
"""Kinds of access, as records say them."""

MORE, OTHERS = "more", "others"
"""Kind and name of what found no room of its own."""

MAX_NAMED: Final = 16
"""How many different accesses a record names; the others are counted together."""

ALLOWED, RECORDED, REFUSED = "allowed", "recorded", "refused"
"""What came of an access: the policy lists it, or notes it, or does not let it happen."""


class Observation:
    """Collects what one handler reaches while it runs, from whatever thread.

    `hosts` holds the names that were looked up last, by port: a connection knows only
    the address that came of them.
    """

    __slots__ = ("_found", "_lock", "_rules", "_token", "hosts", "open", "pid")

    def __init__(self, rules: OffRecordRules, token: Callable[[str, str], Token]) -> None:
        self._rules = rules
        self._token = token
        self._found: dict[tuple[str, str, str, str], int] | None = None
        self._lock: threading.Lock | None = None
        self.hosts: dict[object, str] | None = None
        self.open = True
        self.pid = os.getpid()

    @property
    def refuses(self) -> bool:
        """Tell whether what the policy does not list may not happen."""
        return self._rules.mode is OffRecord.REFUSE

    def note(self, kind: str, name: str, where: str = "", *, done: bool = False) -> None:
        """Note one access. `name` is a word of the code; `where` is shown only if it is listed.

        One that is `done` cannot be refused any more, and is on record as what it is.

        Raises:
            UnauditedAccessError: The policy refuses what it does not list.

        """
        listed = self._listed(kind, name, where)
        shown = "" if listed is None else listed
        if listed is None and where and where != name:
            shown = self._token(f"off-record {kind}", where)
        if kind == NET:
            name, shown = shown, ""
        decision = RECORDED if listed is None else ALLOWED
        if listed is None and self.refuses and not done:
            decision = REFUSED
        self._count((kind, plain_text(name, 64), shown, decision))
        if decision == REFUSED:
            said = (kind, name, shown)
            raise UnauditedAccessError(
                f"the handler reached past its sources ({' '.join(filter(None, said))})",
                why="the policy says off_record.mode: refuse, and lists nothing that allows it",
                fix="Read it through context.source(name), or have the policy list it",
            )

    def found(self) -> tuple[OffRecordAccess, ...]:
        """Return what was noticed, sorted, the most that a record may hold."""
        found = self._found
        if not found:
            return ()
        with self._guard():
            rows = sorted(found.items())
        return tuple(OffRecordAccess(*key, times) for key, times in rows)

    def unlisted(self) -> int:
        """Return how many accesses were noticed that the policy does not list."""
        return sum(one.times for one in self.found() if one.decision != ALLOWED)

    def _count(self, key: tuple[str, str, str, str]) -> None:
        with self._guard():
            found = self._found
            if found is None:
                found = self._found = {}
            if key not in found and len(found) >= MAX_NAMED:
                key = (MORE, OTHERS, "", key[3])
            found[key] = found.get(key, 0) + 1

    def _guard(self) -> threading.Lock:
        # Made when it is needed: most handlers do nothing of the kind.
        lock = self._lock
        if lock is None:
            with _making:
                lock = self._lock = self._lock or threading.Lock()
        return lock

    def _listed(self, kind: str, name: str, where: str) -> str | None:
        """Return what the policy lists for an access, as a record may say it; None if nothing."""
        rules = self._rules
        if kind == AWS:
            return _listed_operation(rules.operations, name, where)
        if not where:
            return None
        found = _listed_host(rules.hosts, where) if kind in {NET, DATABASE} else None
        return found or _listed_path(rules.paths, where)


_making: Final = threading.Lock()


def _listed_operation(listed: tuple[str, ...], name: str, where: str) -> str | None:
    service = name.partition(".")[0] + ".*"
    # A queue is asked by its URL, a topic by its ARN; a policy may name both as people do.
    places = {"", where, where.rpartition("/")[2].rpartition(":")[2]}
    for entry in listed:
        operation, _, resource = entry.partition(" ")
        if operation in {name, service} and resource in places:
            return resource
    return None


def _listed_host(listed: tuple[str, ...], host: str) -> str | None:
    host = host.lower().rstrip(".")
    for entry in listed:
        name = entry.lower()
        if host == name or (name.startswith("*.") and host.endswith(name[1:])):
            return entry
    return None


def _listed_path(listed: tuple[str, ...], path: str) -> str | None:
    for entry in listed:
        if path == entry or path.startswith(entry.rstrip("/") + "/"):
            return entry
    return None


@unique
class Nobody(Enum):
    """Whose work it is when it is no handler's."""

    KERNEL = "kernel"
    """What the kernel does itself, its ledger and its sources: no access of a handler."""

    ACCOUNTED = "accounted"
    """What a driver does further down for an access that is noted, and what a source does."""

    IDLE = "idle"
    """A thread that has run an invocation and runs none now."""


Owner: TypeAlias = "Observation | Nobody | None"

CURRENT: Final[ContextVar[Owner]] = ContextVar("off_record", default=None)
"""Whose work this is: a handler's, the kernel's, or nobody's that is known."""

OPEN: Final[dict[Observation, None]] = {}
"""The observations of the handlers that run now. Not by `id`, whose every call is an event."""


def begin(observation: Observation) -> None:
    """Let what happens from now on be the handler's, until `end`."""
    OPEN[observation] = None
    CURRENT.set(observation)


def end(observation: Observation) -> None:
    """End the handler's part; the kernel's goes on."""
    CURRENT.set(Nobody.KERNEL)
    observation.open = False
    OPEN.pop(observation, None)


def on_own_account(act: Callable[P, R]) -> Callable[P, R]:
    """Let what `act` does be the kernel's own, whoever calls it."""

    @functools.wraps(act)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> R:
        before = CURRENT.get()
        CURRENT.set(Nobody.KERNEL)
        try:
            return act(*args, **kwargs)
        finally:
            # A handler may call another one, and goes on afterwards.
            CURRENT.set(Nobody.IDLE if before is None else before)

    return quiet
