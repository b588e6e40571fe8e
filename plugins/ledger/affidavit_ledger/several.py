"""Several ledgers as one: a question is asked of each, and a key is tried from each.

For whoever moved from one table to another, or has one per branch. What is
written, such as the record of having asked, goes to the first of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence

from affidavit import LedgerKeyError
from affidavit.plugin import (
    ChainKey,
    Entry,
    Ledger,
    LedgerKeys,
    LedgerReader,
    LedgerSpill,
    LedgerSubjects,
    Spilled,
    Token,
    TokenKey,
    WriterId,
)
from affidavit_ledger.token_keys import keys_of


def as_one(ledgers: Sequence[Ledger]) -> Ledger:
    """Return ledgers as one; of one, itself."""
    first, *others = ledgers
    if not others:
        return first
    spills = [one.spill for one in ledgers if one.spill is not None]
    subjects = [one.subjects for one in ledgers if one.subjects is not None]
    return first._replace(
        keys=SeveralKeys([one.keys for one in ledgers]),
        reader=SeveralReaders([one.reader for one in ledgers]),
        spill=SeveralSpills(spills) if spills else None,
        subjects=SeveralSubjects(subjects) if subjects else None,
    )


class SeveralReaders:
    """Reads several tables; a record that stands in two of them alike is read once."""

    def __init__(self, readers: Sequence[LedgerReader]) -> None:
        self._readers = readers

    def writers(self) -> Iterator[WriterId]:
        """Name every chain, each once."""
        yield from dict.fromkeys(name for reader in self._readers for name in reader.writers())

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        """Read one chain in order, from all tables that have some of it."""
        found = [reader.entries(writer, start) for reader in self._readers]
        return _once(heapq.merge(*found, key=lambda entry: entry.seq))

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what one actor did."""
        found = [reader.by_actor(actor, since, until) for reader in self._readers]
        return _once(heapq.merge(*found, key=lambda entry: entry.at))

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        """Find what was done to one subject."""
        found = [reader.by_subject(subject, since, until) for reader in self._readers]
        return _once(heapq.merge(*found, key=lambda entry: entry.at))

    def stamp(self) -> str:
        """Say nothing: they change one by one."""
        return ""

    def damage(self) -> Iterator[str]:
        """Say what is wrong with each."""
        for reader in self._readers:
            yield from reader.damage()


class SeveralKeys:
    """The keys of several ledgers; new ones are those of the first."""

    def __init__(self, keys: Sequence[LedgerKeys]) -> None:
        self._each = keys

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain."""
        return self._each[0].new_chain_key(writer)

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain, whichever ledger it is of."""
        *others, last = self._each
        for keys in others:
            try:
                return keys.open_chain_key(writer, wrapped)
            except LedgerKeyError:
                continue
        return last.open_chain_key(writer, wrapped)

    def token_key(self) -> TokenKey:
        """Return the key behind tokens."""
        return self._each[0].token_key()

    def former_token_keys(self) -> Sequence[TokenKey]:
        """Return the keys behind the tokens of all others."""
        return [key for keys in self._each for key in keys_of(keys)][1:]


class SeveralSubjects:
    """The salts of several ledgers; new ones are the first's."""

    def __init__(self, each: Sequence[LedgerSubjects]) -> None:
        self.each = each

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        """Return the salt in a place; keep one in the first store if there is none."""
        return self.read(place) or self.each[0].keep(place, salt, timeout_s=timeout_s)

    def read(self, place: Token) -> str | None:
        """Return the salt in a place; None if nobody has one."""
        return next(filter(None, (one.read(place) for one in self.each)), None)

    def destroy(self, place: Token) -> bool:
        """Destroy the salt in a place wherever there is one."""
        return sum(one.destroy(place) for one in self.each) > 0


class SeveralSpills:
    """What waits beside several ledgers."""

    name = "several"

    def __init__(self, each: Sequence[LedgerSpill]) -> None:
        self._each = each

    def keep(self, items: Sequence[Spilled], *, timeout_s: float) -> None:
        """Keep items beside the first."""
        self._each[0].keep(items, timeout_s=timeout_s)

    def waiting_count(self) -> int:
        """Return how many wait in all."""
        return sum(spill.waiting_count() for spill in self._each)


def _once(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Leave out what has just come: the same record from another table, beside its copy."""
    recent: list[Entry] = []
    for entry in entries:
        if recent and (entry.at, entry.seq) != (recent[-1].at, recent[-1].seq):
            recent = [one for one in recent if one.at == entry.at]
        if entry not in recent:
            recent.append(entry)
            yield entry
