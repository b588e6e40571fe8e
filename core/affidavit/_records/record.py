"""The audit record: who did what, when, why, with what outcome.

A record holds identifiers, verdicts and counts, never a value from an event, a
row or an answer. People and subjects appear as tokens. Key names are short
because a DynamoDB item is billed by the kilobyte; `docs/records.md` explains
each one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import Enum, unique
from typing import Any, Final, NamedTuple

from affidavit._policy.words import Trust
from affidavit._records.accesses import Change, OffRecordAccess, Read
from affidavit._types import Json, Token, WriterId

RECORD_FORMAT: Final = 1
"""Version of the record's form. It stands inside the hashed bytes."""


@unique
class Phase(Enum):
    """Which part of an invocation a record tells.

    >>> [phase.value for phase in Phase]
    ['G', 'I', 'O', 'D', 'W']
    """

    GENESIS = "G"
    """First of a chain: who writes, under which key and policy."""

    INTENT = "I"
    """An invocation is about to run."""

    OUTCOME = "O"
    """An invocation that was declared has ended."""

    DISCLOSURE = "D"
    """An invocation that was not declared, told in one record."""

    WITHHELD = "W"
    """An earlier answer was withheld because its evidence could not be kept."""


@unique
class Status(Enum):
    """How an invocation ended.

    >>> [status.value for status in Status]
    ['ok', 'deny', 'error', 'withheld']
    """

    OK = "ok"
    DENY = "deny"
    ERROR = "error"
    WITHHELD = "withheld"


class Origin(NamedTuple):
    """Where an invocation runs and where it came from. `address` is a token.

    >>> Origin("prices", "42", "eu-west-1", "apigw.v1").address
    """

    function: str
    version: str
    region: str
    via: str
    address: Token | None = None

    def said(self) -> dict[str, Json]:
        """Return what a record says in `src`, its keys in order."""
        told: dict[str, Json] = {"fn": self.function}
        if self.address is not None:
            told["ip"] = self.address
        return told | {"reg": self.region, "ver": self.version, "via": self.via}


class Facts(NamedTuple):
    """What is the same in every record of one attempt.

    `said` holds the members that the records repeat.

    >>> Facts(actor=Token("a" * 32), subject=None, said={"act": "NOTE_READ"}).said["act"]
    'NOTE_READ'
    """

    actor: Token | None
    subject: Token | None
    said: Mapping[str, Json]


def state(
    *,
    action: str,
    trust: Trust,
    member: str = "",
    actor: Token | None,
    behalf: Token | None,
    subject: Token | None,
    origin: Origin,
    event: str,
    attempt: str,
    request_id: str,
    policy: str,
    words: Mapping[str, str],
    unsafe: tuple[str, ...] = (),
) -> Facts:
    """State the facts of one attempt.

    `event` is the source's own event id, so that a redelivery can be told from
    a new event; `attempt` is ours, so that two attempts can be told apart.
    `member` is where the platform says who acts, if it says it.
    `behalf` is the token of a second name: an authenticated service says for
    whom it asks. `words` are constants of the deployment (`obj`, `cls`, `why`,
    `rcpt`, `ten`); empty ones are left out.

    >>> origin = Origin("prices", "42", "eu-west-1", "direct")
    >>> nobody = dict.fromkeys(("actor", "behalf", "subject"))
    >>> ids = {"event": "e", "attempt": "t", "request_id": "r", "policy": "p", "words": {}}
    >>> state(action="PING", trust=Trust.ANONYMOUS, origin=origin, **nobody, **ids).said["act"]
    'PING'
    """
    who: dict[str, Json] = {"auth": trust.value, **({"by": member} if member else {})}
    if actor is not None:
        who["id"] = actor
    if behalf is not None:
        who["obo"] = behalf
    said: dict[str, Json] = {
        "act": action,
        "actor": who,
        "att": attempt,
        "eid": event_id(origin.via, event),
        "pol": policy,
        "req": request_id,
        "src": origin.said(),
        "v": RECORD_FORMAT,
        **{key: word for key, word in words.items() if word},
    }
    if subject is not None:
        said["subj"] = subject
    if unsafe:
        said["unsafe"] = list(unsafe)
    return Facts(actor, subject, said)


class Outcome(NamedTuple):
    """How it ended. `code` is the HTTP status, or the one it would have been.

    >>> Outcome(Status.OK, 200).reads
    ()
    """

    status: Status
    code: int
    error: str = ""
    duration_ms: int = 0
    reads: tuple[Read, ...] = ()
    changes: tuple[Change, ...] = ()
    redacted: tuple[tuple[str, int], ...] = ()
    off_record: tuple[OffRecordAccess, ...] = ()

    def tell(self, told: dict[str, Json]) -> None:
        """Add what a record says of an outcome. Nested keys are in order."""
        out: dict[str, Json] = {"code": self.code}
        if self.error:
            out["err"] = self.error
        out["s"] = self.status.value
        told["out"] = out
        told["dur"] = self.duration_ms
        if self.reads:
            told["q"] = [read.said() for read in self.reads]
        if self.changes:
            told["chg"] = [{"f": c.field, "n": c.new, "o": c.old} for c in self.changes]
        if self.redacted:
            told["red"] = dict(self.redacted)
        if self.off_record:
            told["off"] = [access.said() for access in self.off_record]


class Draft(NamedTuple):
    """A record that has no place in a chain yet. `at` is as `iso_utc` writes it.

    >>> Draft(Phase.OUTCOME, Facts(None, None, {}), "2026-01-23T12:00:00.000Z", 2**33).outcome
    """

    phase: Phase
    facts: Facts
    at: str
    expires_at: int
    outcome: Outcome | None = None

    def document(self, writer: WriterId, seq: int, prev: str) -> dict[str, Json]:
        """Return the record as JSON, standing in the chain of `writer` at `seq`.

        `prev` is the hash of the record before. Nested keys are in order.
        """
        facts, outcome = self.facts, self.outcome
        told: dict[str, Json] = {
            **facts.said,
            "exp": self.expires_at,
            "ph": self.phase.value,
            "prev": prev,
            "seq": seq,
            "ts": self.at,
            "wid": writer,
        }
        if outcome is not None:
            outcome.tell(told)
        return told


def event_id(via: str, event: str) -> str:
    """Return the id of an event, 32 hex digits, the same for each of its deliveries.

    Lambda repeats an asynchronous event up to twice; readers count equal ids once.
    """
    text = f"affidavit event 1\x00{via}\x00{event}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16].hex()


class Record(NamedTuple):
    """A record that was kept, for reading. `document` is everything that it says.

    Fields that this version does not know are kept: what is read back may have
    been written by a newer version.

    >>> bench = make_runtime()
    >>> run(audited(action="PING")(lambda event, context: "pong"), {}, bench)
    'pong'
    >>> bench.records[-1].document["act"]
    'PING'
    """

    document: Mapping[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> Record:
        """Read a record back from its hashed bytes.

        Raises:
            ValueError: `body` is not a record. The message holds no value.

        """
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise ValueError("the body is not JSON") from None
        if not _is_record(document):
            raise ValueError("the body is not a record")
        return cls(document)

    @property
    def phase(self) -> str:
        """One letter; see `Phase`."""
        return str(self.document["ph"])

    @property
    def at(self) -> str:
        """When, in UTC and with milliseconds."""
        return str(self.document.get("ts", ""))

    @property
    def attempt(self) -> str:
        """The attempt that this record belongs to; empty in a genesis record."""
        return str(self.document.get("att", ""))

    @property
    def event(self) -> str:
        """The event that this record belongs to; empty in a genesis record."""
        return str(self.document.get("eid", ""))

    @property
    def status(self) -> str:
        """`ok`, `deny`, `error` or `withheld`; empty in a record without an outcome."""
        return str(self.document.get("out", {}).get("s", ""))

    @property
    def code(self) -> int:
        """The HTTP status, or the one it would have been; 0 without an outcome."""
        return int(self.document.get("out", {}).get("code", 0))

    @property
    def actor(self) -> Token | None:
        """The actor's token."""
        found = self.document.get("actor", {}).get("id")
        return None if found is None else Token(found)

    @property
    def subject(self) -> Token | None:
        """The subject's token."""
        found = self.document.get("subj")
        return None if found is None else Token(found)


def _is_record(document: Any) -> bool:
    """Tell whether what readers look into has the form that they expect.

    Whoever can write the ledger must not be able to stop its verifier.
    """
    if not isinstance(document, dict) or not {"ph", "seq", "v", "wid"} <= document.keys():
        return False
    actor, out, reads = document.get("actor", {}), document.get("out", {}), document.get("q", [])
    return (
        isinstance(actor, dict)
        and isinstance(actor.get("id", ""), str)
        and isinstance(document.get("subj", ""), str)
        and isinstance(out, dict)
        and isinstance(out.get("code", 0), int)
        and isinstance(reads, list)
        and all(isinstance(read, dict) and {"n", "s"} <= read.keys() for read in reads)
    )
