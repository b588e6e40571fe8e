"""What a verifier writes down for later, whole: another version, or another machine, reads it."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit.plugin import Phase, iso_utc
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.heads import SavedHead, load_heads, save_heads, save_json
from affidavit_ledger.mark import KEPT_S, load_mark, save_mark
from affidavit_ledger.notes import note_hash, read_note
from affidavit_ledger.part_file import load_parts, part_json, part_of, save_part
from affidavit_ledger.places import checkpoint_key
from affidavit_ledger.push import PushMark, load_push_mark, save_push_mark
from affidavit_ledger.segments import expiry_of
from affidavit_ledger.verify_part import verify_part
from evidence_world import World


def _world() -> World:
    """Two sealed segments, of one chain; an invocation in it runs still."""
    world = World(3, names=["w0"])
    for phase in (Phase.DISCLOSURE, Phase.INTENT):
        world.emit(world.writers[0], phase=phase)
        world.now_ms += 60_000
        world.seal()
    return world


def _place(world: World) -> dict[str, Any]:
    newest = world.archive.objects[checkpoint_key(1)].decode()
    root = newest.split("\n")[2]
    return {
        "checkpoints": 2,
        "origin": "example.org/ledger",
        "size": 2,
        "stack": [root],
        "prev": note_hash(newest),
        "time": iso_utc(world.now_ms),
    }


def test_a_mark_is_written_so(tmp_path: Path) -> None:
    """Its place in the log, that of each chain, and what runs."""
    world = _world()
    mark = world.verify(3).mark
    assert mark is not None
    save_mark(tmp_path / "mark", mark)
    (writer,) = world.table.writers()
    *_, entry = world.table.items.values()
    first, said = (json.loads(e.body) for e in (world.table.items[writer, 0], entry))
    (point,) = mark.log.chains.values()

    assert (3, first["ek"], expiry_of(entry.body)) == (
        *(point.next_seq, point.key, point.expires_at),
    )
    assert {
        "format": "affidavit mark 1",
        **_place(world),
        "chains": {writer: [3, point.link, first["ek"], said["exp"]]},
        "running": {said["att"]: [writer, 2, said["ts"], said["eid"]]},
    } == json.loads((tmp_path / "mark").read_text())
    assert mark == load_mark(tmp_path / "mark")


@pytest.mark.parametrize(("late_s", "kept"), [(0, True), (KEPT_S - 1, True), (KEPT_S, False)])
def test_a_chain_is_remembered_for_thirty_days_after_its_last_record(
    late_s: int, kept: bool
) -> None:
    """To the second."""
    world = _world()
    expires_at = max(entry.expires_at for entry in world.table.items.values() if entry.seq)
    world.now_ms = (expires_at + late_s) * 1000
    mark = world.verify(3, max_age_s=None).mark
    assert mark is not None
    assert (30 * 86_400, kept) == (KEPT_S, bool(mark.log.chains))


def test_heads_are_written_so(tmp_path: Path) -> None:
    """And those of the first format are read, which have no times."""
    path = tmp_path / "heads"
    save_heads(path, {"w": SavedHead(7, "link", 9)}, "then")
    said = json.loads(path.read_text())
    assert {"format": 2, "at": "then", "heads": {"w": [7, "link", 9]}} == said
    assert {"w": SavedHead(7, "link", 9)} == load_heads(path)
    path.write_text('{"format": 1, "at": "then", "heads": {"w": [7, "link"]}}')
    assert {"w": SavedHead(7, "link", 0)} == load_heads(path)
    for format_ in (0, 3):
        path.write_text(json.dumps({**said, "format": format_}))
        with pytest.raises(SettingsError, match="it has another format"):
            load_heads(path)


@pytest.mark.parametrize(
    ("expires_at", "now_s", "expired"), [(0, 5, False), (5, 4, False), (5, 5, True), (1, 1, True)]
)
def test_a_head_whose_time_is_over_may_be_gone(expires_at: int, now_s: int, expired: bool) -> None:
    """From the second on in which its record expires; never if that is not known."""
    assert expired is SavedHead(7, "link", expires_at).is_expired(now_s)


def test_a_mark_of_what_was_pushed_is_written_so(tmp_path: Path) -> None:
    """A place in the log, segments and records behind it, and of which target."""
    world = _world()
    mark = world.verify(3).mark
    assert mark is not None
    path = tmp_path / "mark"
    save_push_mark(path, PushMark(mark.log, 3, 4), "file:///events")
    assert {
        "format": "affidavit push mark 1",
        "to": "file:///events",
        **_place(world),
        "segments": 3,
        "records": 4,
    } == json.loads(path.read_text())
    place = mark.log._replace(chains={})
    assert PushMark(place, 3, 4) == load_push_mark(path, "file:///events")
    assert PushMark() == load_push_mark(tmp_path / "none", "file:///events")
    for change, why in (
        ({"format": "affidavit mark 1"}, "it has another format"),
        ({"to": "file:///other"}, "it is of another target"),
        ({"segments": "x"}, "reading it raised ValueError"),
        ({"stack": 1}, "reading it raised TypeError"),
    ):
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
        with pytest.raises(SettingsError, match=why):
            load_push_mark(path, "file:///events")
        save_push_mark(path, PushMark(mark.log, 3, 4), "file:///events")


def test_what_is_kept_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line feed at the end; nothing beside it is left."""
    synced = []
    monkeypatch.setattr(
        "affidavit_ledger.heads.os.fsync",
        lambda handle: synced.append((os.fstat(handle).st_size, (tmp_path / "x").exists())),
    )
    save_json(tmp_path / "x", {"b": [1], "a": 2})
    assert '{\n "a": 2,\n "b": [\n  1\n ]\n}\n' == (tmp_path / "x").read_text()
    assert ([(28, False)], ["x"]) == (synced, [path.name for path in tmp_path.iterdir()])
    save_json(tmp_path / "x", {"b": [1], "a": 2}, indent=None)
    assert '{"a": 2, "b": [1]}\n' == (tmp_path / "x").read_text()
    with pytest.raises(FileNotFoundError):
        save_json(tmp_path / "none/x", {})


def test_a_part_is_written_so(tmp_path: Path) -> None:
    """Where it begins and ends, its runs of records, what it found."""
    world = _world()
    part = verify_part(world.archive, world.signer.public, world.keys, (2, 2))
    (writer,) = world.table.writers()
    first, before, entry = world.table.items.values()
    notes = [world.archive.objects[checkpoint_key(n)].decode() for n in (0, 1)]
    checkpoints = [
        [said.origin, said.size, b64encode(said.root).decode(), said.time, said.prev]
        for said in map(read_note, notes)
    ]
    said = json.loads(entry.body)
    finding = EvidenceFinding(
        kind=FindingKind.ALTERED, writer="w", seq=7, count=3, event="e", place="p"
    )
    (run,) = part.runs
    told = part_json(part._replace(findings=[finding], objects=[finding], rough=[b"\xff"]))

    assert {
        "format": "affidavit part 1",
        "part": (2, 2),
        "keyed": True,
        "first": 1,
        "until": 2,
        "start": [
            *(checkpoint_key(0), 1, note_hash(notes[0])),
            checkpoints[0],
            *(1, [checkpoints[0][2]], 0, False),
        ],
        "end": [
            *(checkpoint_key(1), 2, note_hash(notes[1])),
            checkpoints[1],
            *(2, [checkpoints[1][2]], 0, False),
        ],
        "checkpoints": 1,
        "segments": 1,
        "records": 1,
        "findings": [["altered", "w", 7, 3, "e", "p"]],
        "objects": [["altered", "w", 7, 3, "e", "p"]],
        "runs": [
            [
                *(writer, 2, said["prev"], 3, run.link, json.loads(first.body)["ek"], said["exp"]),
                {said["att"]: [writer, 2, said["ts"], said["eid"]]},
                [],
            ]
        ],
        "rough": ["\xff"],
        "births": {},
        "strays": [],
        "away": [max(key for key in world.archive.objects if key.startswith("segments/"))],
    } == told
    assert before.seq == 1
    save_part(tmp_path / "b.json", part)
    save_part(tmp_path / "a.json", part._replace(rough=[b"\xff"], findings=[finding]))
    (tmp_path / "other.txt").write_text("{}")
    marked, plain = load_parts(tmp_path)
    assert part == plain
    assert part._replace(rough=[b"\xff"], findings=[finding]) == marked
    with pytest.raises(ValueError, match="another format"):
        part_of({**told, "format": "affidavit part 2"})


def test_a_part_that_cannot_begin_is_written_and_read(tmp_path: Path) -> None:
    """It has no place to begin at; the merge reads what it would have read."""
    world = _world()
    world.archive.objects[checkpoint_key(0)] = b"junk"
    part = verify_part(world.archive, world.signer.public, None, (2, 2), checkpoints=2)
    assert (None, None, False) == (part.start, part.end, part.keyed)
    save_part(tmp_path / "a.json", part)
    empty: Any = {key: [] for key in ("findings", "objects", "runs", "rough", "strays", "away")}
    assert [part._replace(**empty)] == list(load_parts(tmp_path))


def test_attempts_that_end_in_another_part_are_kept(tmp_path: Path) -> None:
    """By their ids, in order: bytes of whatever kind."""
    world = _world()
    part = verify_part(world.archive, world.signer.public, world.keys, (1, 1))
    runs = [part.runs[0]._replace(opened={b"\xfe": ("w", 1, b"t", b"e")}, closed=frozenset({b"b"}))]
    save_part(tmp_path / "a.json", part._replace(runs=runs))
    assert [part._replace(runs=runs)] == list(load_parts(tmp_path))
    assert ["b"] == json.loads((tmp_path / "a.json").read_text())["runs"][0][8]
