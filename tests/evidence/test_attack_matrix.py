"""Forty-one attacks at five levels of evidence: what shows, and what honestly does not.

The table below is the promise. A cell that turns out better or worse than it
says fails, so that documents can quote it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from affidavit._canonical import canonical_bytes
from affidavit._records.chain import evolve, link, seal
from affidavit._types import WriterId
from affidavit.plugin import Entry
from affidavit_ledger.log_check import check_log
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import Checkpoint, note_hash, read_note, sign_note
from affidavit_ledger.places import CHECKPOINTS, MANIFESTS, manifests_key
from affidavit_ledger.segments import segment_of
from affidavit_ledger.workspace import Notes
from evidence_world import LEVELS, World
from whole_verdicts import read_verdicts, whole

W1, W2 = "w1".ljust(22, "-"), "w2".ljust(22, "-")


def play() -> World:
    """Four writers: 44 records sealed, 12 not yet."""
    world = World(names=["w0", "w1", "w2", "w3"])
    for _ in range(10):
        for chain in world.writers:
            world.now_ms += 10
            world.emit(chain)
    world.seal()
    for _ in range(3):
        for chain in world.writers:
            world.now_ms += 10
            world.emit(chain)
    return world


def _entry(world: World, writer: str, seq: int) -> Entry:
    return world.table.items[WriterId(writer), seq]


def _edited(entry: Entry, **changes: object) -> Entry:
    document = {**json.loads(entry.body), **changes}
    return entry._replace(body=canonical_bytes(document))


def modify_one_sealed(world: World) -> None:
    world.table.put(_edited(_entry(world, W1, 5), act="INNOCENT"))


def rewrite_chain_consistently(world: World, start: int) -> None:
    """Edit a record and redo every link after it, without the key."""
    prev = None
    for seq in world.table.seqs(W1)[start:]:
        entry = _entry(world, W1, seq)
        changes = {"act": "INNOCENT"} if prev is None else {"prev": prev}
        entry = _edited(entry, **changes)
        world.table.put(entry)
        prev = link(entry.body)


def rewrite_sealed_part_consistently(world: World) -> None:
    rewrite_chain_consistently(world, 5)


def rewrite_unsealed_part_consistently(world: World) -> None:
    rewrite_chain_consistently(world, 12)


def delete_one_in_the_middle(world: World) -> None:
    world.table.remove(W1, 5)


def delete_sealed_tail(world: World) -> None:
    for seq in range(13, 8, -1):
        world.table.remove(W1, seq)


def delete_unsealed_tail(world: World) -> None:
    for seq in (13, 12):
        world.table.remove(W1, seq)


def delete_a_whole_chain(world: World) -> None:
    for seq in world.table.seqs(W1):
        world.table.remove(W1, seq)


def delete_a_whole_unsealed_chain(world: World) -> None:
    chain = world.writer("w9")
    world.emit(chain)
    for seq in world.table.seqs("w9".ljust(22, "-")):
        world.table.remove("w9".ljust(22, "-"), seq)


def swap_two_records(world: World) -> None:
    one, two = _entry(world, W1, 5), _entry(world, W1, 6)
    world.table.put(two._replace(seq=5))
    world.table.put(one._replace(seq=6))


def replay_into_another_chain(world: World) -> None:
    world.table.put(_entry(world, W1, 5)._replace(writer=WriterId(W2), seq=14))


def forge_an_append_without_the_key(world: World) -> None:
    last = _entry(world, W1, 13)
    forged = _edited(last, seq=14, prev=link(last.body), act="FRAMED")
    world.table.put(forged._replace(seq=14, mac=b"x" * 16))


def forge_an_old_chain_with_the_writer_role(world: World) -> None:
    """Whoever may make keys, and may not open old ones, writes a chain of that name anew."""
    for seq in world.table.seqs(W1):
        world.table.remove(W1, seq)
    chain = world.writer("w1")
    for number in range(13):
        world.emit(chain, request=f"request-{number}")


def forge_a_new_writer_with_the_writer_role(world: World) -> None:
    world.emit(world.writer("w77"), request="never-seen-by-the-gateway")


def rewrite_the_past_with_a_stolen_live_key(world: World) -> None:
    """The key in memory is the next one; the one of the record before is gone."""
    head = world.writers[1]._head
    assert head is not None
    forged = _edited(_entry(world, W1, 13), act="INNOCENT")
    world.table.put(forged._replace(mac=seal(head.key, forged.body)))


def shorten_expiry_so_that_it_is_removed(world: World) -> None:
    world.table.put(_entry(world, W1, 13)._replace(expires_at=1))
    world.table.remove(W1, 13, by_expiry=True)


def repoint_an_index(world: World) -> None:
    entry = _entry(world, W1, 5)
    world.table.put(entry._replace(subject=entry.actor))


def remove_the_newest_checkpoints(world: World) -> None:
    for _ in range(3):
        world.now_ms += 60_000
        world.seal()
    for key in list(world.archive.keys(CHECKPOINTS))[-3:]:
        del world.archive.objects[key]


def resign_another_history(world: World, *, whole_chain: bool) -> None:
    """An administrator with the signing key, over an archive that is not write-once."""
    world.seal()
    for key in [key for key in world.table.items if key[0] == W1]:
        if whole_chain or key[1] == 5:
            del world.table.items[key]
    rewritten = []
    for key in list(world.archive.keys("segments/")):
        lines = world.archive.objects.pop(key).splitlines(keepends=True)
        rewritten += [
            line
            for line in lines
            if W1.encode() not in line or not (whole_chain or b'"seq":5,' in line)
        ]
    notes = list(world.archive.keys(CHECKPOINTS))
    for key in [*notes, *world.archive.keys(MANIFESTS)]:
        del world.archive.objects[key]
    _resign(world, rewritten, len(notes))


def _resign(world: World, lines: list[bytes], notes: int) -> None:
    from affidavit_ledger.segments import parts_of

    entries = []
    for body, mac in parts_of(b"".join(lines)):
        said = json.loads(body)
        entries.append(Entry(said["wid"], said["seq"], body, mac, said["exp"], said["ts"]))
    data, manifest = segment_of(entries, kind="segment", shard="s0")
    world.archive.objects[manifest.key] = data
    leaf = manifest.body()
    world.archive.objects[manifests_key(0, 1, leaf + b"\n")] = leaf + b"\n"
    frontier = Frontier()
    frontier.add(leaf_hash(leaf))
    prev = "-"
    for index in range(notes):
        time = rebuild_time(world)
        checkpoint = Checkpoint(world.signer.name, 1, frontier.root(), time, prev)
        note = sign_note(checkpoint, world.signer)
        prev = note_hash(note)
        world.archive.objects[f"{CHECKPOINTS}{index:012d}"] = note.encode()
    assert [] == check_log(world.archive, world.signer.public, now_ms=world.now_ms).findings


def rebuild_time(world: World) -> str:
    from affidavit._clock import iso_utc

    return iso_utc(world.now_ms)


def resign_without_one_record(world: World) -> None:
    resign_another_history(world, whole_chain=False)


def resign_without_a_whole_chain(world: World) -> None:
    resign_another_history(world, whole_chain=True)
    # All traces: the stream has nothing to tell about it either.
    world.table.stream.clear()
    world._at = 0


def patch_the_handler_to_skip_the_audit(world: World) -> None:
    world.gateway.add("a request that left no record")


def stop_the_sealer(world: World) -> None:
    world.sealing = False


def _first(world: World, prefix: str) -> str:
    return next(iter(world.archive.keys(prefix)))


def delete_a_segment(world: World) -> None:
    del world.archive.objects[_first(world, "segments/")]


def change_a_segment(world: World) -> None:
    key = _first(world, "segments/")
    world.archive.objects[key] = world.archive.objects[key].replace(b"READ", b"REAP", 1)


def delete_the_manifests(world: World) -> None:
    del world.archive.objects[_first(world, MANIFESTS)]


def cut_a_checkpoint(world: World) -> None:
    key = _first(world, CHECKPOINTS)
    world.archive.objects[key] = world.archive.objects[key][:-20]


def remove_a_checkpoint_from_the_middle(world: World) -> None:
    world.seal()
    world.seal()
    del world.archive.objects[list(world.archive.keys(CHECKPOINTS))[1]]


def put_junk_where_the_next_checkpoint_goes(world: World) -> None:
    world.archive.objects[f"{CHECKPOINTS}{1:012d}"] = b"junk"


def put_junk_beside_the_evidence(world: World) -> None:
    for name in (f"{CHECKPOINTS}.DS_Store", f"{MANIFESTS}x", "segments/2026/09/21/x.ndjson"):
        world.archive.objects[name] = b"junk"


def raise_the_sealers_counters(world: World) -> None:
    """Edit the sealer's notes, so that nothing new would be archived any more."""
    data = world.workspace.notes["state.json"]
    world.workspace.notes["state.json"] = data.replace(b"[11, ", b"[99, ")


def put_the_sealers_notes_back(world: World) -> None:
    old = dict(world.workspace.notes)
    world.seal()
    world.workspace.notes = old


def plant_a_manifest_and_a_segment(world: World) -> None:
    forged = World(8, names=["w8"])
    forged.emit(forged.writers[0])
    data, manifest = segment_of(list(forged.table.items.values()), kind="segment", shard="p")
    world.archive.objects[manifest.key] = data
    Notes(world.workspace, forged.signer).add(manifest)


def sign_two_roots_of_one_size(world: World) -> None:
    """With the signing key: one history for one auditor, another for the next."""
    world.seal()
    notes = list(world.archive.keys(CHECKPOINTS))
    last = world.archive.objects[notes[-1]].decode()
    held = read_note(last)
    forked = Checkpoint(held.origin, held.size, b"f" * 32, held.time, note_hash(last))
    key = f"{CHECKPOINTS}{len(notes):012d}"
    world.archive.objects[key] = sign_note(forked, world.signer).encode()
    world.witness.objects[key] = world.archive.objects[key]


def sign_a_smaller_log(world: World) -> None:
    """With the signing key: what was sealed last is taken back."""
    world.seal()
    notes = list(world.archive.keys(CHECKPOINTS))
    first, last = (world.archive.objects[notes[at]].decode() for at in (0, -1))
    old = read_note(first)
    shorter = Checkpoint(old.origin, old.size, old.root, rebuild_time(world), note_hash(last))
    world.archive.objects[f"{CHECKPOINTS}{len(notes):012d}"] = sign_note(
        shorter, world.signer
    ).encode()


def write_a_row_that_is_no_record(world: World) -> None:
    entry = _entry(world, W1, 13)
    world.table.put(entry._replace(seq=14, body=b"junk"))


def write_a_row_with_a_line_feed(world: World) -> None:
    entry = _entry(world, W1, 13)
    body = entry.body.replace(b"READ", b"RE\nAD")
    world.table.put(entry._replace(seq=14, body=body))


def write_a_row_without_a_mac(world: World) -> None:
    last = _entry(world, W1, 13)
    forged = _edited(last, seq=14, prev=link(last.body))
    world.table.put(forged._replace(seq=14, mac=b""))


def write_a_row_far_ahead(world: World) -> None:
    last = _entry(world, W1, 13)
    world.table.put(_edited(last, seq=30_000_000)._replace(seq=30_000_000))


def lose_half_of_the_stream(world: World) -> None:
    """Whoever may switch the stream off: the table has what the archive never will."""
    world.emit(world.writer("w5"))
    world._at = len(world.table.stream)


def take_an_entry_out_of_the_spill(world: World) -> None:
    """It never reaches the table; those after it do."""
    world.emit(world.writers[1])
    del world.table.items[WriterId(W1), 14]
    del world.table.stream[-1]
    world.emit(world.writers[1])


def delete_the_witnesss_copies(world: World) -> None:
    world.witness.objects.clear()


def set_a_writers_clock_back_by_years(world: World) -> None:
    now, world.now_ms = world.now_ms, world.now_ms - 5 * 365 * 86_400_000
    world.emit(world.writers[1], ttl_s=10**9)
    world.now_ms = now


NOTHING = 9
"""Shows at no level. Why stands in docs/evidence.md: it takes nothing, or nobody can know."""

# The lowest level of evidence at which each attack shows.
MATRIX: dict[Callable[[World], None], int] = {
    modify_one_sealed: 1,
    rewrite_sealed_part_consistently: 2,
    rewrite_unsealed_part_consistently: 2,
    delete_one_in_the_middle: 1,
    delete_sealed_tail: 3,
    delete_unsealed_tail: 3,
    delete_a_whole_chain: 3,
    delete_a_whole_unsealed_chain: 3,
    swap_two_records: 1,
    replay_into_another_chain: 1,
    forge_an_append_without_the_key: 2,
    forge_an_old_chain_with_the_writer_role: 3,
    forge_a_new_writer_with_the_writer_role: 5,
    rewrite_the_past_with_a_stolen_live_key: 2,
    shorten_expiry_so_that_it_is_removed: 3,
    repoint_an_index: 1,
    remove_the_newest_checkpoints: 3,
    resign_without_one_record: 1,
    resign_without_a_whole_chain: 4,
    patch_the_handler_to_skip_the_audit: 5,
    stop_the_sealer: 3,
    delete_a_segment: 3,
    change_a_segment: 3,
    delete_the_manifests: 3,
    cut_a_checkpoint: 3,
    remove_a_checkpoint_from_the_middle: 3,
    put_junk_where_the_next_checkpoint_goes: 3,
    put_junk_beside_the_evidence: NOTHING,
    raise_the_sealers_counters: NOTHING,
    put_the_sealers_notes_back: NOTHING,
    plant_a_manifest_and_a_segment: NOTHING,
    sign_two_roots_of_one_size: 3,
    sign_a_smaller_log: 3,
    write_a_row_that_is_no_record: 1,
    write_a_row_with_a_line_feed: 1,
    write_a_row_without_a_mac: 2,
    write_a_row_far_ahead: 1,
    lose_half_of_the_stream: 3,
    take_an_entry_out_of_the_spill: 1,
    delete_the_witnesss_copies: NOTHING,
    set_a_writers_clock_back_by_years: NOTHING,
}

WHOLE = read_verdicts(Path(__file__).parent / "attacks.txt")

_AS_THEY_ARE = {
    resign_without_one_record,
    resign_without_a_whole_chain,
    sign_two_roots_of_one_size,
    sign_a_smaller_log,
    cut_a_checkpoint,
}
_LATER = {stop_the_sealer, remove_the_newest_checkpoints, lose_half_of_the_stream}


def _after(attack: Callable[[World], None]) -> World:
    world = play()
    attack(world)
    if attack not in _AS_THEY_ARE | {remove_the_newest_checkpoints}:
        world.now_ms += 60_000
        world.seal()
    if attack in _LATER:
        world.now_ms += 200_000
    return world


def test_the_world_without_an_attack_is_clean() -> None:
    """At every level: a check that always finds something finds nothing."""
    world = play()
    world.seal()
    for level in LEVELS:
        verdict = world.verify(level)
        assert verdict.clean, (level, verdict.findings)


@pytest.mark.parametrize("attack", MATRIX, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("level", LEVELS)
def test_attack(attack: Callable[[World], None], level: int) -> None:
    """Detected from the level that the matrix says, and not before."""
    verdict = _after(attack).verify(level)

    assert (level >= MATRIX[attack]) == (not verdict.clean), verdict.findings
    assert WHOLE[f"{attack.__name__} at {level}"] == whole(verdict)


@pytest.mark.parametrize(
    "attack",
    [
        rewrite_unsealed_part_consistently,
        forge_an_append_without_the_key,
        replay_into_another_chain,
        repoint_an_index,
        write_a_row_that_is_no_record,
        take_an_entry_out_of_the_spill,
    ],
    ids=lambda attack: attack.__name__,
)
def test_what_no_checkpoint_covers_yet_is_checked_as_well(
    attack: Callable[[World], None],
) -> None:
    """With an archive at hand, before the sealer has seen the attack: the table's tail counts."""
    world = play()
    attack(world)

    assert not world.verify(3).clean


def test_with_full_evidence_all_of_them_show_that_can() -> None:
    """Thirty-five of forty-one; the other six change no evidence."""
    hidden = [attack for attack, level in MATRIX.items() if level == NOTHING]

    assert (41, 6) == (len(MATRIX), len(hidden))
    assert 35 == sum(not _after(attack).verify(5).clean for attack in MATRIX)
    for attack in hidden:
        world = _after(attack)
        assert world.verify(5).clean
        assert len(world.table.items) == world.verify(5).sealed


def test_evolving_is_one_way() -> None:
    """What the attack with the stolen key rests on: keys differ, and go forward only."""
    key = bytes(32)
    assert evolve(key) != key
    assert 5 == len({key := evolve(key) for _ in range(5)})
