"""Read an archive so that only what its checkpoints sign comes out, and say how far that went.

A segment is handed on if it has the bytes and the lines that a signed manifest
gives it. Whether its Merkle root and the chains inside it are whole is the
question of `affidavit verify`, which reads record by record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from affidavit import LedgerUnavailableError
from affidavit.plugin import Archive, Json
from affidavit_ledger.log_check import check_log
from affidavit_ledger.notes import Verifier
from affidavit_ledger.places import MANIFESTS
from affidavit_ledger.segments import Manifest, encode

_SAID = 5
"""Findings that are said to a person; a program gets all."""


class SealedSegment(NamedTuple):
    """One segment that is what was signed: its manifest, and its bytes."""

    manifest: Manifest
    data: bytes


@dataclass(slots=True, kw_only=True)
class Coverage:
    """What an answer rests on: which log, up to when, how much of it held.

    `left_out` names segments that are missing or are not what was signed;
    `findings` are what the log itself has wrong, and how many records say no time or no phase.
    `copied` of the `records` come from a columnar copy. `gaps` say which records about somebody
    the keys that are at hand cannot find. An answer is complete as far as the newest checkpoint
    goes if these three are empty.
    """

    origin: str = ""
    checkpoints: int = 0
    sealed_at: str = ""
    size: int = 0
    root: str = ""
    segments: int = 0
    records: int = 0
    copied: int = 0
    left_out: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def note_unfit(self, count: int) -> None:
        """Note how many records say no time or no phase; they are in no month."""
        if count:
            self.findings.append(f"unfit {count} record(s) that say no time or no phase")

    @property
    def whole(self) -> bool:
        """True if nothing that was signed is missing or differs."""
        return bool(self.checkpoints) and not (self.left_out or self.findings or self.gaps)

    def json(self) -> dict[str, Json]:
        """Return it for `--output json`."""
        return {
            "origin": self.origin,
            "checkpoints": self.checkpoints,
            "sealed_at": self.sealed_at,
            "leaves": self.size,
            "root": self.root,
            "segments": self.segments,
            "records": self.records,
            "copied": self.copied,
            "whole": self.whole,
            "left_out": list(self.left_out),
            "findings": list(self.findings),
            "gaps": list(self.gaps),
        }

    def sentences(self) -> Iterator[str]:
        """Say it to a person."""
        if not self.checkpoints:
            yield "NOT VERIFIED: the archive has no checkpoint that this key has signed."
            return
        word = "VERIFIED" if self.whole else "VERIFIED IN PART"
        yield (
            f"{word}: {self.records} records in {self.segments} segment(s) of {self.origin}, "
            f"sealed by {self.checkpoints} checkpoint(s) up to {self.sealed_at}."
        )
        if self.copied:
            yield (
                f"{self.copied} of them were read from a copy, which is as good as the folder that "
                "it lies in: affidavit archive check compares it with the archive."
            )
        if self.left_out:
            yield f"{len(self.left_out)} segment(s) left out: missing, or not what was signed."
        for finding in self.findings[:_SAID]:
            yield f"The log has a finding: {finding}. Run affidavit verify."
        if len(self.findings) > _SAID:
            yield f"{len(self.findings) - _SAID} more finding(s)."
        yield from self.gaps
        yield "What was not sealed by then is not in this answer."


def read_log(archive: Archive, verifier: Verifier, now_ms: int) -> tuple[Coverage, list[Manifest]]:
    """Check the log's checkpoints and return what they sign.

    Raises:
        LedgerUnavailableError: The archive cannot be read.

    """
    log = check_log(archive, verifier, now_ms=now_ms, max_age_s=None)
    newest = log.newest
    coverage = Coverage(
        origin=newest.origin if newest else "",
        checkpoints=log.checkpoints,
        sealed_at=newest.time if newest else "",
        size=newest.size if newest else 0,
        root=newest.root.hex() if newest else "",
        findings=[f"{finding.kind.value} {finding.where}" for finding in log.findings],
    )
    if newest is not None:
        # What a sealer wrote and has not signed yet; or it has, and somebody took that away.
        behind = next(archive.keys(MANIFESTS, f"{MANIFESTS}{newest.size:012d}"), "")
        coverage.findings += [f"unsigned {behind}, behind the newest checkpoint"] if behind else []
    return coverage, [manifest for manifest in log.manifests if manifest.records]


def sealed_segments(
    archive: Archive, manifests: Sequence[Manifest], coverage: Coverage
) -> Iterator[SealedSegment]:
    """Yield the segments that hold, and note the others in `coverage`."""
    for manifest in manifests:
        try:
            data = archive.get(manifest.key)
        except LedgerUnavailableError:
            data = b""
        if not _is_signed(manifest, data):
            coverage.left_out.append(manifest.key)
            continue
        coverage.segments += 1
        coverage.records += manifest.records
        yield SealedSegment(manifest, data)


def _is_signed(manifest: Manifest, data: bytes) -> bool:
    digest = encode(sha256(data).digest()).decode()
    return (data.count(b"\n"), digest) == (manifest.records, manifest.digest)
