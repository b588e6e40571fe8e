"""What a chain owes its ledger: corrections that wait until the ledger works again."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Final

from affidavit._records.record import Draft

MAX_OWED: Final = 4_096
"""How many corrections wait, at some 2 KB each; the oldest of more gives way."""

PORTION: Final = 50
"""How many are paid with one append, if the store's batch limit allows."""


class Corrections:
    """Drafts that wait, oldest first, and how many of them are paid at once.

    Portions shrink when the store refuses one for good. A single correction
    that it refuses is let go, and counted in `refused`.
    """

    __slots__ = ("_portion", "_waiting", "refused")

    def __init__(self, batch_limit: int) -> None:
        self._waiting: deque[Draft] = deque(maxlen=MAX_OWED)
        self._portion = min(PORTION, batch_limit)
        self.refused = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self, draft: Draft) -> None:
        """Let one more wait."""
        self._waiting.append(draft)

    def take(self) -> tuple[Draft, ...]:
        """Return the portion that is paid next."""
        portion = tuple(itertools.islice(self._waiting, self._portion))
        for _ in portion:
            self._waiting.popleft()
        return portion

    def put_back(self, portion: Sequence[Draft]) -> None:
        """Let a portion wait again, before all others."""
        self._waiting.extendleft(reversed(portion))

    def refuse(self, portion: Sequence[Draft]) -> None:
        """Hear that the store will never take a portion as it stands."""
        if len(portion) == 1:
            self.refused += 1
        elif portion:
            self._portion = len(portion) // 2
            self.put_back(portion)
