"""Salts on bad days: what was accessed meanwhile is found, and who is forgotten stays so."""

from __future__ import annotations

from contextlib import suppress

import hypothesis.strategies as st
from hypothesis import event, example, given

from affidavit import LedgerUnavailableError
from affidavit.plugin import (
    Chain,
    Phase,
    Spilled,
    SubjectSalt,
    SubjectTokens,
    Token,
    Tokens,
    add_salt,
    iso_utc,
    pack_spilled,
    salts_of,
    unpack_spilled,
)
from affidavit.testing import FakeClock, MemoryStore, memory_ledger
from affidavit_ledger.erasures import (
    ACTION,
    digest_of,
    erasures_of,
    find_restored,
    forget_subject,
)
from affidavit_ledger.replay import replay_spilled
from affidavit_ledger.who import BEGINNING, END, find_accesses
from drafts import draft

NAMES = ("Ada Lovelace", "Grace Hopper")
HALF_A_WEEK_MS = 3 * 86_400_000


class Salts:
    """A store of salts that is away now and then."""

    def __init__(self) -> None:
        self.kept: dict[Token, str] = {}
        self.destroyed: dict[Token, str] = {}
        self.away = False

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        assert timeout_s > 0
        return self.kept.setdefault(place, salt) if self._here() else ""

    def read(self, place: Token) -> str | None:
        return self.kept.get(place) if self._here() else None

    def destroy(self, place: Token) -> bool:
        assert self._here()
        found = self.kept.pop(place, None)
        if found is not None:
            self.destroyed[place] = found
        return found is not None

    def _here(self) -> bool:
        if self.away:
            raise LedgerUnavailableError("no salts", why="they are away", fix="Wait")
        return True


class Queue:
    """A spill that is away now and then."""

    name = "queue"

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.away = False

    def keep(self, items: list[Spilled], *, timeout_s: float) -> None:
        assert timeout_s > 0
        if self.away:
            raise LedgerUnavailableError("no queue", why="it is away", fix="Wait")
        self.lines += map(pack_spilled, items)

    def waiting_count(self) -> int:
        return len(self.lines)


class World:
    """Two processes, two subjects, and the truth about who was accessed since when."""

    def __init__(self) -> None:
        self.fake = FakeClock()
        self.salts, self.queue = Salts(), Queue()
        self.delivered: list[str] = []
        opened = memory_ledger(MemoryStore())
        self.ledger = opened._replace(subjects=self.salts, spill=self.queue)
        self.tokens = Tokens(opened.keys.token_key())
        self.chain = Chain(opened, self.fake.clock(), {"pol": "x@1"}, hot_days=9_000)
        self.processes = [self.process(), self.process()]
        self.found: dict[str, list[str]] = {name: [] for name in NAMES}
        self.number = 0

    def process(self) -> SubjectTokens:
        return SubjectTokens(
            lambda: self.tokens,
            self.salts,
            spill=self.queue,
            clock=self.fake.clock(),
            monotonic=lambda: self.fake.start_ms / 1000,
        )

    def write(self, action: str, subject: Token, said: str = "x") -> str:
        self.number += 1
        name = f"attempt-{self.number}"
        at, words = iso_utc(self.fake.start_ms), {"obj": said}
        told = draft(Phase.DISCLOSURE, name, at=at, action=action, subject=subject, words=words)
        self.chain.append(told, timeout_s=5)
        return name

    def access(self, number: int) -> None:
        name = NAMES[number % 2]
        try:
            subject = self.processes[number // 2 % 2].of(name, timeout_s=2)
        except LedgerUnavailableError:
            assert self.salts.away  # neither took it: no token, no record, no answer
            assert self.queue.away
            return
        self.found[name].append(self.write("READ", subject.token))

    def salts_go_or_come(self, _: int) -> None:
        self.salts.away = not self.salts.away

    def queue_goes_or_comes(self, _: int) -> None:
        self.queue.away = not self.queue.away

    def restart(self, number: int) -> None:
        self.processes[number % 2] = self.process()

    def wait(self, _: int) -> None:
        self.fake.forward(HALF_A_WEEK_MS)

    def deliver(self, number: int) -> None:
        """Replay one message that waits, or one that was replayed before, as queues do."""
        lines = self.queue.lines + self.delivered
        if lines:
            line = lines[number % len(lines)]
            with suppress(LedgerUnavailableError):
                replay_spilled(self.ledger, [unpack_spilled(line)], timeout_s=5)
                self.done(line)

    def done(self, line: str) -> None:
        if line in self.queue.lines:
            self.queue.lines.remove(line)
            self.delivered.append(line)

    def shred(self, number: int) -> None:
        """Forget somebody, while a replayer that had looked before puts a salt into its place."""
        name = NAMES[number % 2]
        lookup = self.tokens.token("subject lookup", name)
        hurried = [line for line in self.queue.lines if lookup in line][: number // 2 % 2]

        def on_record(where: Token, said: str) -> None:
            self.write(ACTION, where, said)
            for line in hurried:
                salt = unpack_spilled(line)
                assert isinstance(salt, SubjectSalt)
                add_salt(self.salts, lookup, salt.salt)
                self.done(line)
            hurried.clear()

        with suppress(LedgerUnavailableError):
            forget_subject(self.ledger, "", name, on_record)
            self.found[name].clear()
        self.fake.forward(301_000)  # processes go by a salt for five minutes

    def undo(self, number: int) -> None:
        """Bring destroyed salts back, as a backup does, replay something, and check again."""
        if self.salts.away:
            return
        self.salts.kept = {**self.salts.destroyed, **self.salts.kept}
        self.deliver(number)
        for _, place in find_restored(list(erasures_of(self.ledger.reader)), self.salts):
            self.salts.destroy(place)

    def who(self, name: str) -> list[str]:
        asked = {"actor": None, "subject": name, "since": BEGINNING, "until": END}
        told = find_accesses(self.ledger, **asked)  # type: ignore[arg-type]
        return sorted(str(one.record.attempt) for one in told)


STEPS = (
    *(World.access,) * 4,
    *(World.salts_go_or_come,) * 2,
    *(World.deliver,) * 2,
    World.queue_goes_or_comes,
    World.restart,
    World.wait,
    World.shred,
    World.undo,
)
BACK, SHRED, AWAY = World.undo, World.shred, World.salts_go_or_come
"""A gap that only erasures on record lead over; a salt that waits; a salt that is hurried."""


@example([(World.access, 0), (SHRED, 0), (AWAY, 0), (World.access, 0), (AWAY, 0), (BACK, 0)])
@example([(AWAY, 0), (World.access, 0), (AWAY, 0), (SHRED, 0)])
@example([(AWAY, 0), (World.access, 0), (AWAY, 0), (SHRED, 2)])
@example([(World.access, 0), (AWAY, 0), (World.access, 2), (AWAY, 0), (SHRED, 2)])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 7)), max_size=30))
def test_what_was_accessed_is_found_and_who_was_forgotten_is_not(steps: object) -> None:
    """Whatever goes away and comes back, in whatever order queues deliver, also twice."""
    world = World()
    for step, number in steps:  # type: ignore[attr-defined]
        world.fake.forward(1)
        step(world, number)
        assert all(name not in line for name in NAMES for line in world.queue.lines)
    world.salts.away = False
    while world.queue.lines:
        world.deliver(0)
    event(f"{len(world.delivered)} replayed, {len(world.salts.destroyed)} destroyed")
    assert {name: sorted(told) for name, told in world.found.items()} == {
        name: world.who(name) for name in NAMES
    }
    on_record = {one.salt for one in erasures_of(world.ledger.reader)}
    assert {digest_of(salt) for salt in world.salts.destroyed.values()} <= on_record


def test_a_subject_has_one_salt_more_for_each_time_that_none_could_be_had() -> None:
    """A salt that the store has kept without saying so is not another one."""
    world = World()
    lookup = world.tokens.token("subject lookup", NAMES[0])
    world.access(0)
    world.salts.away = True
    world.access(2)
    world.access(2)  # the same process, within five minutes
    (line,) = world.queue.lines
    world.salts.away = False
    for _ in range(2):
        replay_spilled(world.ledger, [unpack_spilled(line)], timeout_s=5)
    assert 2 == len(salts_of(world.salts, lookup))
    assert ["attempt-1", "attempt-2", "attempt-3"] == world.who(NAMES[0])
