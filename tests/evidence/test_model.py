"""A model of sealer and verifier: random histories, and what a verifier must then say, exactly.

The machine writes, spills, replays, loses parts of the stream, expires, seals from the
stream or from the table, kills the sealer at any line of its code, takes its notes away,
lets clocks go back, and tampers. A model beside it knows which records are where. After
every step that seals, and whenever the machine likes, all five levels of evidence verify:
nobody tampered, so the findings are those that the model counts, and no other.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from types import FrameType
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from affidavit._records.chain import Chain
from affidavit.plugin import Entry, WriterId, iso_utc
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.places import CHECKPOINTS
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.segments import expiry_of, parts_of
from affidavit_ledger.stream import seal_changes
from affidavit_ledger.table_check import SEALED_WITHIN_S
from affidavit_ledger.verify import VerificationResult
from evidence_world import LEVELS, START_MS, World

Place = tuple[WriterId, int]


class Killed(BaseException):
    """The process is killed: no handler runs, and nothing is written any more."""


@contextlib.contextmanager
def killed_at(line: int) -> Iterator[list[bool]]:
    """Kill whatever runs at the n-th line of the ledger plugin's code."""
    left, died = [line], [False]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if "affidavit_ledger" not in frame.f_code.co_filename:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] <= 0:
                died[0] = True
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield died
    except Killed:
        pass
    finally:
        sys.settrace(before)


class Histories(RuleBasedStateMachine):
    """Writers, a table, a stream, a sealer; and a model that knows what must be found."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(11)
        self.at = 0
        """How much of the stream has been delivered."""
        self.spilled: list[Entry] = []
        self.expired: dict[Place, Entry] = {}
        self.tampered = False
        self.settled = True
        """No sealer was killed since the last one that ended: then counts are exact."""
        self.true_ms = self.world.now_ms
        """The verifier's clock, which is right; writers and the sealer share one that jumps."""

    # -- what happens to records -------------------------------------------------------

    def _chain(self, pick: int) -> Chain:
        if not self.world.writers:
            self.world.writers.append(self.world.writer())
        return self.world.writers[pick % len(self.world.writers)]

    @rule(pick=st.integers(0, 7), ttl=st.sampled_from((60, 10**6)), count=st.integers(1, 4))
    def write(self, pick: int, ttl: int, count: int) -> None:
        """A writer appends; now and then the acknowledgement is lost."""
        for number in range(count):
            self.world.now_ms += 1000
            self.world.table.lose_ack = (pick + number) % 5 == 0
            self.world.emit(self._chain(pick), ttl_s=ttl)
        self.world.table.lose_ack = False

    @rule(pick=st.integers(0, 7))
    def write_into_the_spill(self, pick: int) -> None:
        """The store is away for one record: it waits in the spill, and the chain goes on."""
        chain = self._chain(pick)
        before = set(self.world.table.items)
        self.world.emit(chain, ttl_s=10**6)
        new = set(self.world.table.items) - before
        # A chain that begins writes its first record with it: both wait.
        for place in sorted(new):
            self.spilled.append(self.world.table.items.pop(place))
            self.world.table.stream.pop()

    @rule()
    @precondition(lambda self: self.spilled)
    def replay(self) -> None:
        """What waits in the spill comes to the table."""
        for entry in self.spilled:
            self.world.table.put(entry)
        self.spilled = []

    @rule()
    def another_writer(self) -> None:
        """A process starts; older ones may go on."""
        self.world.writers.append(self.world.writer())

    @rule()
    def a_writer_dies(self) -> None:
        """Its chain ends where it stands."""
        if self.world.writers:
            self.world.writers.pop(0)

    @rule(seconds=st.sampled_from((1, 59, 61, 200, 400, 3_700)))
    def time_passes(self, seconds: int) -> None:
        self.world.now_ms += seconds * 1000

    @rule(seconds=st.sampled_from((1, 300)))
    def the_clock_goes_back(self, seconds: int) -> None:
        self.world.now_ms = max(START_MS, self.world.now_ms - seconds * 1000)

    @rule()
    def expire(self) -> None:
        """The table removes what has expired, as DynamoDB does, once it is archived."""
        archived = self.archived()
        for place, entry in list(self.world.table.items.items()):
            if expiry_of(entry.body) < self.world.now_ms // 1000 and place in archived:
                self.expired[place] = entry
                self.world.table.remove(*place, by_expiry=True)

    @rule(pick=st.integers(0, 30))
    def the_stream_loses_one(self, pick: int) -> None:
        """One insertion never reaches the sealer."""
        there = [
            number
            for number in range(self.at, len(self.world.table.stream))
            if self.world.table.stream[number].kind == "INSERT"
        ]
        if there:
            del self.world.table.stream[there[pick % len(there)]]

    # -- the sealer ----------------------------------------------------------------------

    def _from_the_stream(self) -> None:
        sealer = self.world.sealer()
        changes = self.world.table.stream[self.at :]
        seal_changes(sealer, changes, shard="s0", now_ms=lambda: self.world.now_ms)
        end = len(self.world.table.stream)
        sealer.checkpoint()
        self.at = end

    def _from_the_table(self) -> None:
        seal_new(self.world.sealer(), self.world.table)

    @rule()
    def seal_from_the_stream(self) -> None:
        """What was delivered is in the archive, and what later records show to be missing."""
        before = self.archived()
        told = [c.new for c in self.world.table.stream[self.at :] if c.kind == "INSERT"]
        delivered = {(entry.writer, entry.seq) for entry in told if entry is not None}
        self._from_the_stream()
        reach: defaultdict[WriterId, int] = defaultdict(lambda: -1)
        for writer, seq in before | delivered:
            reach[writer] = max(reach[writer], seq)
        repaired = {place for place in self.world.table.items if place[1] <= reach[place[0]]}
        self._as_it_should_be(before | delivered | repaired)

    @rule()
    def seal_from_the_table(self) -> None:
        """Everything that the table holds is in the archive."""
        before = self.archived()
        self._from_the_table()
        self._as_it_should_be(before | set(self.world.table.items))

    def _as_it_should_be(self, wanted: set[Place]) -> None:
        """Exactly this is archived; with what a sealer had found that was killed, perhaps more."""
        archived = self.archived()
        if self.settled:
            assert wanted == archived
        assert wanted <= archived <= wanted | set(self.world.table.items) | set(self.expired)
        self.settled = True

    @rule(line=st.integers(1, 900), stream=st.booleans())
    def kill_the_sealer(self, line: int, stream: bool) -> None:
        """Anywhere. What it had sealed stays sealed, and nothing is sealed that is not there."""
        before = self.archived()
        with killed_at(line) as died:
            if stream:
                self._from_the_stream()
            else:
                self._from_the_table()
        self.settled = not died[0]
        after = self.archived()
        assert before <= after
        assert after <= before | set(self.world.table.items) | set(self.expired)

    @rule()
    def the_sealers_notes_are_lost(self) -> None:
        """It starts over from the archive."""
        if self.settled:
            self.world.workspace.notes.clear()

    # -- what a verifier says ---------------------------------------------------------------

    def archived(self) -> set[Place]:
        """Return what the log's segments hold, read by other code than the verifier's."""
        found = set()
        for key in self.signed_segments():
            for body, _ in parts_of(self.world.archive.objects[key]):
                said = json.loads(body)
                found.add((WriterId(said["wid"]), said["seq"]))
        return found

    def signed_segments(self) -> list[str]:
        """Return the segments of the leaves that the newest checkpoint covers."""
        notes = self.notes()
        size = int(notes[-1].split("\n")[1]) if notes else 0
        leaves: dict[int, str] = {}
        objects = self.world.archive.objects
        for name in sorted(key for key in objects if key.startswith("manifests/")):
            first = int(name[10:22])
            for number, line in enumerate(objects[name].splitlines(), first):
                if number < size:
                    leaves.setdefault(number, json.loads(line)["key"])
        return [key for key in leaves.values() if key.startswith("segments/")]

    def notes(self) -> list[str]:
        objects = self.world.archive.objects
        return [objects[key].decode() for key in sorted(objects) if key.startswith(CHECKPOINTS)]

    def expected(self, level: int) -> Counter[FindingKind]:
        """Return what a verifier must find when nobody tampered: by kind, how many records."""
        found: Counter[FindingKind] = Counter()
        there = set(self.world.table.items)
        if level >= 3:
            there |= self.archived()
        reach: defaultdict[WriterId, int] = defaultdict(lambda: -1)
        for writer, seq in there:
            reach[writer] = max(reach[writer], seq)
        absent = sum(reach[writer] + 1 for writer in reach) - len(there)
        kind = FindingKind.LATE if self.spilled else FindingKind.MISSING
        found[kind] = absent
        found[FindingKind.WAITING] = len(self.spilled)
        if level >= 3:
            self._about_the_log(found)
        return +found

    def _about_the_log(self, found: Counter[FindingKind]) -> None:
        times = [note.split("\n")[3].removeprefix("time ") for note in self.notes()]
        if not times:
            held = any(key.startswith("segments/") for key in self.world.archive.objects)
            kind = FindingKind.CHECKPOINT_MISSING if held else FindingKind.NOTHING_SIGNED
            found[kind] = 1
        back = sum(later < earlier for earlier, later in itertools.pairwise(times))
        found[FindingKind.CLOCK_BACK] = back
        if not times or times[-1] < iso_utc(self.true_ms - 120_000):
            found[FindingKind.CHECKPOINT_STALE] = 1
        if times:
            held_until = _minus(times[-1], SEALED_WITHIN_S)
            unsealed = set(self.world.table.items) - self.archived()
            found[FindingKind.UNSEALED] = sum(
                self.world.table.items[place].at < held_until for place in unsealed
            )
        named = set(self.signed_segments())
        planted = [k for k in self.world.archive.objects if k.startswith("segments/")]
        found[FindingKind.OBJECT_UNLOGGED] = sum(key not in named for key in planted)

    @rule()
    def verify(self) -> None:
        """At every level, exactly what the model knows."""
        for level in LEVELS:
            verdict = self._verdict(level)
            counted: Counter[FindingKind] = Counter()
            for finding in verdict.findings:
                counted[finding.kind] += finding.count
            if level >= 5:
                self._forget_requests(counted)
            assert self.expected(level) == counted, (level, verdict.findings)
            there = set(self.world.table.items) | (self.archived() if level >= 3 else set())
            assert len(there) == verdict.records
            assert len({writer for writer, _ in there}) == verdict.chains
            assert (len(self.archived()) if level >= 3 else 0) == verdict.sealed
            assert (len(self.notes()) if level >= 3 else 0) == verdict.checkpoints

    def _verdict(self, level: int) -> VerificationResult:
        return self.world.verify(level, waiting=len(self.spilled), now_ms=self.true_ms)

    def _forget_requests(self, counted: Counter[FindingKind]) -> None:
        """The gateway knows of the requests whose records wait or have expired unsealed."""
        there = self.archived() | set(self.world.table.items)
        unknown = [entry for entry in self.spilled if (entry.writer, entry.seq) not in there]
        requests = sum(b'"via":"apigw.' in entry.body for entry in unknown)
        assert requests == counted.pop(FindingKind.REQUEST_UNRECORDED, 0)

    # -- and with an enemy ---------------------------------------------------------------------

    @rule(pick=st.integers(0, 10**6), how=st.integers(0, 6))
    @precondition(lambda self: self.settled and not self.spilled and self.world.table.items)
    def tamper(self, pick: int, how: int) -> None:
        """One change behind everybody's back shows with full evidence; then it is taken back."""
        if self.expected(5):
            return
        table, archive = self.world.table, self.world.archive
        items, objects = dict(table.items), dict(archive.objects)
        place = sorted(items)[pick % len(items)]
        entry = items[place]
        key = sorted(objects)[pick % len(objects)]
        body = bytearray(entry.body)
        body[pick % len(body)] ^= 1
        lasting = expiry_of(entry.body) > self.true_ms // 1000
        newest = max(seq for writer, seq in items if writer == place[0]) == place[1]
        archived = place in self.archived()
        match how:
            case 0:
                table.items[place] = entry._replace(body=bytes(body))
            case 1:
                table.items[place] = entry._replace(mac=bytes(16))
            case 2:
                table.items[place] = entry._replace(expires_at=entry.expires_at + 1)
            case 3 if (archived and lasting) or (not archived and not newest):
                del table.items[place]
            case 4 if key.startswith(("segments/", "manifests/", CHECKPOINTS)):
                data = bytearray(objects[key])
                data[pick % len(data)] ^= 1
                archive.objects[key] = bytes(data)
            case 5 if key.startswith(("segments/", "manifests/", CHECKPOINTS)):
                if key != max(k for k in objects if k.startswith(CHECKPOINTS)):
                    del archive.objects[key]
                else:
                    return
            case _:
                return
        try:
            assert not self._verdict(5).clean, (how, place, key)
        finally:
            table.items = items
            archive.objects.clear()
            archive.objects.update(objects)

    @invariant()
    def the_right_clock_goes_on(self) -> None:
        self.true_ms = max(self.true_ms, self.world.now_ms)

    @invariant()
    def the_lock_covers_every_object(self) -> None:
        """Nothing in the archive can be removed before its days are over."""
        for key in self.world.archive.objects:
            assert self.world.archive.locks[key] >= START_MS // 1000 + 2192 * 86_400


def _minus(time: str, seconds: int) -> str:
    from datetime import datetime, timedelta

    return f"{datetime.fromisoformat(time) - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.000Z"


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=max(20, settings.default.max_examples // 2), stateful_step_count=30, deadline=None
)
