"""A sealed archive with a known history: events, people, years, and the truth beside it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from affidavit._records.accesses import Read
from affidavit.plugin import (
    Archive,
    Chain,
    Clock,
    Draft,
    Entry,
    Ledger,
    LocalKeys,
    Origin,
    Outcome,
    Phase,
    Status,
    Token,
    Tokens,
    Trust,
    WriterId,
    iso_utc,
    state,
)
from affidavit_ledger.archive import open_folder
from affidavit_ledger.seal import Sealer
from affidavit_ledger.signing import PublicKey, open_file_signer
from affidavit_ledger.workspace import Notes

SECRET = bytes(range(32))
DAY_MS = 86_400_000
BEGIN_MS = 1_577_836_800_000
"""1 January 2020, 00:00 UTC."""


class Event(NamedTuple):
    """One thing that happened, as the truth knows it."""

    at_ms: int
    actor: str
    subject: str
    action: str
    outcome: str
    recipient: str
    rows: int
    number: int

    @property
    def at(self) -> str:
        """When, as records say it."""
        return iso_utc(self.at_ms)


class Batch:
    """A store that holds what came since it was last emptied."""

    name = "batch"
    batch_limit = 100
    remote = False

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Keep them for the sealer."""
        self.entries += entries

    def writers(self) -> Iterator[WriterId]:
        """Nothing is asked of the table here."""
        return iter(())


@dataclass
class ArchiveWorld:
    """The archive, the key that checks it, the ledger's keys, and what is true."""

    archive: Archive
    verifier: PublicKey
    ledger: Ledger
    url: str
    key_file: Path
    events: list[Event] = field(default_factory=list)

    def token(self, kind: str, name: str) -> str:
        """Return the token that records have for a name."""
        return Tokens(self.ledger.keys.token_key()).token(kind, name)


def drawn(count: int, *, subjects: int, actors: int, years: int, seed: int) -> list[Event]:
    """Draw a history, in order of time."""
    chance = random.Random(seed)  # noqa: S311 - a test's history
    span = years * 365 * DAY_MS
    times = sorted(chance.randrange(span) for _ in range(count))
    actions = ("CHART_READ", "CHART_READ", "LAB_READ", "CLAIM_SEND", "LEDGER_WHO")
    found = []
    for number, offset in enumerate(times):
        action = chance.choice(actions)
        outcome = chance.choices(("ok", "deny", "error", "withheld"), (90, 6, 3, 1))[0]
        found.append(
            Event(
                at_ms=BEGIN_MS + offset,
                actor=f"staff-{min(chance.randrange(actors), chance.randrange(actors)):02}",
                subject=f"patient-{chance.randrange(subjects):03}",
                action=action,
                outcome=outcome,
                recipient="insurer" if action == "CLAIM_SEND" else "",
                rows=chance.randrange(4) if outcome == "ok" else 0,
                number=number,
            )
        )
    return found


def make_world(folder: Path, events: list[Event], *, segment: int = 400) -> ArchiveWorld:
    """Seal a history into a folder: two records for each event, in segments of so many events."""
    folder.mkdir(parents=True, exist_ok=True)
    store, keys, clock = Batch(), LocalKeys(SECRET), Clock()
    ledger = Ledger(store=store, keys=keys, reader=store)  # type: ignore[arg-type]
    chains = [Chain(ledger, clock, {"pol": "hipaa@1"}, hot_days=100) for _ in range(5)]
    url = f"file://{quote(str(folder / 'archive'))}"
    archive, workspace = open_folder(urlsplit(url))
    signer = open_file_signer(
        urlsplit(f"file://{quote(str(folder / 'sealer.key'))}?name=example.org/ledger")
    )
    sealer = Sealer(
        archive, signer, Notes(workspace, signer), now_ms=clock.now_ms, archive_days=2190
    )
    tokens = Tokens(keys.token_key())
    for number, event in enumerate(events):
        people = tokens.token("actor", event.actor), tokens.token("subject", event.subject)
        for draft in drafts_of(event, *people):
            chains[number % 5].append(draft, timeout_s=5)
        if number % segment == segment - 1 or number == len(events) - 1:
            sealer.write_segments(store.entries, shard=f"{number:09d}")
            store.entries.clear()
            sealer.checkpoint()
    key_file = folder / "sealer.pub"
    verifier = PublicKey.load(key_file.read_bytes())
    return ArchiveWorld(archive, verifier, ledger, url, key_file, list(events))


def drafts_of(event: Event, actor: Token, subject: Token) -> Iterator[Draft]:
    """Yield what the records of one event say."""
    words = {"obj": "charts", "rcpt": event.recipient} if event.recipient else {"obj": "charts"}
    facts = state(
        action=event.action,
        trust=Trust.AUTHORIZER,
        actor=actor,
        behalf=None,
        subject=subject,
        origin=Origin("charts", "7", "eu-west-1", "apigw.v2", "c" * 32),
        event=f"{event.number:032x}",
        attempt=f"{event.number:022d}",
        request_id=f"00000000-0000-4000-8000-{event.number:012d}",
        policy="hipaa@4#123456789012",
        words=words,
    )
    expires = event.at_ms // 1000 + 100 * 86_400
    reads = (Read("charts", "find_chart", ("id",), event.rows),) if event.rows else ()
    codes = {"ok": 200, "deny": 403, "error": 500, "withheld": 503}
    outcome = Outcome(Status(event.outcome), codes[event.outcome], duration_ms=7, reads=reads)
    if event.outcome == "deny":
        yield Draft(Phase.DISCLOSURE, facts, event.at, expires, outcome)
        return
    yield Draft(Phase.INTENT, facts, event.at, expires)
    phase = Phase.WITHHELD if event.outcome == "withheld" else Phase.OUTCOME
    yield Draft(phase, facts, event.at, expires, outcome)
