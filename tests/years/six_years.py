"""Six years of a ledger in some minutes: a simulated clock, real files, and the truth beside them.

A SQLite ledger with salts, sealed once a day into a folder. Each year brings new
keys for signatures, chains and tokens, and one of them another policy; processes
restart, rows expire and are removed, a sealer stands still, neither the table nor
salts can be written, a subject is shredded, a table is restored from last week's backup and
another time moved. The auditor was handed the first public key, and no other.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from affidavit import LedgerUnavailableError
from affidavit.plugin import (
    Chain,
    Clock,
    Draft,
    Entry,
    Ledger,
    LedgerSubjects,
    Origin,
    Outcome,
    Phase,
    Status,
    SubjectTokens,
    Token,
    Tokens,
    Trust,
    iso_utc,
    state,
)
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.erasures import forget_subject
from affidavit_ledger.key_succession import state_change
from affidavit_ledger.log_check import check_log
from affidavit_ledger.mark import Mark
from affidavit_ledger.refill import Refilled, refill
from affidavit_ledger.replay import replay_spilled
from affidavit_ledger.retention import outlived, shed
from affidavit_ledger.seal import Sealer
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.sealer_state import SealerState
from affidavit_ledger.signing import PublicKey, next_key, open_signer, take_over
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.who import Access, find_accesses
from affidavit_ledger.workspace import Notes
from affidavit_sqlite.ledger import open_ledger

DAY_MS = 86_400_000
BEGIN_MS = 1_546_300_800_000
"""1 January 2019, 00:00 UTC: so long ago that the last of it has expired by the real clock."""

HOT_DAYS = 90
ARCHIVE_DAYS = 2192
ORIGIN = "example.org/ledger"
ACTORS = tuple(f"clerk-{number}" for number in range(5))
SUBJECTS = tuple(f"patient-{number}" for number in range(20))


class Happened(NamedTuple):
    """One access, as the truth knows it."""

    at: str
    actor: str
    subject: str


class CountingFolder(FolderArchive):
    """A folder that counts what is asked of it."""

    calls = 0

    def get(self, key: str) -> bytes:
        """Read an object."""
        self.calls += 1
        return super().get(key)


class OutStore:
    """A store that cannot be written for a while."""

    def __init__(self, ledger: Ledger) -> None:
        self._store = ledger.store
        self.name, self.remote = ledger.store.name, False
        self.batch_limit = ledger.store.batch_limit
        self.out = False

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Write, unless it is out."""
        if self.out:
            raise LedgerUnavailableError("the store is out", why="planted", fix="wait")
        self._store.append(entries, timeout_s=timeout_s)


class OutSalts:
    """Salts that cannot be had for a while."""

    def __init__(self, subjects: LedgerSubjects | None) -> None:
        assert subjects is not None
        self.read, self.destroy, self._subjects = subjects.read, subjects.destroy, subjects
        self.out = False

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        """Return a salt, unless they are out."""
        if self.out:
            raise LedgerUnavailableError("the salts are out", why="planted", fix="wait")
        return self._subjects.keep(place, salt, timeout_s=timeout_s)


@dataclass
class SixYears:
    """The ledger, its archive, its keys and its clock."""

    folder: Path
    now_ms: int = BEGIN_MS
    happened: list[Happened] = field(default_factory=list)
    sealing: bool = True
    policy: str = "hipaa@3"
    shredded: set[str] = field(default_factory=set)
    name: str = "ledger"

    def __post_init__(self) -> None:
        self.rng = random.Random(6)  # noqa: S311 - a world, not a key
        self.archive = CountingFolder(self.folder / "archive")
        self.key = self.folder / "sealer.key"
        self.signer = open_signer(self.key, ORIGIN)
        self.handed = PublicKey.load(self.signer.public_pem())
        self.open()

    def open(self) -> None:
        """Open the ledger, as a process that starts does."""
        url = (
            f"sqlite:///{self.folder / self.name}.db?subjects={self.folder / 'subjects.db'}"
            f"&spill={self.folder / 'spill'}"
        )
        self.ledger = open_ledger(urlsplit(url))
        self.store = OutStore(self.ledger)
        self.salts = OutSalts(self.ledger.subjects)
        self.tokens = Tokens(self.ledger.keys.token_key(), "")
        self.restart()

    def restart(self) -> None:
        """Begin another chain, and remember no salts."""
        clock = Clock(
            now_ms=lambda: self.now_ms,
            tick_ns=lambda: 0,
            new_id=lambda: f"{self.rng.getrandbits(128):022d}"[-22:],
        )
        self.subjects = SubjectTokens(
            lambda: self.tokens, self.salts, spill=self.ledger.spill, clock=clock
        )
        ledger = self.ledger._replace(store=self.store)
        self.chain = Chain(ledger, clock, {"pol": self.policy}, hot_days=HOT_DAYS)

    def emit(self) -> None:
        """Let somebody access something."""
        actor, subject = self.rng.choice(ACTORS), self.rng.choice(SUBJECTS)
        attempt = f"{len(self.happened):022d}"
        facts = state(
            action="READ",
            trust=Trust.IAM,
            actor=self.tokens.token("actor", actor),
            behalf=None,
            subject=self.subjects.of(subject, timeout_s=1).token,
            origin=Origin("f", "1", "eu-central-1", "apigw.v1"),
            event=attempt,
            attempt=attempt,
            request_id=attempt,
            policy=self.policy,
            words={},
        )
        expires_at = self.now_ms // 1000 + HOT_DAYS * 86_400
        at = iso_utc(self.now_ms)
        draft = Draft(Phase.DISCLOSURE, facts, at, expires_at, Outcome(Status.OK, 200))
        self.chain.append(draft, timeout_s=1)
        self.happened.append(Happened(at, actor, subject))

    def day(self, number: int) -> None:
        """Play one day: two accesses around midnight and noon, a seal, now and then more."""
        if number % 5 == 0:
            self.restart()
        for hours in (0, 12, 12):
            self.now_ms += hours * 3_600_000
            if hours or number % 3 == 0:
                self.emit()
        if self.sealing:
            seal_new(self.sealer(), self.ledger.reader)
        if number % 30 == 29 and self.sealing:
            self.expire()

    def sealer(self) -> Sealer:
        """Return the sealer, as a fresh process would."""
        return Sealer(
            self.archive,
            self.signer,
            Notes(self.archive, self.signer),
            now_ms=lambda: self.now_ms,
            archive_days=ARCHIVE_DAYS,
            reader=self.ledger.reader,
        )

    def expire(self) -> int:
        """Remove expired rows that are sealed, as `affidavit retention purge` does."""
        notes = Notes(self.archive, self.signer)
        sealed = SealerState(self.archive, notes, lambda: self.now_ms // 1000, 1).load()
        store = self.ledger.store
        return sum(
            store.remove_expired(self.now_ms // 1000, writer, seen.next_seq)  # type: ignore[attr-defined]
            for writer, seen in sealed.writers.items()
            if writer not in sealed.gaps
        )

    def rekey(self) -> None:
        """Let the next signing key follow."""
        fresh = next_key(self.key, ORIGIN)
        at = iso_utc(self.now_ms)
        keys = state_change(self.archive, self.signer, fresh, at=at, retain_until=0)
        take_over(self.key, self.signer.key_id.hex(), keys)
        self.signer = open_signer(self.key, ORIGIN)

    def rotate(self) -> None:
        """Let the next keys make chains and tokens; processes start again."""
        self.ledger.keys.rotate()  # type: ignore[attr-defined]
        self.open()

    def replay(self) -> tuple[int, int]:
        """Put back what was spilled; return how many records and salts."""
        spill = self.ledger.spill
        done = replay_spilled(self.ledger, spill.waiting(), timeout_s=5)  # type: ignore[union-attr]
        spill.clear()  # type: ignore[union-attr]
        return done.records, done.salts

    def shred(self, subject: str) -> int:
        """Destroy a subject's salts."""
        return forget_subject(self.ledger, "", subject, lambda _, __: None)

    def backup(self) -> Path:
        """Copy the table as it is."""
        kept = self.folder / "backup.db"
        kept.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(self.folder / f"{self.name}.db")) as table,
            closing(sqlite3.connect(kept)) as copy,
        ):
            table.backup(copy)
        return kept

    def restore(self, kept: Path, name: str) -> Refilled:
        """Restore a backup under another name, as DynamoDB does, and fill it from the archive."""
        shutil.copy(kept, self.folder / f"{name}.db")
        (self.folder / f"{name}.db").chmod(0o600)
        return self.move(name)

    def move(self, name: str) -> Refilled:
        """Go on in another table, under the same keys."""
        shutil.copy(self.folder / f"{self.name}.db.key", self.folder / f"{name}.db.key")
        self.name = name
        self.open()
        return self.refill()

    def refill(self) -> Refilled:
        """Fill the table up from the archive."""
        log = check_log(self.archive, self.signer.public, now_ms=self.now_ms, max_age_s=None)
        assert not [found for found in log.findings if found.kind.value != "begins"]
        return refill(
            self.archive,
            log.manifests,
            self.ledger.reader,
            self.ledger.store,
            now_s=self.now_ms // 1000,
        )

    def end_retention(self, days: int = ARCHIVE_DAYS) -> tuple[int, int]:
        """Let go of what has outlived its time."""
        report = outlived(self.archive, self.signer.public, now_ms=self.now_ms, days=days)
        return shed(self.archive, self.signer, report, now_ms=self.now_ms, keep_s=86_400)

    def verify(self, mark: Mark | None = None) -> tuple[VerificationResult, int]:
        """Verify table and archive; return how many objects were read too."""
        before = self.archive.calls
        found = verify(
            Evidence(
                reader=self.ledger.reader,
                keys=self.ledger.keys,
                archive=self.archive,
                verifier=self.handed,
            ),
            now_ms=self.now_ms,
            max_age_s=None,
            mark=mark,
            workers=1,
        )
        return found, self.archive.calls - before

    def who(self, since: str, until: str, **names: str) -> list[Access]:
        """Ask who did what."""
        asked = {"actor": None, "subject": None, **names}
        return find_accesses(self.ledger, since=since, until=until, **asked)  # type: ignore[arg-type]

    def truth(self, since: str, until: str, **names: str) -> list[str]:
        """Return when it happened."""
        return [
            one.at
            for one in self.happened
            if since <= one.at < until
            and all(getattr(one, name) == value for name, value in names.items())
        ]
