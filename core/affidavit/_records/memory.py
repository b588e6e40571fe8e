"""A ledger in memory: for trying things out, and for tests, which can plant faults in it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from affidavit._records.ledger import Entry, Ledger
from affidavit._records.local_keys import LOCAL_SEED_BYTES, LocalKeys
from affidavit._types import Token, WriterId
from affidavit.errors import LedgerConflictError, LedgerRefusedError, LedgerUnavailableError

Fault = Callable[[Sequence[Entry]], None]
"""Called before an append; what it raises is what the store raises."""


@dataclass(slots=True)
class MemoryStore:
    """Keeps entries in a dictionary; store and reader in one.

    `before` and `after` are called around each append and may raise: an error
    from `after` is a lost acknowledgement. `remote=True` makes the kernel treat
    it as a store behind a network.

    >>> store = MemoryStore()
    >>> run(audited(action="PING")(lambda *_: 1), {}, make_runtime(store=store))
    1
    >>> len(store.items)  # the first record of the chain, the intent, the outcome
    3
    """

    name: str = "memory"
    remote: bool = False
    batch_limit: int = 100
    before: Fault | None = None
    after: Fault | None = None
    items: dict[tuple[WriterId, int], Entry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Keep `entries`, all or none."""
        if self.before is not None:
            self.before(entries)
        if timeout_s <= 0:
            raise LedgerUnavailableError(
                "the memory ledger was given no time", why="the deadline has passed", fix="Retry"
            )
        if len(entries) > self.batch_limit:
            raise LedgerRefusedError(
                "the memory ledger does not take so many entries at once",
                why=f"it takes {self.batch_limit}",
                fix="Append them in portions",
            )
        with self._lock:
            for entry in entries:
                there = self.items.get((entry.writer, entry.seq))
                if there is not None and there.body != entry.body:
                    raise LedgerConflictError(
                        "another record stands in this place",
                        why="two writers share a chain",
                        fix="Nothing: the writer opens a new chain",
                    )
            for entry in entries:
                self.items[entry.writer, entry.seq] = entry
        if self.after is not None:
            self.after(entries)

    def writers(self) -> Iterator[WriterId]:
        """Name every chain."""
        yield from sorted({writer for writer, _ in self.items})

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        """Read one chain in order, from `start` on."""
        for key in sorted(key for key in self.items if key[0] == writer and key[1] >= start):
            yield self.items[key]

    def stamp(self) -> str:
        """Say nothing: reading a dictionary costs nothing."""
        return ""

    def damage(self) -> Iterator[str]:
        """Say nothing: there is nothing beside the dictionary."""
        yield from ()

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what one actor did."""
        return self._find(lambda entry: entry.actor == actor, since, until)

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what was done to one subject."""
        return self._find(lambda entry: entry.subject == subject, since, until)

    def _find(self, wanted: Callable[[Entry], bool], since: str, until: str) -> Iterator[Entry]:
        found = [e for e in self.items.values() if wanted(e) and since <= e.at < until]
        yield from sorted(found, key=lambda entry: (entry.at, entry.writer, entry.seq))


@dataclass(slots=True)
class MemorySubjects:
    """Keeps salts in a dictionary.

    >>> salts = MemorySubjects()
    >>> salts.keep(Token("a" * 32), "a salt", timeout_s=1)
    'a salt'
    """

    salts: dict[Token, str] = field(default_factory=dict)

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:  # noqa: ARG002 - no wait
        """Return a salt; keep this one if there is none."""
        return self.salts.setdefault(place, salt)

    def read(self, place: Token) -> str | None:
        """Return a salt, or None."""
        return self.salts.get(place)

    def destroy(self, place: Token) -> bool:
        """Destroy a salt."""
        return self.salts.pop(place, None) is not None


def memory_ledger(store: MemoryStore | None = None) -> Ledger:
    """Return a ledger in memory, with keys of its own.

    >>> list(memory_ledger().reader.writers())
    []
    """
    store = store or MemoryStore()
    return Ledger(store=store, keys=LocalKeys(secrets.token_bytes(LOCAL_SEED_BYTES)), reader=store)
