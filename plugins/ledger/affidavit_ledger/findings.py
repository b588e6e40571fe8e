"""What a verifier can find, and what each finding means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from affidavit.plugin import Json


@unique
class Kind(Enum):
    """One kind of finding. The value is the word in reports."""

    ALTERED = "altered"
    MISSING = "missing"
    TAIL_MISSING = "tail-missing"
    CHAIN_MISSING = "chain-missing"
    HEAD_DIFFERS = "head-differs"
    MISPLACED = "misplaced"
    UNLINKED = "unlinked"
    VERSION = "version"
    INDEX_DIFFERS = "index-differs"
    STORE_DAMAGED = "store-damaged"
    NOT_CANONICAL = "not-canonical"
    UNREADABLE = "unreadable"
    FOREIGN_KEY = "foreign-key"
    UNCLOSED = "unclosed"
    CHECKPOINT_MISSING = "checkpoint-missing"
    CHECKPOINT_BROKEN = "checkpoint-broken"
    CHECKPOINT_STALE = "checkpoint-stale"
    WITNESS_DIFFERS = "witness-differs"
    ROLLED_BACK = "rolled-back"
    LOG_BROKEN = "log-broken"
    OBJECT_MISSING = "object-missing"
    OBJECT_ALTERED = "object-altered"
    OBJECT_UNLOGGED = "object-unlogged"
    GONE_EARLY = "gone-early"
    DIFFERS = "differs"
    ALARM = "alarm"
    REQUEST_UNRECORDED = "request-unrecorded"
    RECORD_UNREQUESTED = "record-unrequested"


MEANINGS: Final = {
    Kind.ALTERED: "its bytes are not the ones that were written under the chain's key",
    Kind.MISSING: "records between two others, or at the start of a chain, are gone",
    Kind.TAIL_MISSING: "records at the end of a chain, which a saved head knows, are gone",
    Kind.CHAIN_MISSING: "a whole chain, which a saved head knows, is gone",
    Kind.HEAD_DIFFERS: "the record at a saved head is not the one that was there",
    Kind.MISPLACED: "it says that it belongs to another place or another chain",
    Kind.VERSION: "it has a form that this verifier does not know, so it cannot be judged",
    Kind.UNLINKED: "it does not name the record before it",
    Kind.INDEX_DIFFERS: "what the store indexes is not what the record says",
    Kind.STORE_DAMAGED: "the store is not as it was made, so a search may miss records",
    Kind.NOT_CANONICAL: "its bytes are JSON, but not in the one form that is hashed",
    Kind.UNREADABLE: "its bytes are not a record",
    Kind.FOREIGN_KEY: "the chain's key was not made by this ledger's keys",
    Kind.UNCLOSED: "an invocation began and never ended: killed, timed out, or cut off",
    Kind.CHECKPOINT_MISSING: "checkpoints between two others are gone",
    Kind.CHECKPOINT_BROKEN: "it is not signed by the sealer's key, or not for this log",
    Kind.CHECKPOINT_STALE: "it is old: the sealer stopped, or newer checkpoints are gone",
    Kind.WITNESS_DIFFERS: "the witness holds another checkpoint under the same number",
    Kind.ROLLED_BACK: "the witness has seen checkpoints that the archive does not have",
    Kind.LOG_BROKEN: "the log's manifests do not lead to the root that was signed",
    Kind.OBJECT_MISSING: "a segment that the log names is gone from the archive",
    Kind.OBJECT_ALTERED: "a segment does not hold what the log says",
    Kind.OBJECT_UNLOGGED: "the archive has a segment that the log does not name",
    Kind.GONE_EARLY: "archived records are gone from the table before they expired",
    Kind.DIFFERS: "a record in the table is not the one that was archived",
    Kind.ALARM: "the stream has seen somebody change or remove a record",
    Kind.REQUEST_UNRECORDED: "a request that the independent list knows has no record",
    Kind.RECORD_UNREQUESTED: "a record tells of a request that the independent list does not know",
}

NOTICES: Final = frozenset({Kind.UNCLOSED, Kind.OBJECT_UNLOGGED})
"""Findings that somebody should look at, but that no tampering is needed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: what, where, and how many records are concerned."""

    kind: Kind
    writer: str = ""
    seq: int = 0
    count: int = 1
    event: str = ""
    place: str = ""
    """For what is not a record: an object's key, a request's id."""

    @property
    def where(self) -> str:
        """Return `writer/seq`, or `writer/first-last` for several records."""
        if self.place:
            return self.place
        last = f"-{self.seq + self.count - 1}" if self.count > 1 else ""
        return f"{self.writer}/{self.seq}{last}"

    def json(self) -> dict[str, Json]:
        """Return the finding for `--output json`."""
        return {
            "kind": self.kind.value,
            "writer": self.writer,
            "seq": self.seq,
            "count": self.count,
            "event": self.event,
            "place": self.place,
            "notice": self.kind in NOTICES,
            "meaning": MEANINGS[self.kind],
        }
