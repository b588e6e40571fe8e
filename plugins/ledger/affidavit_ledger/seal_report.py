"""What a run of the sealer came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from affidavit import LedgerConflictError
from affidavit_ledger.notes import Checkpoint
from affidavit_ledger.segments import Manifest


class SealReport(NamedTuple):
    """What one run of the sealer did.

    `lost` are records that neither stream nor table has, `aside` notes and
    entries that cannot be sealed, `unsigned` witnesses that did not sign, `unstamped` is 1
    if the time-stamping authority did not.
    """

    checkpoint: Checkpoint
    segments: int
    records: int
    repaired: int
    lost: int
    aside: int = 0
    unsigned: int = 0
    unstamped: int = 0


class OvertakenError(LedgerConflictError):
    """Another sealer has published a checkpoint meanwhile; start over."""


def report_on(
    checkpoint: Checkpoint, manifests: Sequence[Manifest], lost: int, aside: int
) -> SealReport:
    """Add up what was taken into the log."""
    return SealReport(
        checkpoint,
        segments=sum(m.kind != "alarm" for m in manifests),
        records=sum(m.records for m in manifests),
        repaired=sum(m.records for m in manifests if m.kind == "repair"),
        lost=lost,
        aside=aside,
    )
