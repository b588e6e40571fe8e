"""Records of one chain that have not come yet: runs of them, and the key where each begins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from affidavit.plugin import evolve


class Gaps:
    """Runs of missing records, in order. A record that comes late is taken out of its run."""

    __slots__ = ("_runs", "count")

    def __init__(self) -> None:
        self._runs: list[tuple[int, int, bytes | None]] = []
        self.count = 0

    def __contains__(self, seq: int) -> bool:
        """Tell whether a record is missing."""
        return self._at(seq) >= 0

    def open(self, first: int, last: int, key: bytes | None) -> None:
        """Note that the records from `first` to `last`, beyond all others, have not come."""
        self._runs.append((first, last, key))
        self.count += last - first + 1

    def take(self, seq: int) -> bytes | None:
        """Take out a record that has come after all; return its key, if that is known."""
        at = self._at(seq)
        first, last, key = self._runs[at]
        here = key
        for _ in range(seq - first):
            here = here and evolve(here)
        left = [(first, seq - 1, key)] if first < seq else []
        right = [(seq + 1, last, here and evolve(here))] if seq < last else []
        self._runs[at : at + 1] = [*left, *right]
        self.count -= 1
        return here

    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield the first seq and the length of each run."""
        for first, last, _ in self._runs:
            yield first, last - first + 1

    def _at(self, seq: int) -> int:
        """Return the index of the run that holds `seq`; -1 if none does."""
        at = bisect_right(self._runs, seq, key=lambda run: run[0]) - 1
        return at if at >= 0 and seq <= self._runs[at][1] else -1
