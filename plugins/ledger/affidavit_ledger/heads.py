"""Remember where every chain ended, so that a later check misses nothing at the end.

A chain alone cannot tell that its newest records are gone: it just looks
shorter. A head that somebody else keeps can. Save heads where the ledger's
owner cannot write.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit_ledger.archive_check import ArchiveFacts
from affidavit_ledger.findings import EvidenceFinding, FindingKind

FORMATS: Final = (1, 2)
"""Those that are read, the one that is written last; the first one has no times."""


class SavedHead(NamedTuple):
    """A chain's newest record: its seq, the SHA-256 of its body, and when it expires."""

    seq: int
    digest: str
    expires_at: int = 0

    def is_expired(self, now_s: int) -> bool:
        """Tell whether the record, and all before it, may be gone by now."""
        return 0 < self.expires_at <= now_s


Heads = Mapping[str, SavedHead]
"""Writer → its newest record."""


def save_heads(path: Path, heads: Heads, at: str) -> None:
    """Write heads to a file, whole or not at all."""
    document = {"format": FORMATS[-1], "at": at, "heads": {w: list(h) for w, h in heads.items()}}
    save_json(path, document)


def save_json(path: Path, document: Mapping[str, Any], *, indent: int | None = 1) -> None:
    """Write a document of a verifier to a file, whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w") as file:
        file.write(json.dumps(document, indent=indent, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())  # a name must not outlive its bytes when the power fails
    temporary.replace(path)


def load_heads(path: Path) -> Heads:
    """Read heads from a file.

    Raises:
        SettingsError: It cannot be read, or is not a file of heads.

    """
    try:
        document: Any = json.loads(path.read_text())
        heads = {
            str(writer): SavedHead(int(seq), str(digest), *map(int, expires_at))
            for writer, (seq, digest, *expires_at) in document["heads"].items()
        }
        why = "" if document["format"] in FORMATS else "it has another format"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"reading it raised {type(error).__name__}"
    if why:
        raise SettingsError(
            "the saved heads cannot be used", why=why, fix="Name a file that --save-heads wrote"
        )
    return heads


def against_heads(facts: ArchiveFacts, heads: Heads, now_s: int) -> Iterator[EvidenceFinding]:
    """Say what a saved head knows and the evidence no longer has; what has expired is a notice."""
    for writer, head in sorted(heads.items()):
        sealed = facts.writers.get(writer.encode())
        lawful = FindingKind.EXPIRED if head.is_expired(now_s) else None
        if sealed is None or not sealed.chain.records:
            kind = lawful or FindingKind.CHAIN_MISSING
            yield EvidenceFinding(kind=kind, writer=writer, count=head.seq + 1)
            continue
        following = sealed.chain.next_seq
        if following <= head.seq:
            kind, gone = lawful or FindingKind.TAIL_MISSING, head.seq - following + 1
            yield EvidenceFinding(kind=kind, writer=writer, seq=following, count=gone)
        elif sealed.chain.watched not in {head.digest, None}:
            yield EvidenceFinding(kind=FindingKind.HEAD_DIFFERS, writer=writer, seq=head.seq)


def heads_of(facts: ArchiveFacts) -> dict[str, SavedHead]:
    """Return where every chain ends."""
    return {
        sealed.chain.writer: SavedHead(*sealed.chain.head, sealed.newest_expires_at)
        for _, sealed in sorted(facts.writers.items())
        if sealed.chain.head is not None
    }
