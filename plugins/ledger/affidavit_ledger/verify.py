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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypedDict

from affidavit.plugin import Archive, Json, LedgerKeys, LedgerReader, iso_utc
from affidavit_ledger.archive_check import ArchiveFacts, SealedChain, check_archive
from affidavit_ledger.chain_leap import LeapingChain
from affidavit_ledger.chain_point import BEGINNING, ChainPoint
from affidavit_ledger.cosignatures import WitnessKey
from affidavit_ledger.findings import NOTICES, UNDECIDED, EvidenceFinding, FindingKind, VerdictWord
from affidavit_ledger.gateway_requests import Requests, reconcile
from affidavit_ledger.heads import Heads, SavedHead, against_heads, heads_of
from affidavit_ledger.log_check import MAX_AGE_S, Log, check_log, unlogged
from affidavit_ledger.mark import Mark, mark_after
from affidavit_ledger.notes import Verifier
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.part_merge import merge_parts
from affidavit_ledger.table_check import (
    TableCheck,
    expired,
    late_genesis,
    name_differences,
    sealed_by,
)
from affidavit_ledger.time_basis import Attesters, KnownWitnesses, TimeBasis, TimeCheck
from affidavit_ledger.verify_part import PartResult

GRACE_MS: Final = 15 * 60 * 1000
"""How long an invocation may still be running: Lambda's longest timeout, 15 minutes."""


class _Newness(TypedDict):
    """What the newest checkpoint is held against."""

    now_ms: int
    max_age_s: int | None
    witness: Archive | None


class Evidence(NamedTuple):
    """What there is to check, and to check it with. Each may be missing.

    `reader` is the table; `keys` open the chains; `archive` holds what was sealed and `verifier` is
    the sealer's public key; `witness` holds copies of checkpoints; `requests` are ids from an
    independent list; `heads` were saved earlier; `waiting` is how much the spill holds;
    `witnesses` are the keys of those who sign checkpoints, `authorities` those who stamp them.
    """

    reader: LedgerReader | None = None
    keys: LedgerKeys | None = None
    archive: Archive | None = None
    verifier: Verifier | None = None
    witness: Archive | None = None
    requests: frozenset[str] | None = None
    heads: Heads | None = None
    waiting: int = 0
    witnesses: Sequence[WitnessKey] = ()
    authorities: Attesters | None = None


@dataclass(slots=True, kw_only=True)
class VerificationResult:
    """What a verification found, with counts and exact places."""

    chains: int = 0
    records: int = 0
    sealed: int = 0
    checkpoints: int = 0
    running: int = 0
    keyed: bool
    time: TimeBasis = field(default_factory=TimeBasis)
    findings: list[EvidenceFinding] = field(default_factory=list)
    heads: dict[str, SavedHead] = field(default_factory=dict)
    mark: Mark | None = None
    """Where the next check can go on, if this one is clean."""
    since: str = ""
    """Until when an earlier check has covered the log; what is older was not read."""
    read_again: int = 0
    """Records that a merge of parts has read itself: those where the parts did not fit."""

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
            "since": self.since,
            "read_again": self.read_again,
            "checkpoints": self.checkpoints,
            "running": self.running,
            "macs_checked": self.keyed,
            "time": self.time._asdict(),
            "counts": dict(sorted(counts.items())),
            "findings": [finding.json() for finding in self.findings],
        }


def verify(
    evidence: Evidence,
    *,
    now_ms: int,
    max_age_s: int | None = MAX_AGE_S,
    mark: Mark | None = None,
    parts: Sequence[PartResult] | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> VerificationResult:
    """Check everything that can be checked with what is at hand.

    With the `mark` of an earlier check only what came after it is read; what `parts` have
    checked of an archive is taken from them. `progress` hears of records. Memory grows with
    chains, segments and what is unclosed.

    Raises:
        LedgerUnavailableError: The ledger or the archive cannot be read.

    """
    verdict = VerificationResult(keyed=evidence.keys is not None)
    newness: _Newness = {"now_ms": now_ms, "max_age_s": max_age_s, "witness": evidence.witness}
    if parts is not None:
        facts = _merged(evidence, verdict, parts, newness, progress)
    elif evidence.archive is not None and evidence.verifier is not None:
        start = mark or Mark(BEGINNING, {})
        log = check_log(evidence.archive, evidence.verifier, start=start.log, **newness)
        verdict.findings.extend(_who_says_when(evidence.archive, evidence, log, verdict))
        facts = _archived(evidence, verdict, log, now_ms // 1000, start, workers, progress)
    else:
        facts = _table_alone(evidence, verdict, progress)
    verdict.findings.extend(_about_the_store(evidence))
    verdict.findings.extend(_missing(facts, verdict, evidence, now_ms))
    verdict.findings.extend(reconcile(facts.requests))
    verdict.chains, verdict.heads = len(facts.writers), heads_of(facts)
    verdict.findings.extend(against_heads(facts, evidence.heads or {}, now_ms // 1000))
    verdict.findings.extend(_unclosed(facts.opened, verdict, iso_utc(now_ms - GRACE_MS)))
    return verdict


def _who_says_when(
    archive: Archive, evidence: Evidence, log: Log, verdict: VerificationResult
) -> Iterator[EvidenceFinding]:
    """Check what witnesses and authorities have signed, and say what the time rests on."""
    witnesses = KnownWitnesses(evidence.witnesses) if evidence.witnesses else None
    for known in filter(None, (witnesses, evidence.authorities)):
        check = TimeCheck(archive, known)
        yield from check.run(log.newest, log.first, log.start.number - 1)
        verdict.time = verdict.time.beside(check.basis)


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
        chain = LeapingChain(writer, evidence.keys, facts.opened, watch=_watch(evidence, writer))
        held = facts.writers[writer.encode()] = SealedChain(chain)
        for entry in reader.entries(writer) if reader is not None else ():
            held.expires_at = held.expires_at or entry.expires_at
            held.last_expires_at = entry.expires_at
            verdict.findings.extend(chain.check(entry.seq, entry.body, entry.mac, entry))
            facts.requests.take(entry.body, f"{writer}/{entry.seq}")
        verdict.records += chain.records
        progress(verdict.records)
    return facts


def _archived(  # noqa: PLR0917 - what there is, and how to check it
    evidence: Evidence,
    verdict: VerificationResult,
    log: Log,
    now_s: int,
    mark: Mark,
    workers: int | None,
    progress: Callable[[int], None],
) -> ArchiveFacts:
    """Check what the log signs, and the table beside it."""
    archive = evidence.archive
    assert archive is not None  # noqa: S101 - for mypy; the caller has looked
    salt = secrets.token_bytes(32) if evidence.reader is not None else b""
    verdict.since, verdict.checkpoints = mark.log.time, log.checkpoints
    facts = check_archive(
        archive,
        log.manifests,
        evidence.keys,
        now_s=now_s,
        salt=salt,
        wanted=evidence.requests,
        watch={writer: head[0] for writer, head in (evidence.heads or {}).items()},
        genesis=late_genesis(evidence.reader, log.manifests, log.start.chains),
        start=log.start.chains,
        workers=workers,
        progress=progress,
    )
    verdict.findings.extend([*log.findings, *facts.findings])
    verdict.records = verdict.sealed = facts.records
    for attempt, place in mark.running.items():
        facts.opened.open(attempt, place)
    verdict.mark = mark_after(log.point, facts, log.start.chains, now_s)
    verdict.findings.extend(unlogged(archive, log.manifests, verdict.since))
    found = _beside_the_table(evidence, verdict, facts, log, now_s, salt, log.start.chains)
    verdict.findings.extend(found)
    return facts


def _merged(
    evidence: Evidence,
    verdict: VerificationResult,
    parts: Sequence[PartResult],
    newness: _Newness,
    progress: Callable[[int], None],
) -> ArchiveFacts:
    """Take from parts what an archive holds."""
    archive, verifier = evidence.archive, evidence.verifier
    assert archive is not None and verifier is not None  # noqa: S101, PT018 - the caller has looked
    watch = {writer: head[0] for writer, head in (evidence.heads or {}).items()}
    merged = merge_parts(
        archive, verifier, evidence.keys, parts, watch=watch, progress=progress, **newness
    )
    log, facts = merged.log, merged.facts
    verdict.findings.extend(_who_says_when(archive, evidence, log, verdict))
    verdict.checkpoints, verdict.read_again = log.checkpoints, merged.reread
    verdict.findings.extend([*log.findings, *facts.findings, *merged.unlogged])
    verdict.records = verdict.sealed = facts.records
    verdict.mark = mark_after(log.point, facts, log.start.chains, newness["now_ms"] // 1000)
    return facts


def _beside_the_table(  # noqa: PLR0917 - what both sides know
    evidence: Evidence,
    verdict: VerificationResult,
    facts: ArchiveFacts,
    log: Log,
    now_s: int,
    salt: bytes,
    start: Mapping[str, ChainPoint],
) -> Iterator[EvidenceFinding]:
    """Compare the table with what is archived."""
    reader, archive = evidence.reader, evidence.archive
    if reader is None or archive is None:
        return
    sealed_until = sealed_by(log.newest)
    table = TableCheck(
        reader,
        evidence.keys,
        facts,
        now_s=now_s,
        salt=salt,
        sealed_until=sealed_until,
        start=start,
    )
    yield from table.run()
    yield from name_differences(reader, archive, log.manifests, table, now_s=now_s)
    verdict.records += table.unsealed


def _about_the_store(evidence: Evidence) -> Iterator[EvidenceFinding]:
    """Say what is wrong with the table itself, and what waits beside it."""
    for damage in evidence.reader.damage() if evidence.reader is not None else ():
        yield EvidenceFinding(kind=FindingKind.STORE_DAMAGED, place=damage)
    if evidence.waiting:
        yield EvidenceFinding(kind=FindingKind.WAITING, place="the spill", count=evidence.waiting)


def _missing(
    facts: ArchiveFacts, verdict: VerificationResult, evidence: Evidence, now_ms: int
) -> Iterator[EvidenceFinding]:
    """Call records that are missing what they are: unjudged, late, or gone."""
    unknown = any(f.kind is FindingKind.VERSION and not f.writer for f in verdict.findings)
    gone = [finding for sealed in facts.writers.values() for finding in sealed.chain.finish()]
    found = gone if evidence.archive else expired(facts, gone, now_ms)
    for finding in found:
        if unknown:
            yield replace(finding, kind=FindingKind.UNJUDGED)
        else:
            yield replace(finding, kind=FindingKind.LATE) if evidence.waiting else finding


def _watch(evidence: Evidence, writer: str) -> int | None:
    known = (evidence.heads or {}).get(writer)
    return None if known is None else known[0]


def _unclosed(
    opened: OpenInvocations, verdict: VerificationResult, before: str
) -> Iterator[EvidenceFinding]:
    for writer, seq, at, event in sorted(opened.attempts.values()):
        if at.decode("utf-8", "replace") >= before:
            verdict.running += 1
        else:
            name = event.decode("utf-8", "replace")
            yield EvidenceFinding(kind=FindingKind.UNCLOSED, writer=writer, seq=seq, event=name)
