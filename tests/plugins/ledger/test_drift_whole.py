"""What has drifted, whole: what, what was found, what to do; each limit at its edge."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affidavit.plugin import Entry, WriterId, canonical_bytes, iso_utc
from affidavit_ledger.ledger_drift import Drift, look
from affidavit_ledger.workspace import Notes
from evidence_world import World

SEALER = "Start the sealer again; it takes what it missed"
SEAL = "Look at the sealer; docs/drills.md has drills"


def _world() -> World:
    world = World(3, names=["w0"])
    world.now_ms -= world.now_ms % 1000
    world.emit(world.writers[0])
    world.seal()
    return world


def _look(world: World) -> list[Drift]:
    notes = Notes(world.workspace, world.signer)
    return look(world.ledger, world.archive, notes, now_ms=world.now_ms)


def test_nothing_has_drifted_of_what_is_sealed_in_time() -> None:
    """Also without a sealer to look at."""
    world = _world()
    assert [] == _look(world) == look(world.ledger, None, None, now_ms=world.now_ms)


@pytest.mark.parametrize(("late_s", "named"), [(120, False), (121, True)])
def test_a_sealer_stands_still_after_two_minutes(late_s: int, named: bool) -> None:
    """By the time of its newest checkpoint."""
    world = _world()
    at = iso_utc(world.now_ms)
    world.now_ms += late_s * 1000
    wanted = [Drift("sealer", f"the newest checkpoint is of {at}", SEALER)]
    assert (wanted if named else []) == _look(world)


def test_a_sealer_whose_notes_are_gone_or_say_nothing_is_named() -> None:
    """Each with what to do."""
    world = _world()
    state = world.sealer().load_state()
    state.time = ""
    world.workspace.notes["state.json"] = Notes(world.workspace, world.signer).sign(
        "state.json", state.dump()
    )
    assert [Drift("sealer", "the newest checkpoint is of no time", SEALER)] == _look(world)
    world.workspace.notes.clear()
    fix = "Seal once; it finds where it stands"
    assert [Drift("sealer", "its notes cannot be read", fix)] == _look(world)


@pytest.mark.parametrize(("ahead_s", "named"), [(60, False), (61, True)])
def test_a_clock_is_ahead_by_more_than_a_minute(ahead_s: int, named: bool) -> None:
    """The first record is named, and how many there are."""
    world = _world()
    world.now_ms -= ahead_s * 1000
    (writer,) = world.table.writers()
    found = f"2 record(s) in the future, {writer}/0 the first"
    wanted = [Drift("clock", found, "Set the clock of what wrote them")]
    assert (wanted if named else []) == _look(world)


@pytest.mark.parametrize(
    ("late_s", "named"), [(600, False), (601, True), (29 * 86_400 - 1, True), (29 * 86_400, False)]
)
def test_what_is_older_than_ten_minutes_is_sealed(late_s: int, named: bool) -> None:
    """As long as a sealer remembers; a record that is missing among sealed ones, too."""
    world = _world()
    world.now_ms += 1000
    world.emit(world.writers[0])
    world.emit(world.writers[0])
    (writer,) = world.table.writers()
    del world.table.stream[-2]
    late = world.table.items.pop((writer, 2))
    world.seal()
    world.table.items[writer, 2] = late
    world.now_ms += late_s * 1000
    found = f"1 record(s) older than 0:10:00 and in no segment, {writer}/2 the first"
    drifts = [one for one in _look(world) if one.what == "seal"]
    assert ([Drift("seal", found, SEAL)] if named else []) == drifts


def _other(entry: Entry, writer: str, **changes: Any) -> Entry:
    said = {**json.loads(entry.body), "wid": writer, **changes}
    kept = {name: value for name, value in said.items() if value is not None}
    return entry._replace(writer=WriterId(writer), body=canonical_bytes(kept))


def test_functions_that_say_different_things_are_named_with_what_each_says() -> None:
    """The newest chain of each counts, if it was written to within a week."""
    world = _world()
    first, entry = world.table.items.values()
    source = json.loads(entry.body)["src"]
    said = {"plg": ["a@1", "b@1"], "pol": "test@2", "lib": "affidavit 9", "tk": "k", "salts": 1}

    def put(number: int, function: str, via: str = "apigw.v1", **says: Any) -> None:
        writer = f"{number:022d}"
        at = {"ts": says.pop("ts", iso_utc(world.now_ms + number))}
        opened = _other(first, writer, **{**said, **at, **says})
        world.table.items[opened.writer, 0] = opened
        src = {**source, "fn": function, "via": via}
        world.table.items[opened.writer, 1] = _other(entry, writer, src=src)

    old = world.table.items
    world.table.items = {}
    put(1, "one")
    put(2, "two", tk="other", plg=["a@1", "b@2", "c@1"])
    put(3, "three", salts=0, pol="test@3")
    put(4, "four", lib="affidavit 10", pol="else@3")
    put(5, "cli", via="cli", tk="third")
    put(6, "two", ph="I", tk="fourth")
    wanted = [
        ("salts", "0: three; 1: four, one, two", "subjects="),
        ("token key", "k: four, one, three; other: two", "tokens="),
        ("version of a plugin b", "1: four, one, three; 2: two", "version of the plugin"),
        ("version of a policy test", "2: one, two; 3: three", "version of the policy"),
        ("version of affidavit", "affidavit 10: four; affidavit 9: one, three, two", "affidavit"),
    ]

    def found() -> list[Drift]:
        return look(world.ledger, None, None, now_ms=world.now_ms)

    assert [(what, said) for what, said, _ in wanted] == [(one.what, one.found) for one in found()]
    assert all(fix in one.fix for one, (_, _, fix) in zip(found(), wanted, strict=True))
    for number in (7, 8, 9):
        put(number, ("two", "three", "four")[number - 7])
    assert [] == found()
    world.now_ms += 7 * 86_400_000
    put(1, "one")
    assert [] == found()
    world.table.items = old


def test_a_row_that_is_no_record_says_nothing_of_a_function() -> None:
    """The ones around it do."""
    world = _world()
    (writer,) = world.table.writers()
    entry = world.table.items[writer, 1]
    world.table.items[writer, 1] = entry._replace(body=b"junk")
    world.table.items[writer, 2] = entry._replace(seq=2)
    assert [] == look(world.ledger, None, None, now_ms=world.now_ms)
