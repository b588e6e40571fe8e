"""Verify a ledger with whatever evidence is at hand.

The more evidence, the more shows: links alone, then the keys, then signed
checkpoints, the archive, a witness's copies, an independent list of requests.
What a check with full evidence still does not establish: that an event which no
independent source has seen was ever recorded, and anything about the last
minute before the newest checkpoint.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from affidavit.plugin import Archive, Json, LedgerKeys, LedgerReader, WriterId, iso_utc
from affidavit_ledger.archive_check import ArchiveFacts, Requests, SealedChain, check_archive
from affidavit_ledger.chain_check import ChainCheck
from affidavit_ledger.findings import NOTICES, UNDECIDED, EvidenceFinding, FindingKind, VerdictWord
from affidavit_ledger.heads import Heads
from affidavit_ledger.log_check import MAX_AGE_S, Log, check_log
from affidavit_ledger.notes import Checkpoint, Verifier
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.places import SEGMENTS
from affidavit_ledger.segments import Manifest
from affidavit_ledger.table_check import TableCheck, name_differences, reconcile

GRACE_MS: Final = 15 * 60 * 1000
"""How long an invocation may still be running: Lambda's longest timeout, 15 minutes."""


SEALED_WITHIN_S: Final = 300
"""How old a record may be, when a checkpoint is signed, and not be sealed: five intervals."""


class Evidence(NamedTuple):
    """What there is to check, and to check it with. Each may be missing.

    `reader` is the table; `keys` open the chains; `archive` holds what was
    sealed and `verifier` is the sealer's public key; `witness` holds copies of
    checkpoints; `requests` are ids from an independent list; `heads` were saved
    earlier; `waiting` is how many entries or messages the spill holds.
    """

    reader: LedgerReader | None = None
    keys: LedgerKeys | None = None
    archive: Archive | None = None
    verifier: Verifier | None = None
    witness: Archive | None = None
    requests: frozenset[str] | None = None
    heads: Heads | None = None
    waiting: int = 0


@dataclass(slots=True, kw_only=True)
class VerificationResult:
    """What a verification found, with counts and exact places."""

    chains: int = 0
    records: int = 0
    sealed: int = 0
    checkpoints: int = 0
    running: int = 0
    keyed: bool = True
    findings: list[EvidenceFinding] = field(default_factory=list)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """True if nothing was found except notices, and everything could be judged."""
        return self.word is VerdictWord.CLEAN

    @property
    def word(self) -> VerdictWord:
        """One of three words. What was found counts more than what cannot be judged."""
        kinds = {finding.kind for finding in self.findings} - NOTICES
        if kinds - UNDECIDED:
            return VerdictWord.NOT_CLEAN
        return VerdictWord.NOT_DECIDABLE if kinds else VerdictWord.CLEAN

    def json(self) -> dict[str, Json]:
        """Return the verdict for `--output json`."""
        counts = Counter(finding.kind.value for finding in self.findings)
        return {
            "verdict": self.word.value,
            "clean": self.clean,
            "chains": self.chains,
            "records": self.records,
            "sealed": self.sealed,
            "checkpoints": self.checkpoints,
            "running": self.running,
            "macs_checked": self.keyed,
            "counts": dict(sorted(counts.items())),
            "findings": [finding.json() for finding in self.findings],
        }


def verify(
    evidence: Evidence,
    *,
    now_ms: int,
    max_age_s: int | None = MAX_AGE_S,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> VerificationResult:
    """Check everything that can be checked with what is at hand.

    `progress` hears the number of records so far. Memory grows with the number
    of chains, segments and unclosed invocations, not with the number of records.

    Raises:
        LedgerUnavailableError: The ledger or the archive cannot be read.

    """
    verdict = VerificationResult(keyed=evidence.keys is not None)
    if evidence.archive is not None and evidence.verifier is not None:
        facts = _archived(
            evidence, verdict, now_ms, max_age_s=max_age_s, workers=workers, progress=progress
        )
    else:
        facts = _table_alone(evidence, verdict, progress)
    verdict.findings.extend(_about_the_store(evidence))
    verdict.findings.extend(_missing(facts, verdict, evidence))
    verdict.findings.extend(reconcile(facts.requests))
    verdict.chains = len(facts.writers)
    for _, sealed in sorted(facts.writers.items()):
        if sealed.chain.head is not None:
            verdict.heads[sealed.chain.writer] = sealed.chain.head
    verdict.findings.extend(_against_heads(facts, evidence.heads or {}))
    verdict.findings.extend(_unclosed(facts.opened, verdict, iso_utc(now_ms - GRACE_MS)))
    return verdict


def verify_ledger(
    reader: LedgerReader, keys: LedgerKeys | None, *, now_ms: int, heads: Heads | None = None
) -> VerificationResult:
    """Check a ledger by itself, without an archive."""
    return verify(Evidence(reader=reader, keys=keys, heads=heads), now_ms=now_ms)


def _table_alone(
    evidence: Evidence, verdict: VerificationResult, progress: Callable[[int], None]
) -> ArchiveFacts:
    """Walk every chain of the table from its first record."""
    facts = ArchiveFacts(requests=Requests(evidence.requests))
    reader = evidence.reader
    for writer in reader.writers() if reader is not None else ():
        chain = ChainCheck(writer, evidence.keys, facts.opened, watch=_watch(evidence, writer))
        facts.writers[writer.encode()] = SealedChain(chain)
        for entry in reader.entries(writer) if reader is not None else ():
            verdict.findings.extend(chain.check(entry.seq, entry.body, entry.mac, entry))
            facts.requests.take(entry.body, f"{writer}/{entry.seq}")
        verdict.records += chain.records
        progress(verdict.records)
    return facts


def _archived(
    evidence: Evidence,
    verdict: VerificationResult,
    now_ms: int,
    *,
    max_age_s: int | None,
    workers: int | None,
    progress: Callable[[int], None],
) -> ArchiveFacts:
    """Check the log, what it signs, and the table beside it."""
    archive, verifier = evidence.archive, evidence.verifier
    assert archive is not None  # noqa: S101 - for mypy; the caller has looked
    assert verifier is not None  # noqa: S101
    now_s = now_ms // 1000
    salt = secrets.token_bytes(32) if evidence.reader is not None else b""
    log = check_log(archive, verifier, now_ms=now_ms, max_age_s=max_age_s, witness=evidence.witness)
    verdict.findings.extend(log.findings)
    verdict.checkpoints = log.checkpoints
    facts = check_archive(
        archive,
        log.manifests,
        evidence.keys,
        now_s=now_s,
        salt=salt,
        wanted=evidence.requests,
        watch={writer: head[0] for writer, head in (evidence.heads or {}).items()},
        genesis=_late_genesis(evidence.reader, log.manifests),
        workers=workers,
        progress=progress,
    )
    verdict.findings.extend(facts.findings)
    verdict.records = verdict.sealed = facts.records
    verdict.findings.extend(_unlogged(archive, log.manifests))
    verdict.findings.extend(_beside_the_table(evidence, verdict, facts, log, now_s, salt))
    return facts


def _late_genesis(reader: LedgerReader | None, manifests: Iterable[Manifest]) -> dict[str, bytes]:
    """Return first records that the table has and no segment: they waited in the spill.

    Without them the keys of their chains cannot be opened, and nothing in the
    archive that follows could be held against its MAC.
    """
    if reader is None:
        return {}
    first: dict[str, int] = {}
    for manifest in manifests:
        for writer, span in manifest.writers.items():
            first[writer] = min(span[0], first.get(writer, span[0]))
    found: dict[str, bytes] = {}
    for writer in (writer for writer, seq in first.items() if seq > 0):
        entry = next(iter(reader.entries(WriterId(writer))), None)
        if entry is not None and entry.seq == 0:
            found[writer] = entry.body
    return found


def _beside_the_table(  # noqa: PLR0917 - what both sides know
    evidence: Evidence,
    verdict: VerificationResult,
    facts: ArchiveFacts,
    log: Log,
    now_s: int,
    salt: bytes,
) -> Iterator[EvidenceFinding]:
    """Compare the table with what is archived."""
    reader, archive = evidence.reader, evidence.archive
    if reader is None or archive is None:
        return
    sealed_until = _minutes_before(log.newest)
    table = TableCheck(
        reader, evidence.keys, facts, now_s=now_s, salt=salt, sealed_until=sealed_until
    )
    yield from table.run()
    yield from name_differences(reader, archive, log.manifests, table, now_s=now_s)
    verdict.records += table.unsealed


def _unlogged(archive: Archive, manifests: Iterable[Manifest]) -> Iterator[EvidenceFinding]:
    logged = {manifest.key for manifest in manifests}
    for key in archive.keys(SEGMENTS):
        if key not in logged:
            yield EvidenceFinding(kind=FindingKind.OBJECT_UNLOGGED, place=key)


def _about_the_store(evidence: Evidence) -> Iterator[EvidenceFinding]:
    """Say what is wrong with the table itself, and what waits beside it."""
    for damage in evidence.reader.damage() if evidence.reader is not None else ():
        yield EvidenceFinding(kind=FindingKind.STORE_DAMAGED, place=damage)
    if evidence.waiting:
        yield EvidenceFinding(kind=FindingKind.WAITING, place="the spill", count=evidence.waiting)


def _missing(
    facts: ArchiveFacts, verdict: VerificationResult, evidence: Evidence
) -> Iterator[EvidenceFinding]:
    """Call records that are missing what they are: unjudged, late, or gone."""
    unknown = any(f.kind is FindingKind.VERSION and not f.writer for f in verdict.findings)
    found = [finding for sealed in facts.writers.values() for finding in sealed.chain.finish()]
    for finding in found:
        if unknown:
            yield replace(finding, kind=FindingKind.UNJUDGED)
        else:
            yield replace(finding, kind=FindingKind.LATE) if evidence.waiting else finding


def _minutes_before(newest: Checkpoint | None) -> str:
    """Return the time until which everything must be sealed; empty if nothing says so."""
    if newest is None:
        return ""
    signed = datetime.fromisoformat(newest.time) - timedelta(seconds=SEALED_WITHIN_S)
    return f"{signed:%Y-%m-%dT%H:%M:%S}.000Z"


def _watch(evidence: Evidence, writer: str) -> int | None:
    known = (evidence.heads or {}).get(writer)
    return None if known is None else known[0]


def _against_heads(facts: ArchiveFacts, heads: Heads) -> Iterator[EvidenceFinding]:
    """Say what a saved head knows and the evidence no longer has."""
    for writer, (seq, digest) in sorted(heads.items()):
        sealed = facts.writers.get(writer.encode())
        if sealed is None or not sealed.chain.records:
            yield EvidenceFinding(kind=FindingKind.CHAIN_MISSING, writer=writer, count=seq + 1)
            continue
        following = sealed.chain.next_seq
        if following <= seq:
            gone = seq - following + 1
            yield EvidenceFinding(
                kind=FindingKind.TAIL_MISSING, writer=writer, seq=following, count=gone
            )
        elif sealed.chain.watched not in {digest, None}:
            yield EvidenceFinding(kind=FindingKind.HEAD_DIFFERS, writer=writer, seq=seq)


def _unclosed(
    opened: OpenInvocations, verdict: VerificationResult, before: str
) -> Iterator[EvidenceFinding]:
    for writer, seq, at, event in sorted(opened.attempts.values()):
        if at.decode("utf-8", "replace") >= before:
            verdict.running += 1
        else:
            name = event.decode("utf-8", "replace")
            yield EvidenceFinding(kind=FindingKind.UNCLOSED, writer=writer, seq=seq, event=name)
