"""Verify a ledger: every chain, every record, and the heads that were saved earlier.

What this establishes: no record was changed, moved, inserted or removed between
others, and none was removed that a saved head knows. What it does not: that
records after the newest saved head are all there, or that every invocation was
recorded in the first place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from affidavit.clock import iso_utc
from affidavit.ledger import LedgerKeys, LedgerReader
from affidavit.types import Json, WriterId
from affidavit_ledger.chain_check import ChainCheck, Opened
from affidavit_ledger.findings import NOTICES, Finding, Kind
from affidavit_ledger.heads import Heads

GRACE_MS: Final = 15 * 60 * 1000
"""How long an invocation may still be running: Lambda's longest timeout, 15 minutes."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a verification found, with counts and exact places."""

    chains: int = 0
    records: int = 0
    running: int = 0
    keyed: bool = True
    findings: list[Finding] = field(default_factory=list)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """True if nothing was found except notices."""
        return all(finding.kind in NOTICES for finding in self.findings)

    def json(self) -> dict[str, Json]:
        """Return the verdict for `--output json`."""
        counts = Counter(finding.kind.value for finding in self.findings)
        return {
            "clean": self.clean,
            "chains": self.chains,
            "records": self.records,
            "running": self.running,
            "macs_checked": self.keyed,
            "counts": dict(sorted(counts.items())),
            "findings": [finding.json() for finding in self.findings],
        }


def verify_ledger(
    reader: LedgerReader,
    keys: LedgerKeys | None,
    *,
    now_ms: int,
    heads: Heads | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Check everything that can be checked with what is at hand.

    Without `keys` the links are checked and the MACs are not. `progress` hears
    the number of records after every chain. Memory grows with the number of
    chains and of unclosed invocations, not with the number of records.

    Raises:
        LedgerUnavailableError: The ledger cannot be read.

    """
    verdict = Verdict(keyed=keys is not None)
    opened = Opened()
    for writer in reader.writers():
        known = (heads or {}).get(writer)
        check = ChainCheck(writer, keys, opened, watch=known[0] if known else None)
        verdict.findings.extend(check.walk(reader.entries(writer)))
        if known is not None:
            verdict.findings.extend(_against_head(writer, check, known))
        verdict.chains += 1
        verdict.records += check.records
        if check.head is not None:
            verdict.heads[writer] = check.head
        progress(verdict.records)
    for writer_name in sorted((heads or {}).keys() - verdict.heads.keys()):
        seq = (heads or {})[writer_name][0]
        verdict.findings.append(
            Finding(kind=Kind.CHAIN_MISSING, writer=writer_name, seq=0, count=seq + 1)
        )
    verdict.findings.extend(_unclosed(opened, verdict, iso_utc(now_ms - GRACE_MS)))
    return verdict


def _against_head(writer: WriterId, check: ChainCheck, known: tuple[int, str]) -> Iterator[Finding]:
    seq, digest = known
    newest = check.head[0] if check.head is not None else -1
    if newest < seq:
        yield Finding(kind=Kind.TAIL_MISSING, writer=writer, seq=newest + 1, count=seq - newest)
    elif check.watched not in {digest, None}:
        yield Finding(kind=Kind.HEAD_DIFFERS, writer=writer, seq=seq)


def _unclosed(opened: Opened, verdict: Verdict, before: str) -> Iterator[Finding]:
    for writer, seq, at, event in sorted(opened.attempts.values()):
        if at >= before:
            verdict.running += 1
        else:
            yield Finding(kind=Kind.UNCLOSED, writer=writer, seq=seq, event=event)
