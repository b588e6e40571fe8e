"""Prove that one record stands in the log, to somebody who has nothing but a public key.

A proof carries the record, its path to its segment's root, the segment's
manifest, the manifest's path to the log's root, and the checkpoint that signs
that root. It needs no archive, no table and no key of the ledger to be checked.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from affidavit import LedgerError
from affidavit.plugin import Archive, Json, Record, canonical_bytes
from affidavit_ledger.findings import VerdictWord
from affidavit_ledger.log_begin import begin_of_any
from affidavit_ledger.log_span import ProofError, sealed_from, whole_log
from affidavit_ledger.merkle import leaf_hash, levels_of, path_in, root_from_path
from affidavit_ledger.notes import (
    Checkpoint,
    UnknownNoteError,
    Verifier,
    check_note,
)
from affidavit_ledger.record_form import (
    UnknownVersionError,
    is_whole,
    read_json,
    read_record,
)
from affidavit_ledger.segments import Manifest, encode, parts_of, record_leaf

FORMAT: Final = "affidavit proof 1"


MAX_PATH: Final = 64
_NODE: Final = re.compile("[0-9a-f]{64}")
_MAC: Final = re.compile("[0-9a-f]{32}")
_OTHER_FORMAT: Final = re.compile("affidavit proof (?:[02-9]|[1-9][0-9]+)")


class UnknownProofError(LedgerError):
    """A proof has a form that did not exist when this was written: nobody can judge it."""


def prove(
    archive: Archive, event: str, at: str = "", *, within: Container[str] | None = None
) -> list[dict[str, Json]]:
    """Return a proof for every archived record of an event.

    With the time `at` of the event, as `who.moment` returns it, only what was
    sealed in the hour from then on is read; without it, the whole archive. Whoever knows
    which segments hold it says so with `within`; no others are read.

    Raises:
        ProofError: No sealed record tells of this event.
        LedgerUnavailableError: The archive cannot be read.

    """
    begin = begin_of_any(archive)
    span = sealed_from(archive, at, begin) if at else whole_log(archive, begin)
    found: list[dict[str, Json]] = []
    for number, leaf in span.leaves.items():
        manifest = Manifest.parse(leaf)
        if within is not None and manifest.key not in within:
            continue
        data = archive.get(manifest.key) if manifest.kind != "alarm" else b""
        parts = list(_in_segment(data, event))
        whole: dict[str, Json] = {"manifest": leaf.decode(), "checkpoint": span.note}
        if parts:
            whole["log"] = _place(number, span.checkpoint.size, span.path(number))
        found += [{"format": FORMAT, **part, **whole} for part in parts]
    if not found:
        when = "within an hour of that time" if at else "at all"
        raise ProofError(
            "this event cannot be proved",
            why=f"no sealed record tells of it {when}",
            fix="Seal first; compare event and time with `affidavit who --output json`, "
            "or leave the time out",
        )
    return found


def _in_segment(data: bytes, event: str) -> Iterator[dict[str, Json]]:
    """Yield an event's records in one segment, each with its path to the segment's root."""
    wanted = b'"eid":' + canonical_bytes(event)
    if wanted not in data:
        return
    parts = parts_of(data)
    levels = levels_of([record_leaf(body, mac) for body, mac in parts])
    for index, (body, mac) in enumerate(parts):
        if wanted in body:
            place = _place(index, len(parts), path_in(levels, index))
            yield {"record": body.decode(), "mac": mac.hex(), "segment": place}


def check_proof(proof: Any, verifier: Verifier) -> tuple[Record, Checkpoint]:
    """Check one proof, and return the record and the checkpoint that covers it.

    From the signature down, so that what does not hold is told from what cannot be judged.

    Raises:
        ProofError: It does not hold, or cannot be read.
        UnknownProofError: Nothing is wrong above something of a form that is not known.

    """
    if not isinstance(proof, dict):
        raise _broken("it is not written as a proof is")
    if isinstance(proof.get("format"), str) and _OTHER_FORMAT.fullmatch(proof["format"]):
        raise _unknown("its format is not known")
    try:
        if proof["format"] != FORMAT or not _MAC.fullmatch(proof["mac"]):
            raise _broken("it is not written as a proof is")
        leaf, body = proof["manifest"].encode(), proof["record"].encode()
        log_leaf, record = leaf_hash(leaf), record_leaf(body, bytes.fromhex(proof["mac"]))
        segment, log = _root(record, proof["segment"]), _root(log_leaf, proof["log"])
        checkpoint = check_note(proof["checkpoint"].encode(), verifier)
        if (proof["log"]["size"], log) != (checkpoint.size, checkpoint.root):
            raise _broken("the manifest's path does not lead to the root that was signed")
        manifest = Manifest.parse(leaf)
        held = proof["segment"]["size"] == manifest.records and manifest.kind != "alarm"
        if not held or segment is None or encode(segment).decode() != manifest.root:
            raise _broken("the record's path does not lead to its segment's root")
        return read_record(body), checkpoint
    except (UnknownVersionError, UnknownNoteError):
        raise _unknown("something in it has a version that is not known") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _broken("it is not written as a proof is") from None


class Judged(NamedTuple):
    """What came of one proof: `HOLDS`, `BROKEN` or `UNDECIDED`, of which record, and why not."""

    verdict: str
    record: str
    sealed: str


def judge_proofs(data: bytes, verifier: Verifier) -> list[Judged]:
    """Check a file of proofs: one, or a list of them."""
    try:
        proofs = read_json(data)
    except ValueError:
        return [Judged("BROKEN", "it is not JSON", "")]
    judged = []
    for proof in proofs if isinstance(proofs, list) else [proofs]:
        try:
            record, checkpoint = check_proof(proof, verifier)
        except UnknownProofError as error:
            judged.append(Judged("UNDECIDED", error.why, ""))
        except LedgerError as error:
            judged.append(Judged("BROKEN", error.why, ""))
        else:
            place = f"{record.document['wid']}/{record.document['seq']}"
            judged.append(Judged("HOLDS", f"{place} at {record.at}", checkpoint.time))
    return judged


def word_of(judged: Sequence[Judged]) -> VerdictWord:
    """Return the verdict on a file of proofs. One without any proves nothing."""
    verdicts = {one.verdict for one in judged}
    if "BROKEN" in verdicts:
        return VerdictWord.NOT_CLEAN
    return VerdictWord.CLEAN if verdicts == {"HOLDS"} else VerdictWord.NOT_DECIDABLE


def fingerprint(body: bytes) -> str:
    """Return the SHA-256 of a record's bytes in hexadecimal."""
    return sha256(body).hexdigest()


def _place(index: int, size: int, path: Sequence[bytes]) -> dict[str, Json]:
    return {"index": index, "size": size, "path": [node.hex() for node in path]}


def _root(leaf: bytes, place: Any) -> bytes | None:
    if place.keys() != {"index", "size", "path"} or type(place["path"]) is not list:
        raise ValueError
    if not is_whole(place["index"]) or not is_whole(place["size"], least=1):
        raise ValueError
    long = len(place["path"]) > MAX_PATH
    if long or place["index"] >= place["size"] or not all(map(_NODE.fullmatch, place["path"])):
        raise ValueError
    path = [bytes.fromhex(node) for node in place["path"]]
    return root_from_path(leaf, place["index"], place["size"], path)


def _unknown(why: str) -> UnknownProofError:
    return UnknownProofError(
        "the proof cannot be judged", why=why, fix="Use a newer version of affidavit"
    )


def _broken(why: str) -> ProofError:
    return ProofError("the proof does not hold", why=why, fix="Ask for a new one; keep this one")
