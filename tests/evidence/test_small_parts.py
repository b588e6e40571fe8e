"""What random mutants have shown nobody looked at: parts of a verification, each by itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from affidavit.plugin import iso_utc
from affidavit_ledger import table_check
from affidavit_ledger.archive_check import ArchiveShare
from affidavit_ledger.copies import compare_copies
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.log_check import check_log
from affidavit_ledger.log_span import first_from
from affidavit_ledger.notes import FIRST, Checkpoint, sign_note
from affidavit_ledger.ocsf import event_of
from affidavit_ledger.places import checkpoint_key
from affidavit_ledger.record_sums import DAY_S, RecordSums
from affidavit_ledger.sealer_state import held_in
from affidavit_ledger.segments import Manifest, parts_of
from evidence_world import World

DAYS = st.integers(0, 3)
RECORDS = st.lists(st.tuples(DAYS, st.integers(0, 9)), max_size=8)


def _manifest(key: str, **writers: tuple[int, int, int]) -> Manifest:
    return Manifest("segment", key, 1, 1, "", "", writers)


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 20))
def test_writers_are_compared_in_lots_that_fit(sizes: list[int], most: int) -> None:
    """Each once, in order; more than one only if together they are not too many."""
    writers = {f"w{number:02}": size for number, size in enumerate(sizes)}
    manifests = [_manifest("k", **{name: (0, size - 1, size)}) for name, size in writers.items()]
    before, table_check.AT_ONCE = table_check.AT_ONCE, most  # type: ignore[misc]
    try:
        lots = list(table_check._lots(writers, manifests))
    finally:
        table_check.AT_ONCE = before  # type: ignore[misc]
    assert list(writers) == [name for lot in lots for name in lot]
    totals = [sum(writers[name] for name in lot) for lot in lots]
    assert all(total <= most or len(lot) == 1 for total, lot in zip(totals, lots, strict=True))
    following = [writers[lot[0]] for lot in lots[1:]]
    assert all(total + size > most for total, size in zip(totals, following, strict=False))


def _sums(records: list[tuple[int, int]]) -> RecordSums:
    sums = RecordSums()
    for day, number in records:
        body = b'{"v":1,"exp":%d,"n":%d}' % (day * DAY_S + 5, number)
        sums.add(b"salt", 2 * DAY_S, body, b"mac")
    return sums


@given(RECORDS, RECORDS, st.sets(DAYS))
def test_a_table_covers_what_is_alive_and_whole_days_of_the_rest(
    archive: list[tuple[int, int]], other: list[tuple[int, int]], gone: set[int]
) -> None:
    """In whatever order; what has expired may be gone, a day at a time."""
    alive = {2, 3}
    left = [one for one in reversed(archive) if one[0] in alive or one[0] not in gone]
    assert _sums(archive).covers(_sums(left))
    for day in range(4):
        mine, theirs = (Counter(r for r in rows if r[0] == day) for rows in (archive, other))
        if mine != theirs and (theirs or day in alive):
            assert not _sums(archive).covers(_sums(other))


def test_a_second_copy_is_held_against_the_first_in_whichever_segment_that_is() -> None:
    """Also behind segments that have nothing of its writer, and behind a copy that differs."""
    world = World(3, names=["w0", "w1"])
    for chain in world.writers:
        world.emit(chain)
        world.now_ms += 1000
        world.seal()
    log = check_log(world.archive, world.signer.public, now_ms=world.now_ms)
    name = next(iter(log.manifests[1].writers))
    body, mac = parts_of(world.archive.get(log.manifests[1].key))[0]
    good, bad = sha256(body + mac).digest(), bytes(32)
    found = compare_copies(world.archive, log.manifests, [(name, 0, good), (name, 0, bad)], {})
    assert [(FindingKind.ALTERED, name, 0)] == [(f.kind, f.writer, f.seq) for f in found]


def test_segments_in_which_a_chain_begins_are_named() -> None:
    """By what they say, or by what was found in them before."""
    begins = {"a": {"w": (1, 1, 1)}, "b": {"w": (0, 0, 1)}, "c": {"x": (0, 0, 1)}}
    manifests = [_manifest(key, **writers) for key, writers in begins.items()]
    share = ArchiveShare(World(1).archive, manifests, None, 0, b"", None, {}, {}, {})
    assert [["b"], ["c"], []] == [list(share.born(name)) for name in ("w", "x", "y")]
    told = replace(share, births={"w": ["z"]})
    assert [["z"], []] == [list(told.born(name)) for name in ("w", "x")]


def test_what_a_segment_holds_is_said_by_its_manifest_or_read() -> None:
    """It is read only where it has holes; one that is gone counts as full."""
    archive = World(1).archive
    assert {"w": [(3, 5)]} == held_in(archive, _manifest("gone", w=(3, 5, 3)))
    assert {"w": [(3, 5)]} == held_in(archive, _manifest("gone", w=(3, 5, 2)))


def test_a_failure_is_exported_with_what_is_said_of_it() -> None:
    """Its kind, and never its text."""
    world = World(3, names=["w0"])
    world.emit(world.writers[0])
    *_, entry = world.table.items.values()
    said = json.loads(entry.body)
    said["out"]["err"] = "ValueError"
    event = event_of(entry._replace(body=json.dumps(said).encode()))
    assert event is not None
    assert "ValueError" == event["status_detail"]


@given(st.lists(st.integers(0, 50), max_size=20).map(sorted), st.integers(0, 60), st.integers(0, 3))
def test_the_first_checkpoint_of_a_time_is_found_by_halving(
    times: list[int], asked: int, start: int
) -> None:
    """From wherever one begins to look."""
    world = World(3)
    for number, at in enumerate(times):
        checkpoint = Checkpoint("example.org/ledger", 0, bytes(32), iso_utc(at * 1000), FIRST)
        note = sign_note(checkpoint, world.signer).encode()
        world.archive.put(checkpoint_key(number), note, retain_until=2**40)
    start = min(start, len(times))
    wanted = next((n for n, at in enumerate(times) if n >= start and at >= asked), len(times))
    assert wanted == first_from(world.archive, iso_utc(asked * 1000), start)
