"""What a ledger is: a store that only ever adds, the keys, and a way to read.

A writer is one process. It owns a chain of entries, numbered from 0, each of
which names the hash of the one before. Nobody shares a chain, so nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult

from affidavit.tokens import TokenKey
from affidavit.types import Token, WriterId


class Entry(NamedTuple):
    """One item of the ledger.

    `body` is the canonical JSON that is hashed and kept as it is; `mac` the
    first 16 bytes of its HMAC. The rest repeats what `body` says, so that a
    store can index it and expire it; a verifier compares both.

    `expires_at` is in seconds since 1970, `at` is `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    """

    writer: WriterId
    seq: int
    body: bytes
    mac: bytes
    expires_at: int
    at: str
    actor: Token | None = None
    subject: Token | None = None


class LedgerStore(Protocol):
    """Where entries are kept. Nothing is ever changed, and nothing but age removes it."""

    @property
    def name(self) -> str:
        """A word for messages and metrics, e.g. `sqlite`."""
        ...

    @property
    def remote(self) -> bool:
        """True if an append waits for a network, so that overlapping it pays."""
        ...

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Keep `entries` durably, all of them, or raise. Returning means kept.

        Appending the very same entry again succeeds: an acknowledgement may
        have been lost.

        Raises:
            LedgerConflictError: Another body stands at the same writer and seq.
            LedgerUnavailableError: It could not be done within `timeout_s`
                seconds. The entries may or may not have been kept.

        """
        ...


class LedgerReader(Protocol):
    """How entries are read back. Used by the command line, never by a handler."""

    def writers(self) -> Iterator[WriterId]:
        """Name every chain, in a fixed order."""
        ...

    def entries(self, writer: WriterId) -> Iterator[Entry]:
        """Read one chain in the order of `seq`."""
        ...

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what one actor did; `since` is included, `until` is not. Oldest first."""
        ...

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what was done to one subject, in the same way."""
        ...


class ChainKey(NamedTuple):
    """The first key of a chain.

    `wrapped` is that key as only a verifier can open it; the chain's first
    entry carries it.
    """

    key: bytes
    wrapped: str

    def __repr__(self) -> str:
        """Say nothing about the key."""
        return "ChainKey(...)"


class LedgerKeys(Protocol):
    """Where keys come from."""

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


class Ledger(NamedTuple):
    """A store, its keys, and a reader, opened from one URL."""

    store: LedgerStore
    keys: LedgerKeys
    reader: LedgerReader


class LedgerFactory(NamedTuple):
    """A plugin's offer to open ledgers whose URL has this `scheme`.

    `open` must not touch the network or the disk beyond what is needed to say
    that the URL is wrong; the first append connects.
    """

    scheme: str
    open: Callable[[SplitResult], Ledger]
