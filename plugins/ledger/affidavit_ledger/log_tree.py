"""The tree over the log's manifests, grown from checkpoint to checkpoint.

Of the objects that claim a place in the log those count that lead to a signed
root. Everything else is nobody's evidence, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.places import MANIFESTS, count_of, is_named_for, manifests_prefix
from affidavit_ledger.record_form import MANIFESTS_FORM


class ManifestListing:
    """The names of an archive's manifests, in order, read as a walk needs them and then let go."""

    def __init__(self, archive: Archive, first: int = 0) -> None:
        self._names = archive.keys(MANIFESTS, f"{MANIFESTS}{first:012d}")
        self._next: str | None = None
        self._held: dict[int, list[str]] = {}

    def at(self, leaf: int, done: int) -> Sequence[str]:
        """Return what begins with a leaf; what lies before leaf `done` is not asked for again."""
        last = manifests_prefix(leaf)
        while self._next is None or (self._next and self._next[: len(last)] <= last):
            if self._next and MANIFESTS_FORM.fullmatch(self._next):
                self._held.setdefault(leaf_of(self._next), []).append(self._next)
            self._next = next(self._names, "")
        for old in [old for old in self._held if old < done]:
            del self._held[old]
        return self._held.get(leaf, ())


def leaf_of(key: str) -> int:
    """Return the leaf with which an object of manifests begins."""
    return int(key.removeprefix(MANIFESTS)[:12])


class LogTree:
    """A tree that is extended by what an archive holds, and only to roots that are given.

    `known` is a listing of its manifests, for whoever walks many checkpoints in order.
    """

    def __init__(
        self,
        archive: Archive,
        known: ManifestListing | None = None,
        frontier: Frontier | None = None,
    ) -> None:
        self._archive = archive
        self._known = known
        self.frontier = frontier or Frontier()

    def extend(self, size: int, root: bytes) -> list[bytes] | None:
        """Grow to `size` leaves and return the new ones; None if nothing leads to `root`."""
        wanted = size - self.frontier.size
        if wanted <= 0:
            return [] if not wanted and self.frontier.root() == root else None
        for keys in self._candidates(wanted, size):
            lines = self._lines(keys)
            if lines is None or len(lines) != wanted:
                continue
            grown = Frontier(self.frontier.size, self.frontier.stack)
            for line in lines:
                grown.add(leaf_hash(line))
            if grown.root() == root:
                self.frontier = grown
                return lines
        return None

    def _candidates(self, wanted: int, size: int) -> Iterator[list[str]]:
        """Yield each object that claims the whole span: one checkpoint signs one of them.

        Then objects one after the other: checkpoints between them are gone.
        """
        for key in self._at(self.frontier.size):
            if count_of(key) == wanted:
                yield [key]
        yield self._pieces(size)

    def _pieces(self, size: int) -> list[str]:
        """Return objects that follow each other."""
        pieces: list[str] = []
        at = self.frontier.size
        while at < size:
            fitting = [key for key in self._at(at) if 0 < count_of(key) <= size - at]
            if not fitting:
                break
            pieces.append(fitting[0])
            at += count_of(fitting[0])
        return pieces

    def _at(self, first: int) -> Sequence[str]:
        if self._known is not None:
            return self._known.at(first, self.frontier.size)
        keys = self._archive.keys(manifests_prefix(first))
        return [key for key in keys if MANIFESTS_FORM.fullmatch(key)]

    def _lines(self, keys: Sequence[str]) -> list[bytes] | None:
        found: list[bytes] = []
        for key in keys:
            try:
                data = self._archive.get(key)
            except LedgerMissingError:
                return None
            lines = data.split(b"\n")
            if lines.pop() or not is_named_for(key, data):
                return None
            found += lines
        return found
