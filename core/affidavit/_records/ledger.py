"""What a ledger is: a store that only ever adds, the keys, and a way to read.

A writer is one process. It owns a chain of entries, numbered from 0, each of
which names the hash of the one before. Nobody shares a chain, so nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar
from urllib.parse import SplitResult

from affidavit._records.tokens import TokenKey
from affidavit._types import Token, WriterId
from affidavit.errors import LedgerError, LedgerUnavailableError

T = TypeVar("T")


class Entry(NamedTuple):
    """One item of the ledger.

    `body` is the canonical JSON that is hashed and kept as it is; `mac` the
    first 16 bytes of its HMAC. The rest repeats what `body` says, so that a
    store can index it and expire it; a verifier compares both.

    `expires_at` is in seconds since 1970, `at` is `YYYY-MM-DDTHH:MM:SS.mmmZ`.

    >>> entry = Entry(WriterId("w"), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")
    >>> entry.seq, entry.actor
    (0, None)
    """

    writer: WriterId
    seq: int
    body: bytes
    mac: bytes
    expires_at: int
    at: str
    actor: Token | None = None
    subject: Token | None = None


class SubjectSalt(NamedTuple):
    """A salt that its store did not take: by which token it is looked up, and when it was made.

    >>> SubjectSalt(Token("a" * 32), "a secret", "2026-01-23T12:00:00.000Z").salt
    'a secret'
    """

    lookup: Token
    salt: str
    at: str

    def __repr__(self) -> str:
        """Say nothing about the salt."""
        return "SubjectSalt(...)"


Spilled: TypeAlias = Entry | SubjectSalt
"""What a spill takes."""


class LedgerStore(Protocol):
    """Where entries are kept. Nothing is ever changed, and nothing but age removes it.

    >>> memory_ledger().store.name
    'memory'
    """

    @property
    def name(self) -> str:
        """A word for messages and metrics, e.g. `sqlite`."""
        ...

    @property
    def remote(self) -> bool:
        """True if an append waits for a network, so that overlapping it pays."""
        ...

    @property
    def batch_limit(self) -> int:
        """How many entries one append may hold; at least two."""
        ...

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Keep `entries` durably, all of them, or raise. Returning means kept.

        Appending the very same entry again succeeds: an acknowledgement may
        have been lost.

        Raises:
            LedgerConflictError: Another body stands at the same writer and seq.
            LedgerRefusedError: The store will never take them as they are: too
                many, too large, or not of the right form. None was kept.
            LedgerUnavailableError: It could not be done within `timeout_s`
                seconds. The entries may or may not have been kept.

        """
        ...


class LedgerSpill(Protocol):
    """Where entries and salts go that no store takes now, until somebody replays them.

    >>> memory_ledger().spill is None
    True
    """

    @property
    def name(self) -> str:
        """A word for messages and metrics, e.g. `sqs`."""
        ...

    def keep(self, items: Sequence[Spilled], *, timeout_s: float) -> None:
        """Keep `items` durably, or raise. Returning means kept.

        Raises:
            LedgerUnavailableError: It could not be done within `timeout_s` seconds.

        """
        ...

    def waiting_count(self) -> int:
        """Return about how many entries or messages wait; 0 also if that cannot be seen."""
        ...


class LedgerReader(Protocol):
    """How entries are read back. Used by the command line, never by a handler.

    >>> list(memory_ledger().reader.writers())
    []
    """

    def writers(self) -> Iterator[WriterId]:
        """Name every chain, in a fixed order."""
        ...

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        """Read one chain in the order of `seq`, from `start` on."""
        ...

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what one actor did; `since` is included, `until` is not. Oldest first."""
        ...

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what was done to one subject, in the same way.

        Opening records are found and closing ones need not be: a reader of
        accesses follows the chain from where an access begins.
        """
        ...

    def stamp(self) -> str:
        """Return a word that changes whenever something is added.

        Empty if that cannot be told without reading everything.
        """
        ...

    def damage(self) -> Iterator[str]:
        """Say what is wrong with the store itself, such as an index that lacks records.

        Sentences without values; nothing if all is well, or if it cannot be seen.
        """
        ...


class ChainKey(NamedTuple):
    """The first key of a chain.

    `wrapped` is that key as only a verifier can open it, and `name` says with
    which key it is wrapped; the chain's first entry carries both.

    >>> ChainKey(bytes(32), wrapped="local1.…").name
    ''
    """

    key: bytes
    wrapped: str
    name: str = ""

    def __repr__(self) -> str:
        """Say nothing about the key."""
        return "ChainKey(...)"


class LedgerKeys(Protocol):
    """Where keys come from.

    >>> isinstance(LocalKeys(bytes(32)).token_key(), TokenKey)
    True
    """

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain. Called once per chain.

        Raises:
            LedgerUnavailableError: The key service does not answer.
            LedgerKeyError: The key is missing or damaged.

        """
        ...

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain, for a verifier.

        Raises:
            LedgerKeyError: `wrapped` was not made for this writer with our key.

        """
        ...

    def token_key(self) -> TokenKey:
        """Return the key behind the tokens of actors and subjects."""
        ...


class LedgerSubjects(Protocol):
    """Where the salts of subjects are kept, so that one can be destroyed.

    Each has a place of its own, named like a token. Unlike entries, salts come and go.

    >>> memory_ledger().subjects is None
    True
    """

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        """Keep a salt in a place where none is, and return the one that is there then.

        Of two processes that do so at once, the first one's counts for both.

        Raises:
            LedgerUnavailableError: It could not be done within `timeout_s` seconds.

        """
        ...

    def read(self, place: Token) -> str | None:
        """Return the salt in a place; None if there is none.

        Raises:
            LedgerUnavailableError: It cannot be read now.

        """
        ...

    def destroy(self, place: Token) -> bool:
        """Destroy the salt in a place for good. Returns whether there was one.

        Raises:
            LedgerUnavailableError: It cannot be done now.

        """
        ...


class Ledger(NamedTuple):
    """A store, its keys, and a reader, opened from one URL.

    `spill` takes what the stores cannot, if there is one; `subjects` keeps salts
    of subjects, if these are to be forgotten one day; `whoami` names the
    principal that uses the ledger, where that can be known. `timeout_s` is what
    one append may take in all, in seconds; `cold_timeout_s` what the first one
    may take, which has to connect.

    >>> Ledger(store=MemoryStore(), keys=LocalKeys(bytes(32)), reader=MemoryStore()).timeout_s
    5.0
    """

    store: LedgerStore
    keys: LedgerKeys
    reader: LedgerReader
    spill: LedgerSpill | None = None
    subjects: LedgerSubjects | None = None
    whoami: Callable[[], str] | None = None
    timeout_s: float = 5.0
    cold_timeout_s: float = 5.0


class LedgerFactory(NamedTuple):
    """A plugin's offer to open ledgers whose URL has this `scheme`.

    `open` must not touch the network or the disk beyond what is needed to say
    that the URL is wrong; the first append connects.

    >>> LedgerFactory("shelf", open=lambda url: memory_ledger()).scheme
    'shelf'
    """

    scheme: str
    open: Callable[[SplitResult], Ledger]


def guarded(what: str, act: Callable[[], T]) -> T:
    """Return what `act`, a plugin's code, returns; repeat no text that it did not promise.

    Raises:
        LedgerError: As `act` raised it; its author promised that it holds no value.
        LedgerUnavailableError: `act` raised anything else. Only its type is repeated.

    """
    try:
        return act()
    except LedgerError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin is foreign code
        failed = type(error).__name__
    raise LedgerUnavailableError(
        f"{what} failed",
        why=f"it raised {failed}, whose text is not repeated",
        fix="See the ledger's own documentation, or report this to its author",
    )
