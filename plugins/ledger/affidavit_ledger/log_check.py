"""Check an archive's log: checkpoints, the manifests that they sign, the witness."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from affidavit import LedgerError
from affidavit.plugin import Archive, iso_utc
from affidavit_ledger.findings import Finding, Kind
from affidavit_ledger.log_state import CHECKPOINTS, MANIFESTS, checkpoint_key, span_of
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import FIRST, Checkpoint, Verifier, check_note, note_hash
from affidavit_ledger.segments import Manifest

MAX_AGE_S = 120
"""How old the newest checkpoint may be: two intervals of a minute."""


class Log(NamedTuple):
    """What the checkpoints sign: the manifests, and when the newest was signed."""

    manifests: list[Manifest]
    newest: Checkpoint | None
    checkpoints: int
    findings: list[Finding]


def check_log(
    archive: Archive,
    verifier: Verifier,
    *,
    now_ms: int,
    max_age_s: int | None = MAX_AGE_S,
    witness: Archive | None = None,
) -> Log:
    """Check every checkpoint and rebuild the tree that each one signs.

    `max_age_s=None` leaves the age of the newest one out, for an archive that
    is known to have ended. Memory grows with the number of segments.

    Raises:
        LedgerUnavailableError: The archive cannot be read.

    """
    findings: list[Finding] = []
    checkpoints = _checkpoints(archive, verifier, findings)
    manifests = _manifests(archive, checkpoints, findings)
    if witness is not None:
        findings += _against(witness, archive)
    newest = checkpoints[-1] if checkpoints else None
    if max_age_s is not None:
        findings += _stale(newest, iso_utc(now_ms - max_age_s * 1000))
    return Log(manifests, newest, len(checkpoints), findings)


def _checkpoints(archive: Archive, verifier: Verifier, findings: list[Finding]) -> list[Checkpoint]:
    """Return the checkpoints that hold, and note what is wrong with the others."""
    found: list[Checkpoint] = []
    prev: str | None = FIRST
    expected = 0
    for key in archive.keys(CHECKPOINTS):
        number = int(key.removeprefix(CHECKPOINTS))
        if number > expected:
            place = checkpoint_key(expected)
            gone = number - expected
            findings.append(Finding(kind=Kind.CHECKPOINT_MISSING, place=place, count=gone))
            prev = None
        expected = number + 1
        note = _text(archive.get(key))
        try:
            checkpoint = check_note(note, verifier)
        except LedgerError:
            findings.append(Finding(kind=Kind.CHECKPOINT_BROKEN, place=key))
            prev = None
            continue
        if not _follows(checkpoint, found, prev):
            findings.append(Finding(kind=Kind.CHECKPOINT_BROKEN, place=key))
        prev = note_hash(note)
        found.append(checkpoint)
    return found


def _follows(checkpoint: Checkpoint, before: list[Checkpoint], prev: str | None) -> bool:
    """Tell whether a checkpoint goes on where the one before it ended."""
    if prev is not None and checkpoint.prev != prev:
        return False
    if not before:
        return True
    last = before[-1]
    return (
        checkpoint.origin == last.origin
        and checkpoint.size >= last.size
        and checkpoint.time >= last.time
    )


def _manifests(
    archive: Archive, checkpoints: list[Checkpoint], findings: list[Finding]
) -> list[Manifest]:
    """Return the signed manifests; each checkpoint's root is computed anew."""
    size = checkpoints[-1].size if checkpoints else 0
    expected = {checkpoint.size: checkpoint.root for checkpoint in checkpoints}
    frontier = Frontier()
    found: list[Manifest] = []
    for line, place in _leaves(archive, size, findings):
        frontier.add(leaf_hash(line))
        wanted = expected.get(frontier.size)
        if wanted is not None and wanted != frontier.root():
            findings.append(Finding(kind=Kind.LOG_BROKEN, place=f"{place}, leaf {frontier.size}"))
            expected.clear()  # every later root differs as well; once is enough
        try:
            manifest = Manifest.parse(json.loads(line))
        except ValueError:
            findings.append(Finding(kind=Kind.LOG_BROKEN, place=place))
            continue
        if manifest.kind == "alarm":
            findings.append(_alarm(manifest))
        else:
            found.append(manifest)
    if frontier.size < size:
        gone = size - frontier.size
        place = f"{MANIFESTS}{frontier.size:012d}"
        findings.append(Finding(kind=Kind.LOG_BROKEN, place=place, count=gone))
    return found


def _leaves(archive: Archive, size: int, findings: list[Finding]) -> Iterator[tuple[bytes, str]]:
    """Yield the bytes of every signed leaf, in order, as far as they are there."""
    at = 0
    for key in archive.keys(MANIFESTS):
        first, count = span_of(key)
        if first != at or at + count > size:
            continue
        data = archive.get(key)
        lines = data.split(b"\n")
        if lines.pop() or len(lines) != count:
            findings.append(Finding(kind=Kind.LOG_BROKEN, place=key))
        for line in lines[:count]:
            yield line, key
        at += min(count, len(lines))


def _against(witness: Archive, archive: Archive) -> Iterator[Finding]:
    """Compare with what the witness has seen, which nobody here could change."""
    have = set(archive.keys(CHECKPOINTS))
    seen = list(witness.keys(CHECKPOINTS))
    newest = max(have, default="")
    beyond = [key for key in seen if key > newest]
    if beyond:
        yield Finding(kind=Kind.ROLLED_BACK, place=beyond[0], count=len(beyond))
    for key in seen:
        if key in have and witness.get(key) != archive.get(key):
            yield Finding(kind=Kind.WITNESS_DIFFERS, place=key)


def _stale(newest: Checkpoint | None, oldest: str) -> Iterator[Finding]:
    if newest is None or newest.time < oldest:
        place = newest.time if newest is not None else "no checkpoint at all"
        yield Finding(kind=Kind.CHECKPOINT_STALE, place=place)


def _alarm(manifest: Manifest) -> Finding:
    writer, (seq, _, _) = next(iter(manifest.writers.items()))
    return Finding(kind=Kind.ALARM, writer=writer, seq=seq, place=f"{manifest.note} {writer}/{seq}")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
