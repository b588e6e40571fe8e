"""Prove that one record stands in the log, to somebody who has nothing but a public key.

A proof carries the record, its path to its segment's root, the segment's
manifest, the manifest's path to the log's root, and the checkpoint that signs
that root. It needs no archive, no table and no key of the ledger to be checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from affidavit import LedgerError, LedgerUnavailableError
from affidavit.plugin import Archive, Json, Record
from affidavit_ledger.log_state import CHECKPOINTS, MANIFESTS, span_of
from affidavit_ledger.merkle import inclusion_path, leaf_hash, root_from_path
from affidavit_ledger.notes import Checkpoint, Verifier, check_note, read_note
from affidavit_ledger.segments import Manifest, encode, parts_of, record_leaf

FORMAT: Final = "affidavit proof 1"


class ProofError(LedgerError):
    """A proof cannot be made, cannot be read, or does not hold."""


def prove(archive: Archive, event: str) -> list[dict[str, Json]]:
    """Return a proof for every archived record of an event.

    Raises:
        ProofError: No sealed record tells of this event.
        LedgerUnavailableError: The archive cannot be read.

    """
    notes = list(archive.keys(CHECKPOINTS))
    note = archive.get(notes[-1]).decode() if notes else ""
    size = read_note(note).size if note else 0
    leaves = list(_leaves(archive, size))
    hashes = [leaf_hash(leaf) for leaf in leaves]
    found: list[dict[str, Json]] = []
    for number, leaf in enumerate(leaves):
        manifest = Manifest.parse(json.loads(leaf))
        data = archive.get(manifest.key) if manifest.kind != "alarm" else b""
        whole: dict[str, Json] = {
            "manifest": leaf.decode(),
            "log": _place(number, size, inclusion_path(hashes, number)),
            "checkpoint": note,
        }
        found += [{"format": FORMAT, **part, **whole} for part in _in_segment(data, event)]
    if not found:
        raise ProofError(
            "this event cannot be proved",
            why="no sealed record tells of it",
            fix="Seal first, or compare the event id with `affidavit who --output json`",
        )
    return found


def _in_segment(data: bytes, event: str) -> Iterator[dict[str, Json]]:
    """Yield an event's records in one segment, each with its path to the segment's root."""
    wanted = f'"eid":"{event}"'.encode()
    if wanted not in data:
        return
    parts = parts_of(data)
    tree = [record_leaf(body, mac) for body, mac in parts]
    for index, (body, mac) in enumerate(parts):
        if wanted in body:
            place = _place(index, len(tree), inclusion_path(tree, index))
            yield {"record": body.decode(), "mac": mac.hex(), "segment": place}


def check_proof(proof: Any, verifier: Verifier) -> tuple[Record, Checkpoint]:
    """Check one proof, and return the record and the checkpoint that covers it.

    Raises:
        ProofError: It does not hold, or cannot be read.

    """
    try:
        body, mac = proof["record"].encode(), bytes.fromhex(proof["mac"])
        manifest_bytes = proof["manifest"].encode()
        manifest = Manifest.parse(json.loads(manifest_bytes))
        checkpoint = check_note(proof["checkpoint"], verifier)
        segment_root = _root(record_leaf(body, mac), proof["segment"])
        log_root = _root(leaf_hash(manifest_bytes), proof["log"])
        sizes = (proof["segment"]["size"], proof["log"]["size"])
        known = proof["format"] == FORMAT
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _broken("it is not written as a proof is") from None
    if not known:
        raise _broken("its format is not known")
    if sizes != (manifest.records, checkpoint.size):
        raise _broken("its sizes are not those that were signed")
    if segment_root is None or encode(segment_root).decode() != manifest.root:
        raise _broken("the record's path does not lead to its segment's root")
    if log_root is None or log_root != checkpoint.root:
        raise _broken("the manifest's path does not lead to the root that was signed")
    try:
        return Record.parse(body), checkpoint
    except ValueError:
        raise _broken("what it proves is not a record") from None


def fingerprint(body: bytes) -> str:
    """Return the SHA-256 of a record's bytes in hexadecimal."""
    return sha256(body).hexdigest()


def _leaves(archive: Archive, size: int) -> Iterator[bytes]:
    at = 0
    for key in archive.keys(MANIFESTS):
        first, count = span_of(key)
        if first == at and at + count <= size:
            yield from archive.get(key).splitlines()
            at += count
    if at != size:
        raise LedgerUnavailableError(
            "the archive lacks some of its manifests",
            why=f"{at} of {size} are there",
            fix="Run affidavit verify on the archive",
        )


def _place(index: int, size: int, path: Sequence[bytes]) -> dict[str, Json]:
    return {"index": index, "size": size, "path": [node.hex() for node in path]}


def _root(leaf: bytes, place: Any) -> bytes | None:
    path = [bytes.fromhex(node) for node in place["path"]]
    return root_from_path(leaf, int(place["index"]), int(place["size"]), path)


def _broken(why: str) -> ProofError:
    return ProofError("the proof does not hold", why=why, fix="Ask for a new one; keep this one")
