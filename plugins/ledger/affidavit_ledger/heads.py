"""Remember where every chain ended, so that a later check misses nothing at the end.

A chain alone cannot tell that its newest records are gone: it just looks
shorter. A head that somebody else keeps can. Save heads where the ledger's
owner cannot write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError
from affidavit_ledger.archive_check import ArchiveFacts
from affidavit_ledger.findings import EvidenceFinding, FindingKind

FORMAT: Final = 1

Heads = Mapping[str, tuple[int, str]]
"""Writer → the seq of its newest record, and the SHA-256 of that record's body."""


def save_heads(path: Path, heads: Heads, at: str) -> None:
    """Write heads to a file, whole or not at all."""
    document = {"format": FORMAT, "at": at, "heads": {w: list(h) for w, h in heads.items()}}
    replace_json(path, document)


def replace_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document to a file, whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    temporary.replace(path)


def load_heads(path: Path) -> Heads:
    """Read heads from a file.

    Raises:
        SettingsError: It cannot be read, or is not a file of heads.

    """
    try:
        document: Any = json.loads(path.read_text())
        heads = {str(w): (int(seq), str(digest)) for w, (seq, digest) in document["heads"].items()}
        why = "" if document["format"] == FORMAT else "it has another format"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"reading it raised {type(error).__name__}"
    if why:
        raise SettingsError(
            "the saved heads cannot be used", why=why, fix="Name a file that --save-heads wrote"
        )
    return heads


def against_heads(facts: ArchiveFacts, heads: Heads) -> Iterator[EvidenceFinding]:
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


def heads_of(facts: ArchiveFacts) -> dict[str, tuple[int, str]]:
    """Return where every chain ends."""
    chains = (sealed.chain for _, sealed in sorted(facts.writers.items()))
    return {chain.writer: chain.head for chain in chains if chain.head is not None}
