"""What is sealed reaches a SIEM at least once and chain by chain in order, whatever fails."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerUnavailableError, SettingsError
from affidavit._records.record import Phase
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.ocsf import OCSF_VERSIONS
from affidavit_ledger.push import (
    PushMark,
    PushReport,
    load_push_mark,
    push_new,
    save_push_mark,
)
from evidence_world import World
from ocsf_facts import missing

Delivered = list[tuple[str, int]]


class Crash(Exception):
    """The process ends here."""


class Collector:
    """A target that keeps what it gets, and breaks after so many events, as a plan says."""

    def __init__(self, breaks: Sequence[int] = ()) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.breaks = list(breaks)

    def send(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Take them all, or a part and fail."""
        taken = self.breaks.pop(0) if self.breaks else len(events)
        self.events += events[:taken]
        if taken < len(events):
            raise LedgerUnavailableError("gone", why="x", fix="x")

    @property
    def places(self) -> Delivered:
        """Where in its chain each event stands, in the order in which they came."""
        return [(e["unmapped"]["chain_uid"], e["metadata"]["sequence"]) for e in self.events]


def push(
    world: World,
    target: Any,
    path: Path,
    *,
    batch: int = 4,
    crash_at: int = -1,
    before: bool = False,
) -> PushReport:
    """Push one round; or die before or after the mark number `crash_at` is saved."""
    saved = 0

    def keep(mark: PushMark) -> None:
        nonlocal saved
        saved += 1
        if saved == crash_at and before:
            raise Crash
        save_push_mark(path, mark, "collector://here/")
        if saved == crash_at:
            raise Crash

    mark = load_push_mark(path, "collector://here/")
    return push_new(
        world.archive,
        world.signer.public,
        target,
        mark,
        keep,
        now_ms=world.now_ms,
        version=OCSF_VERSIONS[-1],
        batch=batch,
    )


def sealed(world: World) -> dict[str, list[int]]:
    """What the table has of each chain, its genesis left out: all of it is sealed."""
    found: dict[str, list[int]] = defaultdict(list)
    for writer, seq in sorted(world.table.items):
        if seq:
            found[writer].append(seq)
    return dict(found)


def in_order(places: Delivered) -> dict[str, list[int]]:
    """Return each chain's events in the order of their first and of their last copies.

    Both have to be the same: a receiver may keep either.
    """
    first, last = list(dict.fromkeys(places)), list(dict.fromkeys(reversed(places)))[::-1]
    found: list[dict[str, list[int]]] = []
    for order in (first, last):
        chains: dict[str, list[int]] = defaultdict(list)
        for writer, seq in order:
            chains[writer].append(seq)
        found.append(dict(chains))
    assert found[0] == found[1]
    return found[0]


@given(data=st.data())
def test_nothing_is_lost_and_each_chain_is_in_order(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Targets that take a part, and processes that die on either side of a mark."""
    world = World(data.draw(st.integers(0, 50)), names=["w0", "w1", "w2"])
    path = tmp_path_factory.mktemp("push") / "mark"
    target = Collector(data.draw(st.lists(st.integers(0, 6), max_size=6)))
    for _ in range(data.draw(st.integers(1, 4))):
        for chain in data.draw(st.lists(st.sampled_from(world.writers), max_size=9)):
            world.emit(chain, phase=data.draw(st.sampled_from([Phase.DISCLOSURE, Phase.INTENT])))
        world.now_ms += 1000
        world.seal()
        try:
            push(
                world,
                target,
                path,
                batch=data.draw(st.integers(1, 5)),
                crash_at=data.draw(st.integers(-1, 4)),
                before=data.draw(st.booleans()),
            )
        except (Crash, LedgerUnavailableError):
            continue
    target.breaks.clear()
    report = push(world, target, path)
    assert sealed(world) == in_order(target.places)
    assert not report.findings
    assert 0 == push(world, target, path).pushed
    assert [] == [lack for event in target.events for lack in missing("", event)]


def _filled(rounds: int = 3) -> World:
    world = World(3, names=["w0", "w1"])
    for _ in range(rounds):
        _go_on(world)
    return world


def _go_on(world: World) -> None:
    for chain in world.writers:
        for _ in range(3):
            world.emit(chain)
    world.now_ms += 1000
    world.seal()


def test_a_segment_that_is_not_what_was_signed_is_said_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    """A SIEM must not go blind because somebody has changed one object, nor be shown that one."""
    world, target = _filled(), Collector()
    key = sorted(k for k in world.archive.objects if k.startswith("segments/"))[1]
    there = world.archive.objects[key].count(b"\n")
    world.archive.objects[key] = world.archive.objects[key].replace(b'"code":200', b'"code":201')
    report = push(world, target, tmp_path / "mark")
    assert [key] == report.left_out
    assert [FindingKind.OBJECT_ALTERED] == [found.kind for found in report.findings]
    assert sum(map(len, sealed(world).values())) - there == len(target.events)
    assert all(event["status_code"] == "200" for event in target.events)


@pytest.mark.parametrize("kind", ["manifests/", "checkpoints/"])
def test_where_the_log_is_broken_it_is_read_again_once_it_is_mended(
    kind: str, tmp_path: Path
) -> None:
    """The mark does not pass over what could not be read."""
    world, target = _filled(), Collector()
    push(world, target, tmp_path / "mark")
    before = load_push_mark(tmp_path / "mark", "collector://here/")
    for _ in range(3):
        _go_on(world)
    key = sorted(k for k in world.archive.objects if k.startswith(kind))[-2]
    kept = world.archive.objects.pop(key)
    for _ in range(2):
        assert push(world, target, tmp_path / "mark").findings
    held = load_push_mark(tmp_path / "mark", "collector://here/")
    assert (before.log, 0) == (held.log, held.records)
    world.archive.objects[key] = kept
    assert not push(world, target, tmp_path / "mark").findings
    assert sealed(world) == in_order(target.places)


def test_an_alarm_holds_nothing_up(tmp_path: Path) -> None:
    """Somebody has touched the table: that is told, and the mark goes on behind it."""
    world, target = _filled(), Collector()
    world.table.remove("w0".ljust(22, "-"), 2)
    _go_on(world)
    assert [FindingKind.ALARM] == [
        found.kind for found in push(world, target, tmp_path / "mark").findings
    ]
    assert not push(world, target, tmp_path / "mark").findings


def test_lag_is_of_what_the_target_has(tmp_path: Path) -> None:
    """A failed round moves nothing."""
    world, target = _filled(), Collector()
    first = push(world, target, tmp_path / "mark").sealed_at
    _go_on(world)
    target.breaks = [0]
    with pytest.raises(LedgerUnavailableError):
        push(world, target, tmp_path / "mark")
    assert first == load_push_mark(tmp_path / "mark", "collector://here/").log.time
    assert first < push(world, target, tmp_path / "mark").sealed_at


def test_a_foreign_targets_words_are_not_repeated(tmp_path: Path) -> None:
    """It is somebody's code, and may quote an event."""

    class Careless:
        def send(self, events: Sequence[Mapping[str, Any]]) -> None:
            raise RuntimeError(str(events))

    with pytest.raises(LedgerUnavailableError) as failed:
        push(_filled(), Careless(), tmp_path / "mark")
    assert "raised RuntimeError" in str(failed.value)
    assert "raw_data" not in str(failed.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "affidavit push mark 2"}'])
def test_what_is_no_mark_is_refused(text: str, tmp_path: Path) -> None:
    """Beginning anew would be noise; going on somewhere would lose."""
    (tmp_path / "mark").write_text(text)
    with pytest.raises(SettingsError):
        load_push_mark(tmp_path / "mark", "collector://here/")


def test_a_mark_is_of_one_target(tmp_path: Path) -> None:
    """What one SIEM has, another one has not."""
    push(_filled(), Collector(), tmp_path / "mark")
    assert "collector://here/" == json.loads((tmp_path / "mark").read_text())["to"]
    with pytest.raises(SettingsError, match="another target"):
        load_push_mark(tmp_path / "mark", "collector://there/")
