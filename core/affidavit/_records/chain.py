"""One writer's chain: number each record, link it to the last, and forget old keys.

The chain is keyed and forward-secure. Each body is authenticated under the
current key, and once the store has acknowledged it the key is hashed forward
and the old one dropped: whoever reads this process's memory tomorrow cannot
rewrite what it wrote today.

The chain is made on first use, never at import. With SnapStart many processes
start from one memory image, and what is made at import would be shared.
"""

from __future__ import annotations

import hashlib
import os
import threading
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from affidavit._canonical import record_bytes
from affidavit._clock import Clock, iso_utc
from affidavit._records.corrections import Corrections
from affidavit._records.ledger import Entry, Ledger, guarded
from affidavit._records.record import RECORD_FORMAT, Draft, Phase
from affidavit._records.tokens import hmac_sha256
from affidavit._types import Json, WriterId
from affidavit.errors import (
    LedgerConflictError,
    LedgerError,
    LedgerRefusedError,
    LedgerUnavailableError,
)

MAC_BYTES: Final = 16
"""HMAC-SHA-256 truncated to 128 bits (RFC 2104, section 5: not under half)."""

MAX_AGE_MS: Final = 7 * 86_400_000
"""A chain older than a week is followed by a new one, so that its first record,
which holds the wrapped key, outlives the last record that needs it."""

PAY_SHARE: Final = 0.5
"""How much of an append's time must be left for corrections to be paid with it."""

STORE_SHARE: Final = 0.6
"""How much of an append's time the store gets before its entries are spilled."""

URLSAFE: Final = bytes.maketrans(b"+/", b"-_")
EVOLVE: Final = b"affidavit evolve 1\x00"
"""What stands before a key when it is hashed into the next one."""


def first_link() -> str:
    """Return the `prev` of a chain's first record: the hash of nothing, as zeros.

    >>> first_link()[:8]
    'AAAAAAAA'
    """
    return _base64(bytes(32))


def link(body: bytes) -> str:
    """Return what the next record says in `prev`: SHA-256 of `body`, base64url."""
    return _base64(hashlib.sha256(body).digest())


def seal(key: bytes, body: bytes) -> bytes:
    """Authenticate `body` under the chain's current key.

    >>> len(seal(bytes(32), b"a body")) == MAC_BYTES
    True
    """
    return hmac_sha256(key, body)[:MAC_BYTES]


def evolve(key: bytes) -> bytes:
    """Return the next key. There is no way back.

    >>> len(evolve(bytes(32)))
    32
    """
    return hashlib.sha256(EVOLVE + key).digest()


class _Head:
    """Where the chain stands. Replaced by the next one, never changed."""

    # Written out: as a dataclass it costs a cold start more than the rest of this
    # module, as a named tuple each record. And nothing prints the key.
    __slots__ = ("key", "opened_ms", "pid", "prev", "seq", "writer")

    def __init__(  # noqa: PLR0917 - what it holds
        self, writer: WriterId, key: bytes, seq: int, prev: str, opened_ms: int, pid: int
    ) -> None:
        self.writer = writer
        self.key = key
        self.seq = seq
        self.prev = prev
        self.opened_ms = opened_ms
        self.pid = pid


class _Batch:
    """Entries on their way, and where the chain stands once they are kept. Never changed.

    `owed` are the corrections among them; a batch holds nothing else then.
    """

    __slots__ = ("after", "entries", "owed")

    def __init__(self, entries: tuple[Entry, ...], after: _Head, owed: tuple[Draft, ...]) -> None:
        self.entries = entries
        self.after = after
        self.owed = owed


class Chain:
    """Appends records to a ledger as one writer.

    Safe to use from several threads; they take turns.

    `about` is what the genesis record says of this process besides the key:
    policy, plugins, code, function.

    >>> ledger = memory_ledger()
    >>> chain = Chain(ledger, Clock(), {"lib": "example"}, hot_days=30)
    >>> list(ledger.reader.writers())  # nothing is written before the first record
    []
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, about: Mapping[str, Json], *, hot_days: int
    ) -> None:
        self._ledger = ledger
        self._store_name = f"the {ledger.store.name} ledger"
        self._clock = clock
        self._about = dict(about)
        self._hot_days = hot_days
        self._lock = threading.Lock()
        self._head: _Head | None = None
        self._genesis: Entry | None = None
        self._unsettled: _Batch | None = None
        self._owed = Corrections(ledger.store.batch_limit)
        self.forks = 0
        self.spilled = 0
        """How many entries the spill has taken."""

    def append(self, draft: Draft, *, timeout_s: float) -> Entry:
        """Keep `draft` as the next record and return what was stored.

        Raises:
            LedgerUnavailableError: It may or may not have been kept. The next
                append settles which before it adds anything.
            LedgerRefusedError: It cannot be kept as it is, so it was not.
            LedgerConflictError: Even a fresh chain met somebody else's record.
            LedgerKeyError: The key for a new chain could not be had.

        """
        with self._lock:
            started = self._clock.tick_ns()
            try:
                entry = self._append(draft, timeout_s)
            except LedgerConflictError:
                # Somebody else writes to our chain: a copy of this process that
                # shares its memory. Leave the chain to it and start another.
                self._fork()
                entry = self._append(draft, timeout_s)
            if self._owed:
                # An append that was slow has no time to give away: a payment that is cut
                # off would have to be settled before the next answer.
                left_s = timeout_s - (self._clock.tick_ns() - started) / 1e9
                if left_s > timeout_s * PAY_SHARE:
                    self._pay(left_s)
            return entry

    def owe(self, draft: Draft) -> None:
        """Append `draft` after a later record, once the ledger works again.

        For the correction that an answer was withheld: the ledger may hold a
        record that says it was given. Corrections are paid in portions, oldest
        first.
        """
        with self._lock:
            self._owed.add(draft)

    @property
    def owed(self) -> Corrections:
        """The corrections that wait."""
        return self._owed

    def _append(self, draft: Draft, timeout_s: float) -> Entry:
        head = self._current()
        if self._unsettled is not None:
            self._settle(self._unsettled, timeout_s)
            head = self._current()
        batch = self._place(head, [draft])
        self._send(batch, timeout_s)
        return batch.entries[-1]

    def _settle(self, batch: _Batch, timeout_s: float) -> None:
        """Find out what became of a batch: keep it now, or know that it never will be."""
        try:
            self._send(batch, timeout_s)
        except LedgerRefusedError:
            self._owed.refuse(batch.owed)

    def _pay(self, timeout_s: float) -> None:
        """Append a portion of what is owed. The answer at hand does not depend on it."""
        portion = self._owed.take()
        try:
            self._send(self._place(self._current(), portion, portion), timeout_s)
        except LedgerRefusedError:
            self._owed.refuse(portion)
        except LedgerConflictError:
            self._fork()
        except LedgerError:
            pass  # it stays unsettled, and the next append begins with it

    def _send(self, batch: _Batch, timeout_s: float) -> None:
        """Append and advance. A batch stays unsettled if nobody knows what became of it."""
        self._unsettled = batch
        spill = self._ledger.spill
        try:
            # The store gets most of the time; what is left must be enough to spill.
            self._store(batch, timeout_s if spill is None else timeout_s * STORE_SHARE)
        except LedgerRefusedError:
            self._unsettled = None
            raise
        except LedgerUnavailableError:
            if spill is None:
                raise
            left_s = timeout_s * (1 - STORE_SHARE)
            guarded(f"the {spill.name} spill", lambda: spill.keep(batch.entries, timeout_s=left_s))
            self.spilled += len(batch.entries)
        self._head = batch.after
        self._unsettled = self._genesis = None

    def _store(self, batch: _Batch, timeout_s: float) -> None:
        store = self._ledger.store
        guarded(self._store_name, lambda: store.append(batch.entries, timeout_s=timeout_s))

    def _place(self, head: _Head, drafts: Sequence[Draft], owed: tuple[Draft, ...] = ()) -> _Batch:
        """Give drafts their places behind `head`, and tell where the chain stands then."""
        writer, key, seq, prev = head.writer, head.key, head.seq, head.prev
        entries: list[Entry] = []
        if self._genesis is not None:
            entries.append(self._genesis)
            key, seq, prev = evolve(key), seq + 1, link(self._genesis.body)
        for draft in drafts:
            body = _bytes(draft.document(writer, seq, prev))
            entries.append(
                Entry(
                    writer,
                    seq,
                    body,
                    seal(key, body),
                    draft.expires_at,
                    draft.at,
                    draft.facts.actor,
                    draft.facts.subject,
                )
            )
            key, seq, prev = evolve(key), seq + 1, link(body)
        after = _Head(writer, key, seq, prev, head.opened_ms, head.pid)
        return _Batch(tuple(entries), after, owed)

    def _current(self) -> _Head:
        head = self._head
        if head is not None and head.pid != os.getpid():
            self._fork()
        elif head is not None and self._clock.now_ms() - head.opened_ms > MAX_AGE_MS:
            self._abandon()
        return self._head or self._open()

    def _fork(self) -> None:
        self.forks += 1
        self._about["fork"] = self._head.writer if self._head else ""
        self._abandon()

    def _abandon(self) -> None:
        # Corrections that were under way may not have been kept: owe them again.
        if self._unsettled is not None:
            self._owed.put_back(self._unsettled.owed)
        self._head = self._genesis = self._unsettled = None

    def _open(self) -> _Head:
        now = self._clock.now_ms()
        writer = WriterId(self._clock.new_id())
        keys = self._ledger.keys
        first = guarded("making a chain's key", lambda: keys.new_chain_key(writer))
        expires_at = now // 1000 + self._hot_days * 86_400 + 2 * MAX_AGE_MS // 1000
        tokens = guarded("asking for the token key", keys.token_key)
        document: dict[str, Json] = {
            **self._about,
            "ck": first.name,
            "ek": first.wrapped,
            "exp": expires_at,
            "ph": Phase.GENESIS.value,
            "prev": first_link(),
            "salts": int(self._ledger.subjects is not None),
            "seq": 0,
            "tk": tokens.kid,
            "ts": iso_utc(now),
            "v": RECORD_FORMAT,
            "wid": writer,
        }
        body = _bytes(document)
        self._about.pop("fork", None)
        self._genesis = Entry(
            writer=writer,
            seq=0,
            body=body,
            mac=seal(first.key, body),
            expires_at=expires_at,
            at=iso_utc(now),
        )
        self._head = _Head(writer, first.key, 0, first_link(), now, os.getpid())
        return self._head


def _bytes(document: dict[str, Any]) -> bytes:
    try:
        return record_bytes(document)
    except ValueError as error:
        raise LedgerRefusedError(
            "a record could not be written",
            why=str(error),
            fix="Give `action`, `resource` and `purpose` as plain ASCII text",
        ) from None


def _base64(digest: bytes) -> str:
    """Write 32 bytes as 43 base64url characters (RFC 4648, section 5, no padding)."""
    return b2a_base64(digest)[:43].translate(URLSAFE).decode()
