"""Honest worlds give no finding; hostile changes give one, unless no evidence was lost.

Honest means: records expire and are removed, acknowledgements get lost, writers
die, the stream loses records, the sealer runs when it likes. Hostile means one
random change to the table. A change that only removes what had expired and is
archived loses no evidence and need not show.
"""

from __future__ import annotations

import json
import os
import random

import pytest

from affidavit._canonical import canonical_bytes
from affidavit_ledger.segments import expiry_of
from evidence_world import World

HOSTILE = int(os.environ.get("AFFIDAVIT_FUZZ_WORLDS", "400"))
"""`make fuzz` plays 1,600."""

HONEST, CHUNKS = HOSTILE // 5, 4


def honest_world(seed: int, steps: int) -> World:
    """Let a world run for a while."""
    world = World(seed)
    rng = world.rng
    for _ in range(steps):
        world.now_ms += rng.randrange(1, 40) * 1000
        if not world.writers or rng.random() < 0.15:
            world.writers.append(world.writer())
        for _ in range(rng.randrange(6)):
            world.table.lose_ack = rng.random() < 0.2
            world.emit(rng.choice(world.writers), ttl_s=rng.choice((30, 300, 10**6)))
        if rng.random() < 0.2:
            world.writers.pop(rng.randrange(len(world.writers)))
        _expire(world, rng)
        if rng.random() < 0.05 and world._at < len(world.table.stream):
            _lose_one(world, rng)
        if rng.random() < 0.5:
            world.seal(shard=f"s{rng.randrange(3)}")
    world.seal()
    return world


def _expire(world: World, rng: random.Random) -> None:
    """Remove what has expired, some time after it has: DynamoDB takes its time."""
    late = world.now_ms // 1000 - rng.randrange(0, 200)
    for (writer, seq), entry in list(world.table.items.items()):
        if entry.expires_at < late and seq > 0:
            world.table.remove(writer, seq, by_expiry=True)


def _lose_one(world: World, rng: random.Random) -> None:
    """Lose one insertion of the stream; the gap in its chain shows it, the table has it."""
    places = range(world._at, len(world.table.stream))
    place = rng.choice(places)
    change = world.table.stream[place]
    if change.kind != "INSERT" or change.new is None or change.new.seq == 0:
        return
    writer, seq = change.new.writer, change.new.seq
    later = any(
        other.new is not None and other.new.writer == writer and other.new.seq > seq
        for other in world.table.stream[place + 1 :]
    )
    # Expiry must leave the sealer time to repair; the shortest one here does not.
    lasting = change.new.expires_at - world.now_ms // 1000 > 10_000
    if later and lasting and (writer, seq) in world.table.items:
        del world.table.stream[place]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_honest_worlds_are_clean(chunk: int) -> None:
    """No false alarm: legal expiry, retries, repairs and dead writers are not tampering."""
    records = 0
    for seed in range(chunk, HONEST, CHUNKS):
        world = honest_world(seed, 40)
        verdict = world.verify(5)
        assert verdict.clean, (seed, verdict.findings[:3])
        records += verdict.records
    assert records > 1000


def _flip(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def _change(world: World, rng: random.Random) -> None:
    """Make one hostile change to the table."""
    key = rng.choice(sorted(world.table.items))
    entry = world.table.items[key]
    match rng.randrange(8):
        case 0:
            world.table.put(entry._replace(body=_flip(entry.body, rng)))
        case 1:
            world.table.remove(*key)
        case 2:
            shift = rng.choice((-5, 5, 10**7))
            world.table.put(entry._replace(expires_at=entry.expires_at + shift))
        case 3:
            world.table.put(entry._replace(subject="f" * 32))
        case 4:
            world.table.put(entry._replace(mac=_flip(entry.mac, rng)))
        case 5:
            for seq in [seq for seq in world.table.seqs(key[0]) if seq >= key[1]]:
                world.table.remove(key[0], seq)
        case 6:
            del world.table.items[key]  # while the stream was off
        case _:
            following = world.table.seqs(key[0])[-1] + 1
            document = json.loads(entry.body) | {"seq": following}
            world.table.put(entry._replace(seq=following, body=canonical_bytes(document)))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_hostile_changes_show(chunk: int) -> None:
    """Nothing is missed that loses evidence."""
    tried = 0
    for seed in range(10_000 + chunk, 10_000 + HOSTILE, CHUNKS):
        world = honest_world(seed, 15)
        if not world.table.items:
            continue
        before = dict(world.table.items)
        _change(world, world.rng)
        if world.rng.random() < 0.5:
            world.seal()
        tried += 1
        if world.verify(5).clean:
            gone = [entry for key, entry in before.items() if key not in world.table.items]
            lost = [e for e in gone if expiry_of(e.body) > world.now_ms // 1000]
            changed = [k for k, e in before.items() if world.table.items.get(k, e) != e]
            assert ([], []) == (lost, changed), seed
    assert tried > HOSTILE // CHUNKS * 0.9
