"""Check one chain, record by record, in one pass."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final, TypeAlias

from affidavit import LedgerKeyError
from affidavit.plugin import (
    EVOLVE,
    MAC_BYTES,
    RECORD_FORMAT,
    URLSAFE,
    Entry,
    LedgerKeys,
    Phase,
    Record,
    WriterId,
    evolve,
    first_link,
    is_canonical,
    seal,
)
from affidavit_ledger.findings import Finding, Kind

UNKNOWN_LINK: Final = "?"
"""Stands for the link of a record whose bytes are not the original ones."""

MAX_GAP: Final = 1_000_000
"""A jump beyond this is nobody's chain; following it would take for ever."""

_VERSION: Final = b',"v":%d,"w' % RECORD_FORMAT
_INTENT: Final = ord(Phase.INTENT.value)
_CLOSING: Final = (ord(Phase.OUTCOME.value), ord(Phase.WITHHELD.value))


Place: TypeAlias = tuple[str, int, bytes, bytes]
"""Where an opening record stands: writer and seq, its time and its event id as written."""


@dataclass(slots=True)
class Opened:
    """Invocations that were declared and have not been closed: attempt → place and time.

    An attempt may be closed in another chain than it was opened in, and that
    chain may be read first: `early` holds such closings until then.
    """

    attempts: dict[bytes, Place] = field(default_factory=dict)
    early: set[bytes] = field(default_factory=set)

    def see(self, record: Record, writer: str, seq: int) -> None:
        """Follow one record of any chain."""
        if record.phase == Phase.INTENT.value:
            place = (writer, seq, record.at.encode(), record.event.encode())
            self.open(record.attempt.encode(), place)
        elif record.phase in {Phase.OUTCOME.value, Phase.WITHHELD.value}:
            self.close(record.attempt.encode())

    def open(self, attempt: bytes, place: Place) -> None:
        """Note that an attempt has begun."""
        if attempt in self.early:
            self.early.discard(attempt)
        else:
            self.attempts[attempt] = place

    def close(self, attempt: bytes) -> None:
        """Note that an attempt has ended."""
        if self.attempts.pop(attempt, None) is None:
            self.early.add(attempt)

    def join(self, other: Opened) -> None:
        """Add what another worker has seen."""
        for attempt, place in other.attempts.items():
            self.open(attempt, place)
        for attempt in other.early:
            self.close(attempt)


class ChainCheck:
    """Walks one chain, record by record, and says what is wrong with it.

    `watched` is the link of the record at seq `watch`, once the walk has passed
    it; None if there is no such record.
    """

    __slots__ = (
        "_key",
        "_keys",
        "_prev",
        "_tail",
        "_watch",
        "missing",
        "next_seq",
        "opened",
        "records",
        "watched",
        "writer",
    )

    def __init__(
        self,
        writer: WriterId,
        keys: LedgerKeys | None,
        opened: Opened,
        *,
        watch: int | None = None,
    ) -> None:
        self.writer = writer
        self._keys = keys
        self.opened = opened
        self._key: bytes | None = None
        self._tail = b'"wid":"%s"}' % writer.encode()
        self._prev: bytes | None = first_link().encode()
        self._watch = watch
        self.next_seq = 0
        self.records = 0
        self.missing: dict[int, bytes | None] = {}
        """Records that have not come yet, and the key of each: one may come late."""
        self.watched: str | None = None

    @property
    def head(self) -> tuple[int, str] | None:
        """The newest record's seq and link; None without records."""
        if not self.records:
            return None
        return self.next_seq - 1, self._prev.decode() if self._prev else UNKNOWN_LINK

    def walk(self, entries: Iterable[Entry]) -> Iterator[Finding]:
        """Check every entry, in the order of `seq`, indexes included."""
        for entry in entries:
            yield from self.check(entry.seq, entry.body, entry.mac, entry)
        yield from self.finish()

    def prime(self, genesis: bytes) -> None:
        """Open the chain's key before its first record has its turn.

        A first record that was spilled comes later than those after it.
        """
        with suppress(ValueError):
            list(self._open_key(Record.parse(genesis)))

    def finish(self) -> Iterator[Finding]:
        """Say which records have not come at all, run by run."""
        runs: list[list[int]] = []
        for seq in sorted(self.missing):
            if runs and runs[-1][-1] == seq - 1:
                runs[-1].append(seq)
            else:
                runs.append([seq])
        self.missing = {}
        for run in runs:
            yield self._finding(Kind.MISSING, run[0], count=len(run))

    def quick(self, body: bytes, mac: bytes) -> bool:
        """Accept the record that comes next, if nothing at all is wrong with it.

        The common case, at a third of the price: a body whose MAC holds was
        written by the chain's owner, so its members are where the owner writes
        them and need no parser. False means nothing; then `check` has to say.
        """
        key = self._key
        if key is None or digest(key, body, "sha256")[:MAC_BYTES] != mac:
            return False
        at = body.find(b'"prev":"') + 8
        if body[at : at + 43] != self._prev or not body.endswith(self._tail):
            return False
        at = body.find(b'"seq":%d,' % self.next_seq, at + 45)
        if at < 0 or body.find(_VERSION, at) < 0:
            return False
        phase = body[body.find(b'"ph":"') + 6]
        if phase == _INTENT:
            event = _word_after(body, b'"eid":"', 32)
            place = (self.writer, self.next_seq, _word_after(body, b'"ts":"', 24), event)
            self.opened.open(_word_after(body, b'"att":"', 22), place)
        elif phase in _CLOSING:
            self.opened.close(_word_after(body, b'"att":"', 22))
        # As `_advance` does, without the calls: this is where a verifier spends its time.
        self.records += 1
        self.next_seq += 1
        self._prev = prev = _link(body)
        self._key = sha256(EVOLVE + key).digest()
        if self.next_seq - 1 == self._watch:
            self.watched = prev.decode()
        return True

    def check(
        self, seq: int, body: bytes, mac: bytes, entry: Entry | None = None
    ) -> Iterator[Finding]:
        """Check one record; `entry` if there are indexes to compare."""
        if seq - self.next_seq > MAX_GAP:
            yield self._finding(Kind.MISPLACED, seq)
        elif seq in self.missing:
            yield from self._look_late(seq, body, mac)
        else:
            self._skip_to(seq)
            yield from self._look(seq, body, mac, entry)

    def _advance(self, seq: int, prev: bytes | None) -> None:
        self.records += 1
        self.next_seq = seq + 1
        self._prev = prev
        if self._key is not None:
            self._key = evolve(self._key)
        if seq == self._watch:
            self.watched = prev.decode() if prev else UNKNOWN_LINK

    def _skip_to(self, seq: int) -> None:
        """Go on at `seq`, and remember the keys of what is missing in between."""
        if seq <= self.next_seq:
            return
        for missing in range(self.next_seq, seq):
            self.missing[missing] = self._key
            if self._key is not None:
                self._key = evolve(self._key)
        self._prev = None

    def _look_late(self, seq: int, body: bytes, mac: bytes) -> Iterator[Finding]:
        """Check a record that came after later ones: it was spilled, or repaired."""
        key = self.missing.pop(seq)
        self.records += 1
        try:
            record = Record.parse(body)
        except ValueError:
            yield self._finding(Kind.UNREADABLE, seq)
            return
        if key is not None and not compare_digest(seal(key, body), mac):
            yield self._finding(Kind.ALTERED, seq, record)
            return
        if (record.document.get("wid"), record.document.get("seq")) != (self.writer, seq):
            yield self._finding(Kind.MISPLACED, seq, record)
        self.opened.see(record, self.writer, seq)

    def _look(self, seq: int, body: bytes, mac: bytes, entry: Entry | None) -> Iterator[Finding]:
        try:
            record = Record.parse(body)
        except ValueError:
            yield self._finding(Kind.UNREADABLE, seq)
            self._advance(seq, None)
            return
        if seq == 0 and self._key is None:
            yield from self._open_key(record)
        if self._key is not None and not compare_digest(seal(self._key, body), mac):
            yield self._finding(Kind.ALTERED, seq, record)
            # Its own link is worth nothing, and so is the next one's to it.
            self._advance(seq, None)
            return
        yield from self._check_place(seq, record)
        if record.document["v"] != RECORD_FORMAT:
            yield self._finding(Kind.VERSION, seq, record)
        if not is_canonical(body):
            yield self._finding(Kind.NOT_CANONICAL, seq, record)
        if entry is not None and not index_matches(entry, record):
            yield self._finding(Kind.INDEX_DIFFERS, seq, record)
        self.opened.see(record, self.writer, seq)
        self._advance(seq, _link(body))

    def _open_key(self, record: Record) -> Iterator[Finding]:
        if self._keys is None:
            return
        try:
            wrapped = str(record.document.get("ek", ""))
            self._key = self._keys.open_chain_key(self.writer, wrapped)
        except LedgerKeyError:
            yield self._finding(Kind.FOREIGN_KEY, 0, record)

    def _check_place(self, seq: int, record: Record) -> Iterator[Finding]:
        said = (record.document.get("wid"), record.document.get("seq"))
        if said != (self.writer, seq):
            yield self._finding(Kind.MISPLACED, seq, record)
        elif self._prev is not None and record.document.get("prev") != self._prev.decode():
            yield self._finding(Kind.UNLINKED, seq, record)

    def _finding(
        self, kind: Kind, seq: int, record: Record | None = None, *, count: int = 1
    ) -> Finding:
        event = "" if record is None else record.event
        return Finding(kind=kind, writer=self.writer, seq=seq, count=count, event=event)


def _link(body: bytes) -> bytes:
    """Return what the next record says in `prev`, as the bytes that stand there."""
    return b2a_base64(sha256(body).digest(), newline=False)[:43].translate(URLSAFE)


def _word_after(body: bytes, name: bytes, length: int) -> bytes:
    """Return a member whose length is fixed, from a body that is authentic."""
    at = body.find(name) + len(name)
    return body[at : at + length]


def index_matches(entry: Entry, record: Record | None = None) -> bool:
    """Tell whether what a store indexes is what the record says."""
    if record is None:
        try:
            record = Record.parse(entry.body)
        except ValueError:
            return False
    said = record.document
    return (
        entry.expires_at == said.get("exp")
        and entry.at == said.get("ts")
        and entry.actor == record.actor
        and entry.subject == record.subject
    )
