"""Check one chain, record by record, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hmac import compare_digest

from affidavit.canonical import is_canonical
from affidavit.chain import evolve, first_link, link, seal
from affidavit.errors import LedgerKeyError
from affidavit.ledger import Entry, LedgerKeys
from affidavit.record import Phase, Record
from affidavit.types import WriterId
from affidavit_ledger.findings import Finding, Kind


@dataclass(slots=True)
class Opened:
    """Invocations that were declared and have not been closed: attempt → place and time."""

    attempts: dict[str, tuple[str, int, str, str]] = field(default_factory=dict)

    def see(self, record: Record, writer: str, seq: int) -> None:
        """Follow one record of any chain; an attempt may be closed in another one."""
        if record.phase == Phase.INTENT.value:
            self.attempts[record.attempt] = (writer, seq, record.at, record.event)
        elif record.phase in {Phase.OUTCOME.value, Phase.WITHHELD.value}:
            self.attempts.pop(record.attempt, None)


class ChainCheck:
    """Walks one chain and yields what is wrong with it.

    `watched` is the link of the record at seq `watch`, once the walk has passed
    it; None if there is no such record.
    """

    def __init__(
        self,
        writer: WriterId,
        keys: LedgerKeys | None,
        opened: Opened,
        *,
        watch: int | None = None,
    ) -> None:
        self._writer = writer
        self._keys = keys
        self._opened = opened
        self._key: bytes | None = None
        self._next = 0
        self._prev: str | None = first_link()
        self.records = 0
        self.head: tuple[int, str] | None = None
        self.watched: str | None = None
        self._watch = watch

    def walk(self, entries: Iterable[Entry]) -> Iterator[Finding]:
        """Check every entry, in the order of `seq`."""
        for entry in entries:
            self.records += 1
            yield from self._gap(entry)
            yield from self._check(entry)
            self._next = entry.seq + 1
            self.head = (entry.seq, link(entry.body))
            if entry.seq == self._watch:
                self.watched = self.head[1]
            if self._key is not None:
                self._key = evolve(self._key)

    def _gap(self, entry: Entry) -> Iterator[Finding]:
        gone = entry.seq - self._next
        if gone <= 0:
            return
        yield self._finding(Kind.MISSING, self._next, count=gone)
        self._prev = None
        # The key goes on as if the missing records were there, so that what
        # follows the gap can be checked all the same.
        for _ in range(gone if self._key is not None else 0):
            self._key = evolve(self._key or b"")

    def _check(self, entry: Entry) -> Iterator[Finding]:
        try:
            record = Record.parse(entry.body)
        except ValueError:
            yield self._finding(Kind.UNREADABLE, entry.seq)
            self._prev = None
            return
        if entry.seq == 0:
            yield from self._open_key(record)
        if self._key is not None and not compare_digest(seal(self._key, entry.body), entry.mac):
            yield self._finding(Kind.ALTERED, entry.seq, record)
            # Its own link is worth nothing, and so is the next one's to it.
            self._prev = None
            return
        yield from self._check_place(entry, record)
        if not is_canonical(entry.body):
            yield self._finding(Kind.NOT_CANONICAL, entry.seq, record)
        if not _index_matches(entry, record):
            yield self._finding(Kind.INDEX_DIFFERS, entry.seq, record)
        self._opened.see(record, self._writer, entry.seq)
        self._prev = link(entry.body)

    def _open_key(self, record: Record) -> Iterator[Finding]:
        if self._keys is None:
            return
        try:
            wrapped = str(record.document.get("ek", ""))
            self._key = self._keys.open_chain_key(self._writer, wrapped)
        except LedgerKeyError:
            yield self._finding(Kind.FOREIGN_KEY, 0, record)

    def _check_place(self, entry: Entry, record: Record) -> Iterator[Finding]:
        said = (record.document.get("wid"), record.document.get("seq"))
        if said != (self._writer, entry.seq):
            yield self._finding(Kind.MISPLACED, entry.seq, record)
        elif self._prev is not None and record.document.get("prev") != self._prev:
            yield self._finding(Kind.UNLINKED, entry.seq, record)

    def _finding(
        self, kind: Kind, seq: int, record: Record | None = None, *, count: int = 1
    ) -> Finding:
        event = "" if record is None else record.event
        return Finding(kind=kind, writer=self._writer, seq=seq, count=count, event=event)


def _index_matches(entry: Entry, record: Record) -> bool:
    said = record.document
    return (
        entry.expires_at == said.get("exp")
        and entry.at == said.get("ts")
        and entry.actor == record.actor
        and entry.subject == record.subject
    )
