"""Read a segment as its manifest names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.segments import WRITER, BrokenSegmentError, Manifest, parts_of, seq_of


def read_segment(
    archive: Archive, manifest: Manifest
) -> tuple[bytes, list[tuple[bytes, bytes]]] | EvidenceFinding:
    """Return a segment's bytes, and body and MAC of each record; or why that cannot be."""
    try:
        data = archive.get(manifest.key)
        return data, parts_of(data)
    except LedgerMissingError:
        kind, count = FindingKind.OBJECT_MISSING, manifest.records
        return EvidenceFinding(kind=kind, place=manifest.key, count=count)
    except BrokenSegmentError as broken:
        place = f"{manifest.key}:{broken.line}"
        return EvidenceFinding(kind=FindingKind.OBJECT_ALTERED, place=place)


def altered(manifest: Manifest) -> EvidenceFinding:
    """Say that a segment does not hold what its manifest says."""
    kind = FindingKind.OBJECT_ALTERED
    return EvidenceFinding(kind=kind, place=manifest.key, count=manifest.records)


def by_writer(parts: Sequence[tuple[bytes, bytes]]) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """Return a segment's records chain by chain, in the order in which they stand there."""
    chains: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for part in parts:
        name = part[0][WRITER]
        found = chains.get(name)
        if found is None:
            chains[name] = [part]
        else:
            found.append(part)
    return chains


def first_record(archive: Archive, key: str, writer: str) -> Iterator[bytes]:
    """Yield the first record of a chain, if a segment holds it."""
    with suppress(LedgerMissingError, BrokenSegmentError):
        for body, _ in parts_of(archive.get(key)):
            if body[WRITER] == writer.encode() and seq_of(body) == 0:
                yield body
                return
