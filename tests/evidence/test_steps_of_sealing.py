"""What a sealer does, step by step: in this order a crash loses nothing and a reader sees all."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from affidavit.plugin import Entry, WriterId, iso_utc
from affidavit_ledger.ledger_profile import profile_of
from affidavit_ledger.log_state import LogState, SealedUpTo
from affidavit_ledger.merkle import leaf_hash, node_hash
from affidavit_ledger.notes import note_hash
from affidavit_ledger.seal_report import SealReport
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.sealer_state import read_state
from affidavit_ledger.segments import Manifest
from evidence_world import World


@dataclass(slots=True)
class Told:
    """Tells of what is asked of an archive, of notes or of a table before it hands it on."""

    name: str
    there: Any
    told: list[str]
    now_s: int = 0

    def _tell(self, act: str, what: str) -> None:
        short = re.sub(r"-[0-9a-f]{16}\b", "-D", re.sub(r"[0-9a-f]{32}", "N", what))
        self.told.append(f"{self.name}: {act} {short}")

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        self._tell("put", f"{key} for {(retain_until - self.now_s) / 86_400:g} days")
        self.there.put(key, data, retain_until=retain_until)

    def get(self, key: str) -> bytes:
        self._tell("get", key)
        return bytes(self.there.get(key))

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        self._tell("list", f"{prefix} {after}".strip())
        yield from self.there.keys(prefix, after)

    def read(self, key: str) -> bytes | None:
        self._tell("read", key)
        found: bytes | None = self.there.read(key)
        return found

    def write(self, key: str, data: bytes) -> None:
        self._tell("write", key)
        self.there.write(key, data)

    def delete(self, key: str) -> None:
        self._tell("delete", key)
        self.there.delete(key)

    def names(self, prefix: str) -> Iterator[str]:
        self._tell("list", prefix)
        yield from self.there.names(prefix)

    def stamp(self) -> str:
        return str(self.there.stamp())

    def writers(self) -> Iterator[WriterId]:
        self._tell("list", "writers")
        yield from self.there.writers()

    def entries(self, writer: WriterId, start: int = 0) -> Iterator[Entry]:
        self._tell("read", f"{writer.rstrip('-')} from {start}")
        yield from self.there.entries(writer, start)


def _sealed(world: World) -> tuple[SealReport, list[str]]:
    """Seal from the table a minute later; return the report, and what was done."""
    world.now_ms += 60_000
    told: list[str] = []
    now_s = world.now_ms // 1000
    whole = world.archive, world.witness, world.workspace, world.table
    archive, witness, notes, table = (
        Told(name, there, told, now_s)
        for name, there in zip(("archive", "witness", "notes", "table"), whole, strict=True)
    )
    world.archive, world.workspace = archive, notes  # type: ignore[assignment]
    try:
        report = seal_new(world.sealer(witness=witness, reader=table), table)
    finally:
        world.archive, world.witness, world.workspace, world.table = whole
    return report, told


def _counts(report: SealReport) -> tuple[int, ...]:
    checkpoint, *counts = report
    return checkpoint.size, *counts


def _shown(number: int) -> list[str]:
    """Publish a checkpoint, then show it to the witness, and the one before it once more."""
    key = f"checkpoints/{number:012d}"
    both = [f"checkpoints/{number - 1:012d}"] * (number > 0) + [key]
    return [
        f"archive: put {key} for 2192 days",
        *(
            step
            for one in both
            for step in (f"archive: get {one}", f"witness: put {one} for 2192 days")
        ),
        "notes: write state.json",
    ]


def _world() -> tuple[World, WriterId]:
    world = World(3, names=["w0"])
    world.emit(world.writers[0])
    (writer,) = world.table.writers()
    return world, writer


def test_the_first_sealing_finds_nothing_and_signs_last_what_it_wrote_first() -> None:
    """Segment, note, profile, manifests, checkpoint; the note goes once the state is kept."""
    world, _ = _world()
    report, steps = _sealed(world)

    assert (1, 1, 2, 0, 0, 0, 0, 0) == _counts(report)
    assert [
        *("notes: read state.json", "archive: list keys/", "notes: read state.json"),
        *("archive: list states/", "archive: list begins/"),
        "archive: get checkpoints/000000000000",
        "archive: list checkpoints/ checkpoints/000000000000",
        *("archive: list profiles/", "notes: list pending/"),
        *("table: list writers", "table: read w0 from 0"),
        "archive: put segments/2026/09/21/local-0-1-D.ndjson for 2192 days",
        "notes: write pending/N.json",
        "archive: put profiles/000000000000-D for 2192 days",
        "archive: put manifests/000000000000-000001-D.ndjson for 2192 days",
        *_shown(0),
        "notes: delete pending/N.json",
    ] == steps


def test_sealing_with_nothing_new_signs_a_checkpoint_and_reads_no_more_than_it_must() -> None:
    """Its own note, the place of the next checkpoint, what waits, and the end of each chain."""
    world, _ = _world()
    _sealed(world)
    report, steps = _sealed(world)

    assert (1, 0, 0, 0, 0, 0, 0, 0) == _counts(report)
    assert [
        *("notes: read state.json", "archive: get checkpoints/000000000001"),
        *("notes: list pending/", "table: list writers", "table: read w0 from 2"),
        *_shown(1),
    ] == steps


def test_a_record_that_later_ones_show_to_be_missing_is_looked_for_each_time() -> None:
    """From where it is missing on; once it is there, it is sealed as a repair."""
    world, writer = _world()
    _sealed(world)
    world.emit(world.writers[0])
    world.emit(world.writers[0])
    late = world.table.items.pop((writer, 2))
    lost, steps = _sealed(world)

    assert (2, 1, 1, 0, 1, 0, 0, 0) == _counts(lost)
    assert [
        *("notes: read state.json", "archive: get checkpoints/000000000001"),
        *("notes: list pending/", "table: list writers", "table: read w0 from 2"),
        "archive: put segments/2026/09/21/local-3-3-D.ndjson for 2192 days",
        *("notes: write pending/N.json", "table: read w0 from 2"),
        "archive: put manifests/000000000001-000001-D.ndjson for 2192 days",
        *_shown(1),
        "notes: delete pending/N.json",
    ] == steps
    world.table.items[writer, 2] = late
    repaired, steps = _sealed(world)

    assert (3, 1, 1, 1, 0, 0, 0, 0) == _counts(repaired)
    assert [
        *("notes: read state.json", "archive: get checkpoints/000000000002"),
        *("notes: list pending/", "table: list writers"),
        *("table: read w0 from 4", "table: read w0 from 2"),
        "archive: put segments/2026/09/21/repair-2-2-D.ndjson for 2192 days",
        "notes: write pending/N.json",
        "archive: put manifests/000000000002-000001-D.ndjson for 2192 days",
        *_shown(2),
        "notes: delete pending/N.json",
    ] == steps


def test_a_sealer_that_lost_its_notes_walks_the_log_once() -> None:
    """Each checkpoint, and manifests where one has some; then it goes on as ever."""
    world, _ = _world()
    _sealed(world)
    _sealed(world)
    world.workspace.notes.clear()
    report, steps = _sealed(world)

    assert (1, 0, 0, 0, 0, 0, 0, 0) == _counts(report)
    assert [
        *("notes: read state.json", "archive: list keys/", "notes: read state.json"),
        *("archive: list states/", "archive: list begins/"),
        "archive: get checkpoints/000000000000",
        "archive: list manifests/000000000000-",
        "archive: get manifests/000000000000-000001-D.ndjson",
        "archive: get checkpoints/000000000001",
        "archive: get checkpoints/000000000002",
        "archive: list checkpoints/ checkpoints/000000000002",
        *("archive: list profiles/", "archive: get profiles/000000000000-D"),
        *("notes: list pending/", "table: list writers", "table: read w0 from 2"),
        *_shown(2),
    ] == steps


def test_what_a_sealer_keeps_of_its_log_is_all_that_it_needs() -> None:
    """Written whole, and read back whole: whatever is lost, the next sealing would do again."""
    world, writer = _world()
    _sealed(world)
    world.emit(world.writers[0])
    world.emit(world.writers[0])
    del world.table.items[writer, 2]
    _sealed(world)
    now_s = world.now_ms // 1000
    kept = json.loads(world.workspace.notes["state.json"].partition(b"\n")[0])
    names = [key for key in world.archive.objects if key.startswith("segments/")]
    leaves = [leaf_hash(one.body()) for one in _manifests(world)]

    assert {
        "format": 3,
        "size": 2,
        "stack": [b64encode(node_hash(*leaves)).decode()],
        "edge": [[b64encode(leaf).decode() for leaf in leaves]],
        "index": 2,
        "prev": note_hash(world.archive.objects["checkpoints/000000000001"].decode()),
        "time": iso_utc(world.now_ms),
        "writers": {writer: [4, now_s]},
        "gaps": {writer: [[2, 2]]},
        "recent": dict(zip(names, (now_s - 60, now_s), strict=True)),
        "profile": profile_of(world.archive, world.signer.public),
        "stamp": "",
        "read": now_s,
    } == kept
    state = LogState.load(json.dumps(kept).encode())
    assert kept == json.loads(state.dump())
    assert {writer: SealedUpTo(4, now_s)} == state.writers
    assert {writer: [(2, 2)]} == state.gaps


def _manifests(world: World) -> list[Manifest]:
    data = (data for key, data in world.archive.objects.items() if key.startswith("manifests/"))
    return [Manifest.parse(line) for each in data for line in each.splitlines()]


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"format": 2}', b'{"format": 3}', b'{"format": 3, "size": "x"}', b"\xff"],
)
def test_what_is_no_state_is_none(text: bytes) -> None:
    """The log is walked then."""
    with pytest.raises(ValueError, match="this is not a log's state"):
        LogState.load(text)
    assert read_state(text) is None
    assert read_state(None) is None
