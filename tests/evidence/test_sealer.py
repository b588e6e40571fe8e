"""A sealer that trusts nothing it did not sign, and that nothing stops for long."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from affidavit import LedgerConflictError, LedgerUnavailableError
from affidavit._records.chain import Chain
from affidavit.plugin import Entry, WriterId
from affidavit_ledger.log_state import SNAPSHOT_EVERY, LogState
from affidavit_ledger.places import CHECKPOINTS, checkpoint_key
from affidavit_ledger.seal_report import OvertakenError, SealReport
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.sealer_state import SNAPSHOTS
from affidavit_ledger.segments import segment_of
from affidavit_ledger.workspace import STATE, Notes
from evidence_world import World
from hostile_evidence import edited


def _local(world: World) -> SealReport:
    """Seal as a ledger without a stream is sealed."""
    return seal_new(world.sealer(), world.table)


def _world(records: int = 3) -> tuple[World, Chain]:
    world = World(3, names=["w0"])
    for _ in range(records):
        world.now_ms += 1000
        world.emit(world.writers[0])
    return world, world.writers[0]


def test_a_state_that_somebody_wrote_moves_nothing() -> None:
    """Raised counters would hide every later record from the archive."""
    world, chain = _world()
    _local(world)
    signed = world.workspace.notes[STATE]
    raised = json.loads(signed.rpartition(b"\n")[0].rpartition(b"\n")[0])
    raised["writers"] = {writer: [999, seen[1]] for writer, seen in raised["writers"].items()}
    tail = signed.removesuffix(b"\n").rpartition(b"\n")[2]
    world.workspace.notes[STATE] = json.dumps(raised).encode() + b"\n" + tail + b"\n"
    world.emit(chain)

    assert 1 == _local(world).records
    assert world.verify(4).clean


def test_an_old_state_of_its_own_is_brought_up_to_date() -> None:
    """Whoever puts an earlier note back, or a crash that lost the newest, costs some reads."""
    world, chain = _world()
    _local(world)
    old = dict(world.workspace.notes)
    for _ in range(3):
        world.emit(chain)
        _local(world)
    world.workspace.notes = old
    world.emit(chain)

    assert 1 == _local(world).records
    assert world.verify(4).clean


def test_a_planted_manifest_and_its_segment_are_set_aside() -> None:
    """The sealer signs what it or its like has written, and says what it left out."""
    world, _ = _world()
    forged = World(4, names=["w9"])
    forged.emit(forged.writers[0])
    entries = list(forged.table.items.values())
    data, manifest = segment_of(entries, kind="segment", shard="planted")
    world.archive.put(manifest.key, data, retain_until=2**33)
    Notes(world.workspace, forged.signer).add(manifest)
    sealed = _local(world)

    assert (1, 1) == (sealed.aside, sealed.segments)
    assert ["aside/"] == [n[:6] for n in world.workspace.notes if n != STATE]
    assert world.verify(4).clean
    assert 0 == _local(world).aside


@pytest.mark.parametrize(
    "bad",
    [
        lambda e: e._replace(mac=b""),
        lambda e: e._replace(mac=b"x" * 15),
        lambda e: e._replace(body=e.body.replace(b"READ", b"RE\nAD")),
        lambda e: e._replace(body=b""),
        lambda e: e._replace(body=edited((e.body, e.mac), seq=9)[0]),
        lambda e: e._replace(body=edited((e.body, e.mac), wid="x" * 22)[0]),
        lambda e: e._replace(body=e.body + b" "),
        lambda e: e._replace(seq=30_000_000),
    ],
)
def test_a_row_that_is_no_record_is_not_sealed(bad: object) -> None:
    """Sealed it could never be read again; the others are sealed all the same."""
    world, _ = _world()
    newest = max(world.table.items)
    entry = bad(world.table.items.pop(newest))  # type: ignore[operator]
    world.table.items[entry.writer, entry.seq] = entry
    sealed = _local(world)

    assert (3, 1) == (sealed.records, sealed.aside)
    assert world.verify(3)
    assert not world.verify(3).clean
    assert world.verify(3).sealed == 3


def test_a_record_far_ahead_costs_nothing() -> None:
    """A number like thirty million in a row is a number, and not a loop."""
    world, _ = _world()
    entry = world.table.items[max(world.table.items)]
    body, _ = edited((entry.body, entry.mac), seq=30_000_000)
    far = entry._replace(seq=30_000_000, body=body)
    world.table.items[far.writer, far.seq] = far
    sealed = _local(world)

    assert (5, 30_000_000 - 4) == (sealed.records, sealed.lost)
    assert not world.verify(3).clean


def test_of_two_sealers_one_starts_over() -> None:
    """Without a lock: the second one takes what the first one has left, and breaks nothing."""
    world, chain = _world()
    _local(world)
    world.emit(chain)
    first, second = world.sealer(), world.sealer()
    asked = []

    def find(state: LogState) -> list[Entry]:
        asked.append(state.index)
        if len(asked) == 1:
            seal_new(first, world.table)
            world.now_ms += 1
        (writer,) = world.table.writers()
        return list(world.table.entries(writer, state.writers[writer].next_seq))

    sealed = second.seal_with(find)

    assert ([1, 2], 0) == (asked, sealed.records)
    assert world.verify(4).clean
    assert 5 == world.verify(4).sealed


def test_junk_in_the_next_place_is_passed_over() -> None:
    """It is told by the verifier, and holds nothing up."""
    world, chain = _world()
    _local(world)
    world.archive.objects[checkpoint_key(1)] = b"junk"
    world.emit(chain)
    _local(world)

    assert [0, 1, 2] == [int(k[-12:]) for k in world.archive.keys(CHECKPOINTS)]
    assert {"checkpoint-broken"} == {f.kind.value for f in world.verify(3).findings}


def test_whoever_is_always_faster_ends_it_with_an_error() -> None:
    """Not with a loop."""
    world, chain = _world()
    tried = []

    def find(_: LogState) -> list[Entry]:
        tried.append(1)
        world.emit(chain)
        seal_new(world.sealer(), world.table)
        return []

    with pytest.raises(OvertakenError):
        world.sealer().seal_with(find)
    assert 8 == len(tried)


def test_an_idle_chain_is_not_sealed_again() -> None:
    """Months later, while its rows are still there."""
    world, _ = _world()
    _local(world)
    for _ in range(5):
        world.now_ms += 20 * 86_400_000
        assert 0 == _local(world).records
        assert world.sealer().load_state().writers.keys() == set(world.table.writers())


def test_what_came_late_is_sealed() -> None:
    """A spilled record that is replayed after later ones were sealed."""
    world, chain = _world(5)
    writer = next(world.table.writers())
    late = world.table.items.pop((writer, 2))
    assert 1 == _local(world).lost
    world.table.items[writer, 2] = late
    sealed = _local(world)

    assert (1, 1, 0) == (sealed.records, sealed.repaired, sealed.lost)
    assert world.verify(4).clean
    world.emit(chain)
    assert 1 == _local(world).records


def test_a_lost_workspace_starts_from_an_archived_state() -> None:
    """Not from zero: the newest state of its own that the archive holds."""
    world, chain = _world()
    for _ in range(SNAPSHOT_EVERY):
        world.now_ms += 60_000
        _local(world)
    assert 1 == len(list(world.archive.keys(SNAPSHOTS)))
    world.workspace.notes.clear()
    read: list[str] = []
    get = type(world.archive).get

    def counting(key: str) -> bytes:
        read.append(key)
        return get(world.archive, key)

    world.emit(chain)
    sealer = world.sealer()
    sealer._archive = type(
        "Counting",
        (),
        {
            "get": staticmethod(counting),
            "put": world.archive.put,
            "keys": world.archive.keys,
        },
    )()
    sealed = seal_new(sealer, world.table)

    assert 1 == sealed.records
    assert len(read) < 10
    assert world.verify(4).clean


def test_a_forged_archived_state_is_passed_over() -> None:
    """It is signed, like every note."""
    world, chain = _world()
    _local(world)
    world.archive.objects[f"{SNAPSHOTS}{1:012d}"] = LogState().dump() + b"\nAAAA\n"
    world.workspace.notes.clear()
    world.emit(chain)

    assert 1 == _local(world).records
    assert world.verify(4).clean


def test_a_log_with_a_hole_is_not_gone_on_with() -> None:
    """Whoever lost a checkpoint and the notes must not sign a second history."""
    world, chain = _world()
    for _ in range(3):
        world.emit(chain)
        _local(world)
    world.workspace.notes.clear()
    del world.archive.objects[checkpoint_key(1)]

    with pytest.raises(LedgerConflictError, match="does not hold the log"):
        _local(world)


def test_a_clock_that_was_ahead_once_leaves_the_log_verifiable() -> None:
    """It is a notice, and no break."""
    world, chain = _world()
    world.now_ms += 3_600_000
    _local(world)
    world.now_ms -= 3_600_000
    world.emit(chain)
    _local(world)
    verdict = world.verify(4)

    assert verdict.clean
    assert ["clock-back"] == [finding.kind.value for finding in verdict.findings]


def test_what_should_be_sealed_and_is_not_is_a_finding() -> None:
    """The stream was half off: a checkpoint is signed, and old records are in no segment."""
    world, chain = _world(4)
    world.table.stream = world.table.stream[:3]
    at = list(world.table.items.values())[3].at
    world.now_ms = int(datetime.fromisoformat(at).timestamp() + 300) * 1000
    world.seal()
    assert not [f for f in world.verify(3).findings if f.kind.value == "unsealed"]
    world.now_ms += 1_000
    world.seal()
    verdict = world.verify(3)

    assert ["unsealed"] == [finding.kind.value for finding in verdict.findings]
    assert not verdict.clean
    world.emit(chain)
    world.seal()
    assert world.verify(3).clean, "the gap in the chain shows it to the sealer, which mends it"


def test_records_that_may_wait_in_the_spill_are_late_and_not_gone() -> None:
    """An outage is told from a thief, and the verdict stays what it is."""
    world, _ = _world(5)
    writer = next(world.table.writers())
    del world.table.items[writer, 2]
    gone = world.verify(2)
    late = world.verify(2, waiting=1)

    assert ["missing"] == [f.kind.value for f in gone.findings]
    assert {"late", "waiting"} == {f.kind.value for f in late.findings}
    assert not late.clean


def test_a_first_record_that_comes_late_opens_the_chain() -> None:
    """Only the table has it yet; the chain's key is opened all the same."""
    world, _ = _world(5)
    writer = next(world.table.writers())
    late = {seq: world.table.items.pop((writer, seq)) for seq in (0, 1)}
    _local(world)
    key = next(iter(world.archive.keys("segments/")))
    for seq, entry in late.items():
        world.table.items[writer, seq] = entry
    assert world.verify(3).clean
    world.table.items[writer, 0] = late[0]._replace(mac=bytes(16))
    assert ["altered"] == [finding.kind.value for finding in world.verify(3).findings]
    world.table.items[writer, 0] = late[0]
    world.table.items[writer, 3] = world.table.items[writer, 3]._replace(mac=bytes(16))
    assert not world.verify(3).clean, key


class Dying(Exception):
    """The process is killed."""


@pytest.mark.parametrize("line", range(1, 14))
def test_a_sealer_that_is_killed_anywhere_loses_and_repeats_nothing(line: int) -> None:
    """Before its n-th write: the next one goes on, and every record is sealed once."""
    world, chain = _world()
    _local(world)
    world.emit(chain)
    steps = [0]

    def dying(act: object) -> object:
        def run(*args: object, **more: object) -> object:
            steps[0] += 1
            if steps[0] == line:
                raise Dying
            return act(*args, **more)  # type: ignore[operator]

        return run

    sealer = world.sealer()
    archive, witness = type("A", (), {}), type("W", (), {})
    for name in ("get", "keys"):
        setattr(archive, name, staticmethod(getattr(world.archive, name)))
        setattr(witness, name, staticmethod(getattr(world.witness, name)))
    archive.put = staticmethod(dying(world.archive.put))  # type: ignore[attr-defined]
    witness.put = staticmethod(dying(world.witness.put))  # type: ignore[attr-defined]
    sealer._archive, sealer._witness = archive(), witness()
    workspace = type("S", (), {})
    for name in ("read", "names"):
        setattr(workspace, name, staticmethod(getattr(world.workspace, name)))
    for name in ("write", "delete"):
        setattr(workspace, name, staticmethod(dying(getattr(world.workspace, name))))
    sealer._notes._workspace = workspace()
    try:
        seal_new(sealer, world.table)
    except Dying:
        pass
    world.emit(chain)
    _local(world)
    verdict = world.verify(4)

    assert verdict.clean, verdict.findings
    assert len(world.table.items) == verdict.sealed


def test_an_archive_that_is_away_for_one_segment_blocks_no_other() -> None:
    """It stays pending, and is taken the next time."""
    world, chain = _world()
    world.sealer().write_segments(list(world.table.items.values()), shard="a")
    away = next(iter(world.archive.keys("segments/")))
    kept = type(world.archive).get

    def get(key: str) -> bytes:
        if key == away:
            raise LedgerUnavailableError("away", why="planted", fix="none")
        return kept(world.archive, key)

    sealer = world.sealer()
    sealer._archive = type(
        "A",
        (),
        {
            "get": staticmethod(get),
            "put": world.archive.put,
            "keys": world.archive.keys,
        },
    )()
    assert (0, 0) == (sealer.checkpoint().records, sealer._aside)
    world.emit(chain)
    assert 4 == world.sealer().checkpoint().records


def test_the_file_of_a_ledger_that_did_not_change_is_not_read(tmp_path: Path) -> None:
    """A stamp of SQLite's own counters says so; ten minutes later it is read anyhow."""
    from urllib.parse import urlsplit

    from affidavit_sqlite.ledger import open_ledger

    ledger = open_ledger(urlsplit(f"sqlite:///{tmp_path / 'l.db'}"))
    world = World(3)
    world.ledger = ledger
    chain = world.writer("w0")
    world.emit(chain)
    before = ledger.reader.stamp()
    assert before == ledger.reader.stamp()
    world.emit(chain)
    assert before != ledger.reader.stamp()
    assert 3 == seal_new(world.sealer(), ledger.reader).records
    asked: list[str] = []
    reader = type(
        "R",
        (),
        {
            "stamp": staticmethod(ledger.reader.stamp),
            "writers": staticmethod(lambda: asked.append("writers") or iter([])),
            "entries": staticmethod(ledger.reader.entries),
        },
    )()
    assert 0 == seal_new(world.sealer(), reader).records
    assert [] == asked
    world.now_ms += 601_000
    seal_new(world.sealer(), reader)
    assert ["writers"] == asked
    assert WriterId("w0".ljust(22, "-")) in set(ledger.reader.writers())
