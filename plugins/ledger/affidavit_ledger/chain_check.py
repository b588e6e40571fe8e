"""Check one chain, record by record, in one pass."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from affidavit import LedgerKeyError
from affidavit.plugin import (
    EVOLVE,
    RECORD_FORMAT,
    URLSAFE,
    Entry,
    LedgerKeys,
    Record,
    WriterId,
    evolve,
    first_link,
    is_canonical,
    seal,
)
from affidavit_ledger.chain_point import ChainPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.gaps import Gaps
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.record_form import UnknownVersionError, index_matches, read_record
from affidavit_ledger.record_lots import LINK, LOT, authentic, links_of, phases_of

UNKNOWN_LINK: Final = "?"
"""Stands for the link of a record whose bytes are not the original ones."""

MAX_GAP: Final = 1_000_000
"""More missing records than this are nobody's chain; following it would take for ever."""


class ChainCheck:
    """Walks one chain, record by record, and says what is wrong with it.

    `watched` is the link of the record at seq `watch`, once the walk has passed
    it; None if there is no such record.
    """

    __slots__ = (
        "_key",
        "_keys",
        "_links",
        "_named",
        "_prev",
        "_tail",
        "_watch",
        "first_key",
        "missing",
        "next_seq",
        "opened",
        "records",
        "resumed",
        "watched",
        "writer",
    )

    def __init__(
        self,
        writer: WriterId,
        keys: LedgerKeys | None,
        opened: OpenInvocations,
        *,
        watch: int | None = None,
    ) -> None:
        self.writer = writer
        self._keys = keys
        self.opened = opened
        self._key: bytes | None = None
        self._tail = b',"v":%d,"wid":"%s"}' % (RECORD_FORMAT, writer.encode())
        self._prev: bytes | None = first_link().encode()
        self._watch = watch
        self.next_seq = 0
        self.records = 0
        self.missing = Gaps()
        """Records that have not come yet: one may come late."""
        self._links: dict[int, bytes] = {}
        """Links of records before which, or in the middle of which, others are missing."""
        self._named: dict[int, bytes] = {}
        """What the record after a missing one names as that one's link."""
        self.watched: str | None = None
        self.first_key = ""
        """The chain's first key, wrapped, as its first record holds it."""
        self.resumed = False

    @property
    def head(self) -> tuple[int, str] | None:
        """The newest record's seq and link; None without records."""
        if not self.records and not self.resumed:
            return None
        return self.next_seq - 1, self._prev.decode() if self._prev else UNKNOWN_LINK

    def resume(self, point: ChainPoint) -> None:
        """Go on where an earlier check of the chain has ended.

        Raises:
            LedgerKeyError: The chain's key was not made by this ledger's keys.

        """
        self.next_seq, self._prev, self.first_key = point.next_seq, point.link.encode(), point.key
        self.resumed = True
        if self._keys is not None and point.key:
            key = self._keys.open_chain_key(self.writer, point.key)
            for _ in range(point.next_seq):
                key = evolve(key)
            self._key = key

    def walk(self, entries: Iterable[Entry]) -> Iterator[EvidenceFinding]:
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

    def finish(self) -> Iterator[EvidenceFinding]:
        """Say which records have not come at all, run by run."""
        for first, count in self.missing.runs():
            yield self._finding(FindingKind.MISSING, first, count=count)
        self.missing = Gaps()

    def run(self, parts: Sequence[tuple[bytes, bytes]], start: int = 0) -> int:
        """Accept records from `start` on while nothing at all is wrong; return where that ends.

        The common case, at a fraction of the price: a body whose MAC holds is its
        owner's, and needs no parser. Where it stops, `check` says what is wrong.
        """
        for at in range(start, len(parts), LOT):
            lot = parts[at : at + LOT]
            taken = self._take(lot)
            if taken < len(lot):
                return at + taken
        return max(start, len(parts))

    def _take(self, lot: Sequence[tuple[bytes, bytes]]) -> int:
        """Accept records while nothing is wrong; each hash of all before the next one of any."""
        if self._key is None or self._prev is None:
            return 0
        seq = self.next_seq
        bodies, macs = zip(*lot, strict=True)
        keys = [key := self._key, *((key := sha256(EVOLVE + key).digest()) for _ in lot)]
        links = links_of(self._prev, bodies)
        phases = phases_of(bodies[: authentic(keys, bodies, macs)], links, seq, self._tail)
        taken = len(phases)
        self.opened.follow(bodies, phases, self.writer, seq)
        if self._watch is not None and seq <= self._watch < seq + taken:
            self.watched = links[self._watch - seq + 1][LINK].decode()
        self.records, self.next_seq = self.records + taken, seq + taken
        self._key, self._prev = keys[taken], links[taken][LINK]
        return taken

    def check(
        self, seq: int, body: bytes, mac: bytes, entry: Entry | None = None
    ) -> Iterator[EvidenceFinding]:
        """Check one record; `entry` if there are indexes to compare."""
        if seq in self.missing:
            yield from self._look_late(seq, body, mac)
        elif not self.next_seq <= seq <= self.next_seq + MAX_GAP - self.missing.count:
            yield self._finding(FindingKind.MISPLACED, seq)
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
        if self._prev is not None:
            self._links[self.next_seq - 1] = self._prev
        self.missing.open(self.next_seq, seq - 1, self._key)
        if self._key is not None:
            for _ in range(self.next_seq, seq):
                self._key = evolve(self._key)
        self._prev = None

    def _look_late(self, seq: int, body: bytes, mac: bytes) -> Iterator[EvidenceFinding]:
        """Check a record that came after later ones: it was spilled, or repaired."""
        key = self.missing.take(seq)
        self.records += 1
        try:
            record = _lenient(body)
        except ValueError:
            yield self._finding(FindingKind.UNREADABLE, seq)
            return
        if key is not None and not compare_digest(seal(key, body), mac):
            yield self._finding(FindingKind.ALTERED, seq, record)
            return
        yield from self._judge(seq, body)
        prev, own = str(record.document.get("prev")).encode("utf-8", "replace"), _link(body)
        if (record.document["wid"], record.document["seq"]) != (self.writer, seq):
            yield self._finding(FindingKind.MISPLACED, seq, record)
        elif self._links.get(seq - 1, prev) != prev:
            yield self._finding(FindingKind.UNLINKED, seq, record)
        if self._named.get(seq, own) != own:
            yield self._finding(FindingKind.UNLINKED, seq + 1)
        self._links[seq] = own
        self._named.setdefault(seq - 1, prev)
        self.opened.see(record, self.writer, seq)

    def _judge(self, seq: int, body: bytes) -> Iterator[EvidenceFinding]:
        """Say whether a record keeps the form that the specification gives."""
        try:
            read_record(body)
        except UnknownVersionError:
            yield self._finding(FindingKind.VERSION, seq)
        except ValueError:
            kind = FindingKind.UNREADABLE if is_canonical(body) else FindingKind.NOT_CANONICAL
            yield self._finding(kind, seq)

    def _look(
        self, seq: int, body: bytes, mac: bytes, entry: Entry | None
    ) -> Iterator[EvidenceFinding]:
        try:
            record = _lenient(body)
        except ValueError:
            yield self._finding(FindingKind.UNREADABLE, seq)
            self._advance(seq, None)
            return
        if seq == 0 and self._key is None:
            yield from self._open_key(record)
        if self._key is not None and not compare_digest(seal(self._key, body), mac):
            yield self._finding(FindingKind.ALTERED, seq, record)
            # Its own link is worth nothing, and so is the next one's to it.
            self._advance(seq, None)
            return
        yield from self._judge(seq, body)
        yield from self._check_place(seq, record)
        if entry is not None and not index_matches(entry, record):
            yield self._finding(FindingKind.INDEX_DIFFERS, seq, record)
        self.opened.see(record, self.writer, seq)
        self._advance(seq, _link(body))

    def _open_key(self, record: Record) -> Iterator[EvidenceFinding]:
        self.first_key = str(record.document.get("ek", ""))
        if self._keys is None:
            return
        try:
            self._key = self._keys.open_chain_key(self.writer, self.first_key)
        except LedgerKeyError:
            yield self._finding(FindingKind.FOREIGN_KEY, 0, record)

    def _check_place(self, seq: int, record: Record) -> Iterator[EvidenceFinding]:
        said = (record.document.get("wid"), record.document.get("seq"))
        if said != (self.writer, seq):
            yield self._finding(FindingKind.MISPLACED, seq, record)
        elif self._prev is not None and record.document.get("prev") != self._prev.decode():
            yield self._finding(FindingKind.UNLINKED, seq, record)
        elif self._prev is None:
            self._named[seq - 1] = str(record.document.get("prev")).encode("utf-8", "replace")

    def _finding(
        self, kind: FindingKind, seq: int, record: Record | None = None, *, count: int = 1
    ) -> EvidenceFinding:
        event = "" if record is None else record.event
        return EvidenceFinding(kind=kind, writer=self.writer, seq=seq, count=count, event=event)


def _link(body: bytes) -> bytes:
    """Return what the next record says in `prev`, as the bytes that stand there."""
    return b2a_base64(sha256(body).digest())[:43].translate(URLSAFE)


def _lenient(body: bytes) -> Record:
    """Read a record, also one that does not keep the form: `_judge` says what is wrong."""
    with suppress(ValueError):
        return read_record(body)
    return Record.parse(body)
