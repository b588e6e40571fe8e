"""What is asked of a log of years costs what is new in it: reads are counted, not seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affidavit.plugin import iso_utc
from affidavit_ledger.log_span import LATER, ProofError
from affidavit_ledger.log_state import SNAPSHOT_EVERY
from affidavit_ledger.mark import load_mark, save_mark
from affidavit_ledger.prove import check_proof, prove
from affidavit_ledger.tiles import WIDTH
from evidence_world import DictArchive, DictWorkspace, World

MINUTE = 60_000


class CountingArchive(DictArchive):
    """Counts what is asked of it: reads, listings and writes, each one call of S3."""

    calls = 0

    def get(self, key: str) -> bytes:
        self.calls += 1
        return super().get(key)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        self.calls += 1
        for number, key in enumerate(super().keys(prefix, after), 1):
            self.calls += number % 1000 == 0
            yield key

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        self.calls += 1
        super().put(key, data, retain_until=retain_until)


class Minutes(World):
    """A world in which a record is written and sealed each minute."""

    def __init__(self, minutes: int) -> None:
        super().__init__(7)
        self.archive = CountingArchive()
        self.chain = self.writer()
        self.play(minutes)

    def play(self, minutes: int) -> None:
        for number in range(minutes):
            if number % 300 == 299:
                self.chain = self.writer()
            self.now_ms += MINUTE
            self.emit(self.chain)
            self.seal()

    def calls(self, act: Any) -> tuple[int, Any]:
        """Return how much is asked of the archive, and the answer."""
        before = self.archive.calls
        answer = act()
        return self.archive.calls - before, answer


@pytest.fixture(scope="module")
def worlds() -> tuple[Minutes, Minutes]:
    return Minutes(SNAPSHOT_EVERY + 2), Minutes(8 * SNAPSHOT_EVERY + 2)


def test_an_idle_seal_costs_the_same_however_long_the_log_is(
    worlds: tuple[Minutes, Minutes],
) -> None:
    """It starts from the sealer's own note."""
    few, many = (world.calls(world.sealer().checkpoint)[0] for world in worlds)
    assert few == many <= 6


def test_after_a_crash_a_sealer_walks_what_came_since_its_note(
    worlds: tuple[Minutes, Minutes],
) -> None:
    """One crash between a checkpoint and the note behind it costs one checkpoint more."""
    counted = []
    for world in worlds:
        kept = dict(world.workspace.notes)
        world.play(1)
        world.workspace.notes = kept
        counted.append(world.calls(world.sealer().checkpoint)[0])
    assert counted[0] == counted[1] <= 12


def test_a_sealer_that_lost_its_notes_walks_at_most_one_stretch(
    worlds: tuple[Minutes, Minutes],
) -> None:
    """From the newest archived state: three calls a checkpoint, the function has 60 s."""
    counted = []
    for world in worlds:
        world.workspace = DictWorkspace()
        counted.append(world.calls(world.sealer().load_state)[0])
    assert max(counted) <= 3 * SNAPSHOT_EVERY + 20
    assert 3 * SNAPSHOT_EVERY * 0.020 <= 15


def test_a_recovery_that_is_cut_off_goes_on_where_it_was() -> None:
    """Without a state in the archive it takes several runs, and each one gets further."""
    world = Minutes(2 * SNAPSHOT_EVERY + 5)
    world.workspace = DictWorkspace()
    for key in list(world.archive.keys("states/")):
        del world.archive.objects[key]

    class OutOfTimeError(Exception):
        """The platform ends the function."""

    def get(key: str) -> bytes:
        if key == f"checkpoints/{SNAPSHOT_EVERY + 7:012d}":
            raise OutOfTimeError
        return DictArchive.get(world.archive, key)

    world.archive.get = get  # type: ignore[method-assign]
    with pytest.raises(OutOfTimeError):
        world.sealer().load_state()
    del world.archive.get
    cost, state = world.calls(world.sealer().load_state)
    assert state.frontier.size == 2 * SNAPSHOT_EVERY + 5
    assert cost <= 3 * (SNAPSHOT_EVERY + 10) + 20


def test_a_check_from_a_mark_reads_what_is_new(
    worlds: tuple[Minutes, Minutes], tmp_path: Path
) -> None:
    """Ten new minutes cost the same after a day and after a week, the table beside them."""
    counted = []
    for number, world in enumerate(worlds):
        file = tmp_path / f"{number}.json"
        first = world.verify(4)
        assert first.clean
        assert first.mark is not None
        save_mark(file, first.mark)
        world.play(10)
        cost, found = world.calls(lambda w=world, f=file: w.verify(4, mark=load_mark(f)))
        assert (True, 10, 10) == (found.clean, found.sealed, found.checkpoints), found.findings
        assert found.since == first.mark.log.time
        counted.append(cost)
        save_mark(file, found.mark)
        again = world.verify(4, mark=load_mark(file))
        assert (True, 0) == (again.clean, again.sealed), again.findings
    assert counted[0] == counted[1] <= 60


def test_a_proof_of_an_event_whose_time_is_known_reads_an_hour(
    worlds: tuple[Minutes, Minutes],
) -> None:
    """Its checkpoint is found by halving, its path by tiles; whoever has the key can check it."""
    minutes = int(LATER.total_seconds() // 60)
    for world in worlds:
        for number in (1, 100, len(world.table.items) - 1):
            entry = list(world.table.items.values())[number]
            eid = entry.body.partition(b'"eid":"')[2][:32].decode()
            cost, proofs = world.calls(
                lambda w=world, e=eid, at=entry.at: prove(w.archive, e, at.removesuffix("Z"))
            )
            record, _ = check_proof(proofs[0], world.signer.public)
            assert record.at == entry.at
            assert cost <= 2 * (minutes + 10) + 2 * WIDTH + 60, (number, cost)


def test_a_proof_by_time_holds_without_tiles_too(worlds: tuple[Minutes, Minutes]) -> None:
    """Tiles are no evidence: where they are gone, or forged, everything is read."""
    world = worlds[1]
    entry = list(world.table.items.values())[900]
    eid = entry.body.partition(b'"eid":"')[2][:32].decode()
    tiles = {key: data for key, data in world.archive.objects.items() if key.startswith("tile/")}
    assert tiles
    for plant in (lambda _: None, lambda data: bytes(len(data))):
        for key, data in tiles.items():
            forged = plant(data)
            if forged is None:
                del world.archive.objects[key]
            else:
                world.archive.objects[key] = forged
        for proof in prove(world.archive, eid, iso_utc(world.now_ms)[:10] + "T") + prove(
            world.archive, eid, entry.at.removesuffix("Z")
        ):
            check_proof(proof, world.signer.public)
    world.archive.objects.update(tiles)


@pytest.mark.parametrize("at", ["", "2026-09-21T12:00:00.000", "2026-09-21T"])
def test_what_nothing_has_sealed_cannot_be_proved(at: str) -> None:
    """With a time and without: the error says that nothing is sealed, and what to do."""
    with pytest.raises(ProofError, match="nothing is sealed yet") as caught:
        prove(DictArchive(), "0" * 32, at)
    assert "affidavit seal" in str(caught.value)


def test_what_has_expired_and_is_still_there_costs_what_the_rest_does() -> None:
    """An archive is read once beside a table that keeps all, and once more beside other tables."""
    world = Minutes(40)
    segments = sum(key.startswith("segments/") for key in world.archive.objects)
    cost, found = world.calls(lambda: world.verify(3))
    assert found.clean, found.findings
    late: dict[str, Any] = {"now_ms": world.now_ms + 200 * 86_400_000, "max_age_s": None}
    assert (cost, []) == world.calls(lambda: world.verify(3, **late).findings)
    for writer, seq in list(world.table.items)[3:20]:
        world.table.remove(writer, seq, by_expiry=True)
    again, found = world.calls(lambda: world.verify(3, **late))
    assert (cost + segments, []) == (again, found.findings)


@pytest.mark.parametrize("gone", [0, 5])
def test_a_record_that_has_expired_cannot_be_changed_unseen(gone: int) -> None:
    """Nor added: what is left of it in the table is what was archived."""
    world = Minutes(12)
    late: dict[str, Any] = {"now_ms": world.now_ms + 200 * 86_400_000, "max_age_s": None}
    for writer, seq in list(world.table.items)[:gone]:
        world.table.remove(writer, seq, by_expiry=True)
    entry = list(world.table.items.values())[-2]
    world.table.put(entry._replace(mac=bytes(16)))
    (finding,) = world.verify(3, **late).findings
    assert ("differs", entry.seq) == (finding.kind.value, finding.seq)
