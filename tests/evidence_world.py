"""A small world with a table, its stream, a sealer, a witness and a gateway.

Everything that computes is the real thing; the table, the stream and the
archive are in memory, so that thousands of worlds can be played.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from affidavit import LedgerConflictError, LedgerMissingError, LedgerUnavailableError
from affidavit._clock import Clock, iso_utc
from affidavit._policy.words import Trust
from affidavit._records.accesses import Read
from affidavit._records.chain import Chain
from affidavit._records.local_keys import LocalKeys
from affidavit._records.record import Draft, Origin, Outcome, Phase, Status, state
from affidavit._types import Token, WriterId
from affidavit.plugin import Entry, Ledger
from affidavit_ledger.seal import Sealer, SealReport
from affidavit_ledger.signing import FileSigner
from affidavit_ledger.stream import TableChange, seal_changes
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.workspace import Notes

START_MS = 1_790_000_000_000


@dataclass(slots=True)
class DictArchive:
    """An archive in memory, as strict as S3 with Object Lock.

    S3 refuses a lock date that is not in the future, and a name beyond 1,024 bytes.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    now_s: Callable[[], int] = lambda: 0
    locks: dict[str, int] = field(default_factory=dict)
    """Until when each object may not be removed, in seconds since 1970."""

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        assert retain_until > self.now_s(), "InvalidArgument: the date must be in the future"
        assert key, "a key"
        assert len(key.encode()) <= 1024, "KeyTooLongError"
        self.locks.setdefault(key, retain_until)
        if self.objects.setdefault(key, data) != data:
            raise LedgerConflictError("kept already", why="x", fix="x")

    def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            raise LedgerMissingError("not there", why="x", fix="x") from None

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        yield from sorted(key for key in self.objects if key.startswith(prefix) and key > after)


@dataclass(slots=True)
class DictWorkspace:
    """A sealer's notes in memory."""

    notes: dict[str, bytes] = field(default_factory=dict)

    def read(self, key: str) -> bytes | None:
        return self.notes.get(key)

    def write(self, key: str, data: bytes) -> None:
        self.notes[key] = data

    def delete(self, key: str) -> None:
        self.notes.pop(key, None)

    def names(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.notes if key.startswith(prefix))


@dataclass(slots=True)
class Table:
    """A table with a stream of its changes, as DynamoDB has."""

    name: str = "table"
    remote: bool = False
    batch_limit: int = 100
    items: dict[tuple[WriterId, int], Entry] = field(default_factory=dict)
    stream: list[TableChange] = field(default_factory=list)
    lose_ack: bool = False

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        places = {(entry.writer, entry.seq) for entry in entries}
        assert 0 < len(entries) <= 100, "ValidationException: TransactWriteItems takes 100"
        assert len(places) == len(entries), "ValidationException: one item twice"
        assert all(len(entry.body) < 400 * 1024 for entry in entries), "an item holds 400 KB"
        for entry in entries:
            there = self.items.get((entry.writer, entry.seq))
            if there is None:
                self.put(entry)
            elif there.body != entry.body:
                raise LedgerConflictError("taken", why="x", fix="x")
        if self.lose_ack:
            self.lose_ack = False
            raise LedgerUnavailableError("no answer", why="x", fix="x")

    def put(self, entry: Entry) -> None:
        """Write without a condition, as an attacker does."""
        key = (entry.writer, entry.seq)
        old = self.items.get(key)
        self.items[key] = entry
        self.stream.append(TableChange("MODIFY" if old else "INSERT", entry, old))

    def remove(self, writer: str, seq: int, *, by_expiry: bool = False) -> None:
        old = self.items.pop((WriterId(writer), seq))
        self.stream.append(TableChange("REMOVE", None, old, by_expiry))

    def seqs(self, writer: str) -> list[int]:
        return sorted(seq for name, seq in self.items if name == writer)

    def writers(self) -> Iterator[WriterId]:
        yield from sorted({writer for writer, _ in self.items})

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        for key in sorted(key for key in self.items if key[0] == writer and key[1] >= start):
            yield self.items[key]

    def stamp(self) -> str:
        return ""

    def damage(self) -> Iterator[str]:
        yield from ()

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        yield from ()

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        yield from ()


class World:
    """Writers, a table, its stream, a sealer, a witness, a gateway's list."""

    def __init__(self, seed: int = 0, *, names: Sequence[str] = ()) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a world, not a key
        self.now_ms = START_MS
        self.table = Table()
        self.keys = LocalKeys(self.rng.randbytes(32))
        self.ledger = Ledger(store=self.table, keys=self.keys, reader=self.table)
        self.archive = DictArchive(now_s=lambda: self.now_ms // 1000)
        self.witness = DictArchive(now_s=lambda: self.now_ms // 1000)
        self.workspace = DictWorkspace()
        key = ed25519.Ed25519PrivateKey.from_private_bytes(self.rng.randbytes(32))
        self.signer = FileSigner("example.org/ledger", key)
        self.gateway: set[str] = set()
        self.sealing = True
        self._at = 0
        self._requests = 0
        self.writers = [self.writer(name) for name in names]

    def writer(self, name: str = "") -> Chain:
        """Start a writer."""
        wid = (name or f"w{self.rng.getrandbits(80):x}").ljust(22, "-")[:22]
        clock = Clock(now_ms=lambda: self.now_ms, tick_ns=lambda: 0, new_id=lambda: wid)
        return Chain(self.ledger, clock, {"pol": "test@1"}, hot_days=90)

    def emit(
        self,
        chain: Chain,
        *,
        ttl_s: int = 90 * 86_400,
        request: str = "",
        phase: Phase = Phase.DISCLOSURE,
        attempt: str = "",
    ) -> None:
        """Write one record, for a request that the gateway has seen."""
        self._requests += 1
        name = request or f"request-{self._requests}"
        if not request:
            self.gateway.add(name)
        facts = state(
            action="READ",
            trust=Trust.ASSERTED,
            actor=Token(f"{self.rng.randrange(5):032x}"),
            behalf=None,
            subject=Token(f"{self.rng.randrange(9):032x}"),
            origin=Origin("f", "1", "r", "apigw.v1"),
            event=name,
            attempt=attempt or f"{self._requests:022d}",
            request_id=name,
            policy="test@1",
            words={},
        )
        outcome = Outcome(Status.OK, 200, reads=(Read("s", "q", ("id",), 1),))
        expires_at = self.now_ms // 1000 + ttl_s
        told = None if phase is Phase.INTENT else outcome
        draft = Draft(phase, facts, iso_utc(self.now_ms), expires_at, told)
        try:
            chain.append(draft, timeout_s=1)
        except LedgerUnavailableError:
            chain.append(draft, timeout_s=1)

    def sealer(self, **others: Any) -> Sealer:
        """Return the sealer, as a fresh process would; `others` are who else has a part in it."""
        return Sealer(
            self.archive,
            self.signer,
            Notes(self.workspace, self.signer),
            now_ms=lambda: self.now_ms,
            archive_days=2192,
            **({"reader": self.table, "witness": self.witness} | others),
        )

    def seal(self, *, shard: str = "s0") -> SealReport | None:
        """Deliver the stream to the sealer and sign a checkpoint."""
        if not self.sealing:
            return None
        sealer = self.sealer()
        changes, self._at = self.table.stream[self._at :], len(self.table.stream)
        seal_changes(sealer, changes, shard=shard, now_ms=lambda: self.now_ms)
        return sealer.checkpoint()

    def verify(self, level: int = 5, **options: Any) -> VerificationResult:
        """Verify with the evidence of one level; see `LEVELS`."""
        archive = self.archive if level >= 3 else None
        evidence = Evidence(
            reader=self.table,
            keys=self.keys if level >= 2 else None,
            archive=archive,
            verifier=self.signer.public if archive else None,
            witness=self.witness if level >= 4 else None,
            requests=frozenset(self.gateway) if level >= 5 else None,
            waiting=options.pop("waiting", 0),
        )
        return verify(evidence, now_ms=options.pop("now_ms", self.now_ms), **options)


LEVELS = {
    1: "the table, and the links in it",
    2: "and the ledger's keys",
    3: "and the archive with its signed checkpoints, fed by the stream",
    4: "and a witness's copies of the checkpoints",
    5: "and the gateway's list of requests",
}
