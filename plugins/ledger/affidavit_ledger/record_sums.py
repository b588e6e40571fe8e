"""Sums over records, so that a table and its archive are compared without holding either."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from affidavit_ledger.segments import expiry_of

DAY_S: Final = 86_400


@dataclass(slots=True)
class RecordSums:
    """Sums of keyed hashes of records, and their numbers: order does not matter.

    What has not expired is one sum. What has may be gone from a table, and goes by
    days: so one sum for each day on which records have expired.
    """

    unexpired: tuple[int, int] = (0, 0)
    expired: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, salt: bytes, now_s: int, body: bytes, mac: bytes) -> None:
        """Add one record."""
        value = int.from_bytes(blake2b(body + mac, key=salt, digest_size=32).digest(), "big")
        expires_at = expiry_of(body)
        if expires_at > now_s:
            count, total = self.unexpired
            self.unexpired = count + 1, total + value
        else:
            count, total = self.expired.get(expires_at // DAY_S, (0, 0))
            self.expired[expires_at // DAY_S] = count + 1, total + value

    def covers(self, table: RecordSums) -> bool:
        """Tell whether a table has what it must have, and nothing else."""
        return self.unexpired == table.unexpired and table.expired.items() <= self.expired.items()
