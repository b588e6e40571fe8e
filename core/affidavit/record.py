"""The audit record: who did what, when, why, with what outcome.

A record holds identifiers, verdicts and counts, never a value from an event, a
row or an answer. People and subjects appear as tokens. Key names are short
because a DynamoDB item is billed by the kilobyte; `docs/records.md` explains
each one. They are written in alphabetical order, which makes the bytes
canonical without sorting.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any, Final

from affidavit.clock import iso_utc
from affidavit.policy import Trust
from affidavit.types import Json, Token, WriterId

FORMAT: Final = 1
"""Version of the record's form. It stands inside the hashed bytes."""


@unique
class Phase(Enum):
    """Which part of an invocation a record tells."""

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
    """How an invocation ended."""

    OK = "ok"
    DENY = "deny"
    ERROR = "error"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as a token, and how that is known.

    `behalf` is the token of a second name: an authenticated service says for
    whom it asks.
    """

    trust: Trust
    id: Token | None = None
    behalf: Token | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an invocation runs and where it came from. `address` is a token."""

    function: str
    version: str
    region: str
    via: str
    address: Token | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is the same in every record of one attempt.

    `event` is the source's own event id, so that a redelivery can be told from
    a new event; `attempt` is ours, so that two attempts can be told apart.
    """

    action: str
    actor: Actor
    attempt: str
    event: str
    origin: Origin
    policy: str
    request_id: str
    subject: Token | None = None
    resource: str = ""
    data_class: str = ""
    purpose: str = ""
    recipient: str = ""
    tenant: str = ""
    unsafe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """One statement that was run: source, query, bind names and row count."""

    source: str
    query: str
    binds: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Change:
    """One field that was changed, with tokens for what it was and what it is."""

    field: str
    old: Token
    new: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended. `code` is the HTTP status, or the one it would have been."""

    status: Status
    code: int
    error: str = ""
    duration_ms: int = 0
    reads: tuple[Read, ...] = ()
    changes: tuple[Change, ...] = ()
    redacted: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: its chain, its number, and the hash of the one before."""

    writer: WriterId
    seq: int
    prev: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record that has no place in a chain yet."""

    phase: Phase
    facts: Facts
    at_ms: int
    expires_at: int
    outcome: Outcome | None = None

    def document(self, place: Place) -> dict[str, Json]:
        """Return the record as JSON with its keys in order, standing at `place`."""
        facts, outcome = self.facts, self.outcome
        every: dict[str, Json] = {
            "act": facts.action,
            "actor": _actor(facts.actor),
            "att": facts.attempt,
            "chg": _changes(outcome) if outcome else None,
            "cls": facts.data_class or None,
            "dur": outcome.duration_ms if outcome else None,
            "eid": event_id(facts.origin.via, facts.event, self.phase),
            "exp": self.expires_at,
            "obj": facts.resource or None,
            "out": _out(outcome) if outcome else None,
            "ph": self.phase.value,
            "pol": facts.policy,
            "prev": place.prev,
            "q": _reads(outcome) if outcome else None,
            "rcpt": facts.recipient or None,
            "red": dict(outcome.redacted) or None if outcome else None,
            "req": facts.request_id,
            "seq": place.seq,
            "src": _origin(facts.origin),
            "subj": facts.subject,
            "ten": facts.tenant or None,
            "ts": iso_utc(self.at_ms),
            "unsafe": list(facts.unsafe) or None,
            "v": FORMAT,
            "why": facts.purpose or None,
            "wid": place.writer,
        }
        return {key: value for key, value in every.items() if value is not None}


def event_id(via: str, event: str, phase: Phase) -> str:
    """Return the id that every delivery of one event shares: 32 hex digits.

    Lambda repeats an asynchronous event up to twice; readers count equal ids once.
    """
    text = f"affidavit event 1\x00{via}\x00{event}\x00{phase.value}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16].hex()


def _actor(actor: Actor) -> dict[str, Json]:
    told: dict[str, Json] = {"auth": actor.trust.value}
    if actor.id is not None:
        told["id"] = actor.id
    if actor.behalf is not None:
        told["obo"] = actor.behalf
    return told


def _origin(origin: Origin) -> dict[str, Json]:
    told: dict[str, Json] = {"fn": origin.function}
    if origin.address is not None:
        told["ip"] = origin.address
    told["reg"] = origin.region
    told["ver"] = origin.version
    told["via"] = origin.via
    return told


def _out(outcome: Outcome) -> dict[str, Json]:
    told: dict[str, Json] = {"code": outcome.code}
    if outcome.error:
        told["err"] = outcome.error
    told["s"] = outcome.status.value
    return told


def _changes(outcome: Outcome) -> list[Json] | None:
    return [{"f": c.field, "n": c.new, "o": c.old} for c in outcome.changes] or None


def _reads(outcome: Outcome) -> list[Json] | None:
    return [
        {"b": list(r.binds), "n": r.query, "r": r.rows, "s": r.source} for r in outcome.reads
    ] or None


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was kept, for reading. `document` is everything that it says.

    Fields that this version does not know are kept: what is read back may have
    been written by a newer version.
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
        except ValueError:
            raise ValueError("the body is not JSON") from None
        if not isinstance(document, dict) or not {"ph", "seq", "v", "wid"} <= document.keys():
            raise ValueError("the body is not a record")
        return cls(document)

    @property
    def phase(self) -> str:
        """One letter; see `Phase`."""
        return str(self.document["ph"])

    @property
    def at(self) -> str:
        """When, as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
        return str(self.document.get("ts", ""))

    @property
    def attempt(self) -> str:
        """The attempt that this record belongs to; empty in a genesis record."""
        return str(self.document.get("att", ""))

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
