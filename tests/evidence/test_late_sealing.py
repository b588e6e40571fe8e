"""What expires and was never sealed is kept at the last moment; what was sealed is not again."""

from __future__ import annotations

import pytest

from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.stream import StreamReport, seal_changes
from evidence_world import World

DAY_MS = 86_400_000
HOT_S = 90 * 86_400


def _expire(world: World, writer: str) -> StreamReport:
    """Let a chain's rows expire, and deliver that to the sealer."""
    for seq in world.table.seqs(writer):
        world.table.remove(writer, seq, by_expiry=True)
    changes = world.table.stream[-len([c for c in world.table.stream if c.kind == "REMOVE"]) :]
    told = seal_changes(world.sealer(), changes, shard="s9", now_ms=lambda: world.now_ms)
    world._at = len(world.table.stream)
    world.now_ms += 1000
    world.sealer().checkpoint()
    return told


def _world(lost: str) -> tuple[World, str]:
    """A chain that was born, that ended, or of which nothing happened while the stream was off."""
    world = World(3, names=["w0"])
    for number in range(3):
        world.now_ms += 1000
        world.emit(world.writers[0])
        if lost == "all" or (lost == "end" and number == 2):
            world.table.stream.clear()
        world.seal()
    other = world.writer()
    world.emit(other)
    world.now_ms += 1000
    world.seal()
    writer = next(name for name in world.table.writers() if name.startswith("w0"))
    return world, writer


@pytest.mark.parametrize("lost", ["all", "end", "nothing"])
@pytest.mark.parametrize("forgotten", [True, False])
def test_what_was_never_sealed_is_kept_when_it_expires(*, lost: str, forgotten: bool) -> None:
    """By the state while the sealer remembers the writer, afterwards by what was sealed then."""
    world, writer = _world(lost)
    if forgotten:
        for _ in range(2):
            world.now_ms += 40 * DAY_MS
            world.seal()
        assert writer not in world.sealer().load_state().writers
    world.now_ms += 120 * DAY_MS
    segments = len(list(world.archive.keys("segments/")))
    told = _expire(world, writer)
    assert {"all": 4, "end": 1, "nothing": 0}[lost] == told.rescued
    assert segments + (lost != "nothing") == len(list(world.archive.keys("segments/")))
    found = world.verify(3, max_age_s=None)
    assert {"unsealed"} >= {finding.kind.value for finding in found.findings}
    assert 6 == found.sealed
    state = world.sealer().load_state()
    assert {} == state.gaps


@pytest.mark.parametrize("lost", ["all", "end", "nothing"])
@pytest.mark.parametrize("forgotten", [True, False])
def test_sealing_by_hand_after_a_gap_takes_what_is_missing_and_no_more(
    *, lost: str, forgotten: bool
) -> None:
    """A chain that the stream's sealer has forgotten is not archived anew, however often."""
    world, writer = _world(lost)
    if forgotten:
        for _ in range(2):
            world.now_ms += 40 * DAY_MS
            world.seal()
        assert writer not in world.sealer().load_state().writers
    missing = {"all": 4, "end": 1, "nothing": 0}[lost]
    for expected in (missing, 0, 0):
        world.now_ms += 1000
        assert expected == seal_new(world.sealer(), world.table).records
    found = world.verify(3)
    assert (True, 6) == (found.clean, found.sealed), found.findings
    assert {} == world.sealer().load_state().gaps


def test_a_batch_that_a_stream_delivers_again_is_sealed_once() -> None:
    """A day later too, with checkpoints in between."""
    world = World(3, names=["w0"])
    world.emit(world.writers[0])
    world.seal()
    for hours in (1, 12, 11):
        world.now_ms += hours * 3_600_000
        world._at = 0
        report = world.seal()
        assert report is not None
        assert (0, 0) == (report.segments, report.records), hours
    assert 1 == sum(key.startswith("segments/") for key in world.archive.objects)


def test_a_chain_whose_beginning_nobody_has_is_told_of_and_stops_nothing() -> None:
    """Its first record reached neither stream nor archive, and the table holds none of it now."""
    world = World(3, names=["w0"])
    for _ in range(3):
        world.emit(world.writers[0])
    (writer, _), *_ = world.table.items
    del world.table.items[writer, 0], world.table.stream[0]
    world.seal()
    assert 1 == sum(key.startswith("segments/") for key in world.archive.objects)
    for left in (3, 1, 0):
        for place in list(world.table.items)[left:]:
            del world.table.items[place]
        found = world.verify(3).findings
        assert "missing" in {finding.kind.value for finding in found if finding.seq == 0}, found
