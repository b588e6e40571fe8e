"""Walk the chains of one part, each from where its own records say that it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from affidavit import LedgerKeyError
from affidavit.plugin import Archive, LedgerKeys, Record, WriterId, first_link
from affidavit_ledger.archive_check import ArchiveFacts, ArchiveShare, SealedChain, follow
from affidavit_ledger.chain_leap import LeapingChain
from affidavit_ledger.chain_point import ChainPoint, ChainRun
from affidavit_ledger.findings import EvidenceFinding
from affidavit_ledger.log_span import leaves_between
from affidavit_ledger.segment_read import altered, by_writer, first_record, read_segment
from affidavit_ledger.segments import Manifest, holds, seq_of, spans_in

LOOK_BACK: Final = 100_000
"""Leaves before a part among which the beginning of a chain is looked for. A chain lives a week
at most: 10,080 minutes, with one segment a minute."""

_LINK: Final = 43


class EarlierBirths:
    """Looks for the beginnings of chains in the leaves before a part, backwards."""

    def __init__(self, archive: Archive, begun: int, size: int) -> None:
        self._archive = archive
        self._at, self._begun = size, max(begun, size - LOOK_BACK)
        self._step = 64
        self._known: dict[str, list[str]] = {}

    def of(self, writer: str) -> Sequence[str]:
        """Return the segments that are said to hold a chain's first record."""
        while writer not in self._known and self._at > self._begun:
            low = max(self._begun, self._at - self._step)
            for line in leaves_between(self._archive, low, self._at).values():
                with suppress(ValueError):
                    note_births(self._known, Manifest.parse(line))
            self._at, self._step = low, self._step * 2
        return self._known.get(writer, ())


def note_births(births: dict[str, list[str]], manifest: Manifest) -> None:
    """Note which chains are said to begin in a segment."""
    for writer, (first, _, _) in manifest.writers.items():
        if not first and manifest.kind != "alarm":
            births.setdefault(writer, []).append(manifest.key)


class PartChains:
    """Walks the chains of one part, each from where its first record there says that it stands."""

    def __init__(
        self,
        archive: Archive,
        keys: LedgerKeys | None,
        begins: Mapping[str, ChainPoint],
        earlier: EarlierBirths,
        progress: Callable[[int], None],
    ) -> None:
        self._archive, self._keys, self._begins = archive, keys, begins
        self._earlier, self._progress = earlier, progress
        self._share = ArchiveShare(archive, (), keys, 0, b"", None, {}, {}, {})
        self._walked: dict[bytes, tuple[SealedChain, ArchiveFacts, int, str]] = {}
        self.rough: set[bytes] = set()
        self.findings: list[EvidenceFinding] = []
        self.births: dict[str, list[str]] = {}
        self.logged: set[str] = set()
        self.records = 0

    def take(self, manifest: Manifest) -> None:
        """Walk through one segment."""
        self.logged.add(manifest.key)
        note_births(self.births, manifest)
        found = read_segment(self._archive, manifest)
        if isinstance(found, EvidenceFinding):
            self.findings.append(found)
            return
        data, parts = found
        spans: dict[str, tuple[int, int, int]] = {}
        for name, own in by_writer(parts).items():
            spans.update(self._follow(name, own))
        if spans != manifest.writers or not holds(manifest, data, parts):
            self.findings.append(altered(manifest))
        self.records += len(parts)
        self._progress(self.records)

    def runs(self) -> Iterator[ChainRun]:
        """Yield what is known of each chain that has nothing wrong in it."""
        for sealed, facts, first, prev in self._walked.values():
            chain, opened = sealed.chain, facts.opened
            if chain.head is not None:
                seq, link = chain.head
                place = (chain.writer, first, prev, seq + 1, link, chain.first_key)
                ends = (opened.attempts, frozenset(opened.early))
                yield ChainRun(*place, sealed.expires_at, *ends)

    def _follow(
        self, name: bytes, parts: Sequence[tuple[bytes, bytes]]
    ) -> dict[str, tuple[int, int, int]]:
        """Walk one chain through one segment; say which of its records that holds."""
        if name in self.rough or not self._begin(name, parts[0][0]):
            self.rough.add(name)
            return spans_in(parts)
        sealed, facts, _, _ = self._walked[name]
        spans = follow(sealed, parts, self._share, facts)
        if facts.findings or facts.copies or sealed.chain.missing.count:
            self.rough.add(name)
            del self._walked[name]
        return spans

    def _begin(self, name: bytes, body: bytes) -> bool:
        """Begin a chain at its first record here; False if it cannot be told where that stands."""
        if name in self._walked:
            return True
        writer, seq = WriterId(name.decode("utf-8", "replace")), seq_of(body)
        facts = ArchiveFacts()
        chain = LeapingChain(writer, self._keys, facts.opened)
        prev = first_link()
        try:
            if seq:
                at = body.find(b'"prev":"') + 8
                prev = body[at : at + _LINK].decode("ascii")
                chain.resume(ChainPoint(seq, prev, self._key_of(writer), 0))
        except (ValueError, LookupError, LedgerKeyError):
            return False
        if seq < 0 or writer.encode() != name:
            return False
        self._walked[name] = SealedChain(chain), facts, seq, prev
        return True

    def _key_of(self, writer: str) -> str:
        """Return a chain's first key, wrapped, as its first record holds it.

        Raises:
            LookupError: That record is not found.

        """
        if self._keys is None:
            return ""
        if writer in self._begins:
            return self._begins[writer].key
        for key in (*self.births.get(writer, ()), *self._earlier.of(writer)):
            for body in first_record(self._archive, key, writer):
                return str(Record.parse(body).document.get("ek", ""))
        raise LookupError
