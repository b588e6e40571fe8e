"""What a verifier can find, and what each finding means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from affidavit.plugin import Json


@unique
class VerdictWord(Enum):
    """The three verdicts that there are."""

    CLEAN = "clean"
    NOT_CLEAN = "not clean"
    NOT_DECIDABLE = "not decidable"


@unique
class FindingKind(Enum):
    """One kind of finding. The value is the word in reports."""

    ALTERED = "altered"
    MISSING = "missing"
    TAIL_MISSING = "tail-missing"
    CHAIN_MISSING = "chain-missing"
    HEAD_DIFFERS = "head-differs"
    MISPLACED = "misplaced"
    UNLINKED = "unlinked"
    VERSION = "version"
    UNJUDGED = "unjudged"
    COPY_UNREAD = "copy-unread"
    INDEX_DIFFERS = "index-differs"
    STORE_DAMAGED = "store-damaged"
    NOT_CANONICAL = "not-canonical"
    UNREADABLE = "unreadable"
    FOREIGN_KEY = "foreign-key"
    UNCLOSED = "unclosed"
    UNSEALED = "unsealed"
    WAITING = "waiting"
    LATE = "late"
    CLOCK_BACK = "clock-back"
    NOTHING_SIGNED = "nothing-signed"
    CHECKPOINT_MISSING = "checkpoint-missing"
    CHECKPOINT_BROKEN = "checkpoint-broken"
    CHECKPOINT_STALE = "checkpoint-stale"
    WITNESS_DIFFERS = "witness-differs"
    COSIGNATURE_BROKEN = "cosignature-broken"
    UNCOSIGNED = "uncosigned"
    TIMESTAMP_BROKEN = "timestamp-broken"
    TIMESTAMP_FOREIGN = "timestamp-foreign"
    TIME_DIFFERS = "time-differs"
    UNSTAMPED = "unstamped"
    ROLLED_BACK = "rolled-back"
    MARK_DIFFERS = "mark-differs"
    BEGINS = "begins"
    EXPIRED = "expired"
    BEGINS_EARLY = "begins-early"
    LOG_BROKEN = "log-broken"
    OBJECT_MISSING = "object-missing"
    OBJECT_ALTERED = "object-altered"
    OBJECT_UNLOGGED = "object-unlogged"
    OBJECT_FOREIGN = "object-foreign"
    GONE_EARLY = "gone-early"
    DIFFERS = "differs"
    ALARM = "alarm"
    REQUEST_UNRECORDED = "request-unrecorded"
    RECORD_UNREQUESTED = "record-unrequested"


MEANINGS: Final = {
    FindingKind.ALTERED: "its bytes are not the ones that were written under the chain's key",
    FindingKind.MISSING: "records between two others, or at the start of a chain, are gone",
    FindingKind.TAIL_MISSING: "records at the end of a chain, which a saved head knows, are gone",
    FindingKind.CHAIN_MISSING: "a whole chain, which a saved head knows, is gone",
    FindingKind.HEAD_DIFFERS: "the record at a saved head is not the one that was there",
    FindingKind.MISPLACED: "it says that it belongs to another place or another chain",
    FindingKind.VERSION: "it has a form that this verifier does not know, so it cannot be judged",
    FindingKind.UNJUDGED: "records are missing, unless a leaf that cannot be judged holds them",
    FindingKind.COPY_UNREAD: (
        "a second copy of a record from before the mark: verify without the mark"
    ),
    FindingKind.UNLINKED: "it does not name the record before it",
    FindingKind.INDEX_DIFFERS: "what the store indexes is not what the record says",
    FindingKind.STORE_DAMAGED: "the store is not as it was made, so a search may miss records",
    FindingKind.NOT_CANONICAL: "its bytes are JSON, but not in the one form that is hashed",
    FindingKind.UNREADABLE: "its bytes are not a record",
    FindingKind.FOREIGN_KEY: "the chain's key was not made by this ledger's keys",
    FindingKind.UNCLOSED: "an invocation began and never ended: killed, timed out, or cut off",
    FindingKind.UNSEALED: "it is older than the newest checkpoint by far, and in no segment",
    FindingKind.WAITING: "entries wait in the spill; replay them, and verify again",
    FindingKind.LATE: "records are missing, and the spill holds some: replay it, verify again",
    FindingKind.CLOCK_BACK: "a clock went back: it is older than what stands before it",
    FindingKind.NOTHING_SIGNED: "the archive holds no checkpoint, so nothing in it is signed",
    FindingKind.CHECKPOINT_MISSING: "checkpoints between two others, or all of them, are gone",
    FindingKind.CHECKPOINT_BROKEN: "it is not signed by the sealer's key, or not for this log",
    FindingKind.CHECKPOINT_STALE: "it is old: the sealer stopped, or newer checkpoints are gone",
    FindingKind.WITNESS_DIFFERS: "the witness holds another checkpoint under the same number",
    FindingKind.COSIGNATURE_BROKEN: "what stands there is not what a known witness has signed",
    FindingKind.UNCOSIGNED: "no known witness has signed a checkpoint since then",
    FindingKind.TIMESTAMP_BROKEN: "what stands there is no time stamp of this checkpoint",
    FindingKind.TIMESTAMP_FOREIGN: "no authority that is known has signed this time stamp",
    FindingKind.TIME_DIFFERS: "its time stamp is more than five minutes from what it says itself",
    FindingKind.UNSTAMPED: "no known authority has stamped a checkpoint since then",
    FindingKind.ROLLED_BACK: "a witness or an earlier check has seen checkpoints that are gone",
    FindingKind.BEGINS: "the log begins here: what is older was removed, its time was over",
    FindingKind.EXPIRED: (
        "records at the start of a chain, or all of it, are gone; their time may have been over"
    ),
    FindingKind.BEGINS_EARLY: "the log is said to begin here before the time of the rest was over",
    FindingKind.MARK_DIFFERS: "the log is not the one that was checked up to here before",
    FindingKind.LOG_BROKEN: "the log's manifests do not lead to the root that was signed",
    FindingKind.OBJECT_MISSING: "a segment that the log names is gone from the archive",
    FindingKind.OBJECT_ALTERED: "a segment does not hold what the log says",
    FindingKind.OBJECT_UNLOGGED: "the archive has a segment that the log does not name",
    FindingKind.OBJECT_FOREIGN: "the archive has an object that is none of its own",
    FindingKind.GONE_EARLY: "archived records are gone from the table before they expired",
    FindingKind.DIFFERS: "a record in the table is not the one that was archived",
    FindingKind.ALARM: "the stream has seen somebody change or remove a record",
    FindingKind.REQUEST_UNRECORDED: "a request that the independent list knows has no record",
    FindingKind.RECORD_UNREQUESTED: (
        "a record tells of a request that the independent list does not know"
    ),
}

NOTICES: Final = frozenset(
    {
        FindingKind.UNCLOSED,
        FindingKind.OBJECT_UNLOGGED,
        FindingKind.OBJECT_FOREIGN,
        FindingKind.WAITING,
        FindingKind.CLOCK_BACK,
        FindingKind.BEGINS,
        FindingKind.EXPIRED,
    }
)
"""Findings that somebody should look at, but that take nothing from the evidence."""

UNDECIDED: Final = frozenset(
    {
        FindingKind.VERSION,
        FindingKind.UNJUDGED,
        FindingKind.COPY_UNREAD,
        FindingKind.NOTHING_SIGNED,
    }
)
"""What cannot be judged: the verdict is neither clean nor not clean because of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFinding:
    """One thing that is wrong: what, where, and how many records are concerned."""

    kind: FindingKind
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
