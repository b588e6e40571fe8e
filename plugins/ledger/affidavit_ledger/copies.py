"""Second copies of records: a repair makes them, and forgers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.chain_point import ChainPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.record_form import place_of
from affidavit_ledger.segments import WRITER, BrokenSegmentError, Manifest, parts_of


def compare_copies(
    archive: Archive,
    manifests: Iterable[Manifest],
    copies: list[tuple[str, int, bytes]],
    start: Mapping[str, ChainPoint],
) -> Iterator[EvidenceFinding]:
    """Hold second copies of records against the first: a repair makes them, and forgers.

    There are few, so their segments are simply read again.
    """
    wanted = {(writer, seq): digest for writer, seq, digest in copies}
    touched = {writer for writer, _ in wanted}
    first: dict[tuple[str, int | None], bytes] = {}
    for manifest in manifests if wanted else ():
        if touched.isdisjoint(manifest.writers):
            continue
        with suppress(LedgerMissingError, BrokenSegmentError):
            for body, mac in parts_of(archive.get(manifest.key)):
                place = (body[WRITER].decode("utf-8", "replace"), _place(body))
                if place in wanted:
                    first.setdefault(place, sha256(body + mac).digest())
    for writer, seq, digest in copies:
        if writer in start and seq < start[writer].next_seq:
            yield EvidenceFinding(kind=FindingKind.COPY_UNREAD, writer=writer, seq=seq)
        elif first.get((writer, seq)) != digest:
            yield EvidenceFinding(kind=FindingKind.ALTERED, writer=writer, seq=seq)


def _place(body: bytes) -> int | None:
    with suppress(ValueError):
        return place_of(body)
    return None
