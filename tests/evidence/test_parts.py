"""However an archive is damaged and divided, parts that are merged find what one run finds."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from affidavit import LedgerKeyError, SettingsError
from affidavit.plugin import Archive, LedgerKeys, Phase
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.cosignatures import read_witness_keys
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.heads import SavedHead
from affidavit_ledger.notes import Verifier
from affidavit_ledger.part_file import load_parts, part_json, part_of, save_part
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.verify_part import PartResult, verify_part
from evidence_world import DictArchive, World
from hostile_evidence import Case, Forge, archive_cases, mutate

CASES = archive_cases()


def told(verdict: VerificationResult, later: Collection[str] = ()) -> Any:
    """Return all that a verdict says, but for the order in which it says it.

    What lies there unlogged and came `later`, no part can have seen.
    """
    verdict.findings = [
        found
        for found in verdict.findings
        if found.kind is not FindingKind.OBJECT_UNLOGGED or found.place not in later
    ]
    findings = Counter(map(str, verdict.findings))
    said = verdict.json() | {"findings": findings, "read_again": None}
    return said, verdict.heads, verdict.mark


def divided(
    archive: Archive, verifier: Verifier, keys: LedgerKeys | None, of: int, **options: Any
) -> list[PartResult]:
    """Return all parts, each written down and read back."""
    made = [verify_part(archive, verifier, keys, (n + 1, of), **options) for n in range(of)]
    return [part_of(json.loads(json.dumps(part_json(part)))) for part in made]


def same(
    evidence: Evidence,
    parts: Sequence[PartResult],
    later: Collection[str] = (),
    **options: Any,
) -> VerificationResult:
    """See that a merge says what one run says; return it."""
    options = {"now_ms": 10**13, "max_age_s": None, **options}
    merged = verify(evidence, parts=parts, **options)
    assert told(verify(evidence, workers=1, **options), later) == told(merged, later)
    return merged


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_parts_of_a_hostile_archive_find_what_one_run_finds(case: Case, tmp_path: Path) -> None:
    """Each finding, each count, each head, and the place where a later check goes on."""
    case.write(tmp_path)
    try:
        key = PublicKey.load((tmp_path / "key.pem").read_bytes())
    except LedgerKeyError:
        return
    known = tmp_path / "witnesses"
    witnesses = read_witness_keys(known) if known.exists() else ()
    archive = FolderArchive(tmp_path / "archive")
    evidence = Evidence(archive=archive, verifier=key, witnesses=witnesses)
    of = 2 + len(case.name) % 2
    same(evidence, divided(archive, key, None, of))


def test_parts_of_a_hostile_archive_with_its_keys_find_what_one_run_finds() -> None:
    """Records whose MACs hold are walked another way, and chains begin in the middle of a part."""
    forge = Forge()
    for case in CASES:
        if case.key == forge.key and case.plant is None:
            archive = DictArchive(dict(case.objects))
            key = PublicKey.load(case.key)
            evidence = Evidence(archive=archive, verifier=key, keys=forge.world.keys)
            same(evidence, divided(archive, key, forge.world.keys, 3))


def play(world: World, rng: random.Random, steps: int) -> None:
    """Let writers begin, end and disclose; let records come late; let a clock go; seal."""
    running: list[str] = []
    days = 0
    late: list[Any] = []
    for number in range(steps):
        world.now_ms += rng.choice((500, 1000, 90_000))
        chain = rng.choice(world.writers)
        match rng.randrange(12):
            case 0 | 1 | 2:
                world.emit(chain)
            case 3 | 4:
                running.append(f"{number:04d}{rng.getrandbits(70):018x}"[:22])
                world.emit(chain, phase=Phase.INTENT, attempt=running[-1])
            case 5 | 6 if running:
                attempt = running.pop(rng.randrange(len(running)))
                world.emit(chain, phase=Phase.OUTCOME, attempt=attempt)
            case 7 if world.table.stream:
                late.append(world.table.stream.pop())
                world._at = min(world._at, len(world.table.stream))
            case 8 if late:
                world.table.stream.append(late.pop(rng.randrange(len(late))))
            case 9 if rng.random() < 0.3:
                days, before = rng.randrange(-2, 3), days
                world.now_ms += (days - before) * 86_400_000
            case 10 if rng.random() < 0.3:
                world.writers.append(world.writer())
            case _:
                world.seal()


@given(seed=st.integers(0, 2**32), data=st.data())
def test_whatever_happened_parts_find_what_one_run_finds(seed: int, data: Any) -> None:
    """With keys and without, damaged or not; some parts lost, or older than the log."""
    rng = random.Random(seed)  # noqa: S311 - a history, not a key
    world = World(rng.randrange(99), names=["w0", "w1"])
    play(world, rng, data.draw(st.integers(5, 60)))
    world.seal()
    early = dict(world.archive.objects)
    if data.draw(st.booleans()):
        play(world, rng, data.draw(st.integers(1, 15)))
    later = world.archive.objects.keys() - early.keys()
    for _ in range(data.draw(st.sampled_from([0, 0, 1, 2]))):
        mutate(early, rng)
    world.archive.objects = {key: world.archive.objects[key] for key in later} | early
    keys = data.draw(st.sampled_from([world.keys, None]))
    of, cut = data.draw(st.integers(1, 6)), data.draw(st.sampled_from([None, None, 1, 3, 7, 40]))
    parts = divided(DictArchive(early), world.signer.public, keys, of, checkpoints=cut)
    gone = data.draw(st.sets(st.integers(0, of - 1), max_size=2))
    known = {name: SavedHead(rng.randrange(9), "A" * 43) for name in world.table.writers()}
    heads = data.draw(st.sampled_from([None, known]))
    verifier = world.signer.public
    evidence = Evidence(archive=world.archive, verifier=verifier, keys=keys, heads=heads)
    kept = [part for number, part in enumerate(parts) if number not in gone]
    merged = same(evidence, kept, later, now_ms=world.now_ms)
    event(f"{merged.word.value}, {'some' if merged.read_again else 'nothing'} read again")


class Counting(DictArchive):
    """An archive that remembers what was read."""

    def get(self, key: str) -> bytes:
        seen.append(key)
        return DictArchive.get(self, key)


seen: list[str] = []


@pytest.fixture(scope="module")
def years() -> World:
    """A log of six hundred checkpoints, whose chains live for some of them."""
    world = World(7, names=["w0"])
    for number in range(600):
        world.now_ms += 60_000
        if number % 20 == 0:
            world.writers = [world.writer(f"w{number}")]
        world.emit(world.writers[0])
        world.seal()
    return world


@pytest.mark.parametrize("keyed", [True, False])
def test_a_part_reads_what_is_its_own(years: World, keyed: bool) -> None:
    """And behind its edge: some tiles, the leaves of one tile, the beginning of a chain."""
    archive = Counting(dict(years.archive.objects), now_s=years.archive.now_s)
    keys = years.keys if keyed else None
    parts = []
    for number in range(1, 5):
        seen.clear()
        parts.append(verify_part(archive, years.signer.public, keys, (number, 4)))
        kinds = Counter(key.partition("/")[0] for key in seen)
        assert 150 == parts[-1].checkpoints
        assert 150 + (1 if keyed and number > 1 else 0) >= kinds["segments"]
        assert 150 + 256 + 64 >= kinds["manifests"]
        assert 150 + 1 + 24 >= kinds["checkpoints"]
        assert 16 >= kinds["tile"]
    evidence = Evidence(archive=archive, verifier=years.signer.public, keys=keys)
    seen.clear()
    merged = verify(evidence, parts=parts, now_ms=years.now_ms)
    assert (0, True, 0, 630) == (merged.read_again, merged.clean, len(seen), merged.records)


def test_a_fork_between_two_parts_is_found(years: World) -> None:
    """Two histories, each whole by itself: no part sees that they do not belong together."""
    other = World(7, names=["w0"])
    for _ in range(600):
        other.now_ms += 60_000
        other.emit(other.writers[0])
        other.seal()
    mine = divided(years.archive, years.signer.public, None, 2)
    theirs = divided(other.archive, years.signer.public, None, 2)
    objects = dict(years.archive.objects)
    evidence = Evidence(archive=DictArchive(objects), verifier=years.signer.public)
    forked = verify(evidence, parts=[mine[0], theirs[1]], now_ms=years.now_ms)
    assert forked.read_again > 0
    assert forked.clean  # what the archive holds is whole; the foreign part has counted for nothing
    for key in [key for key in objects if key.startswith("checkpoints/") and key[-3:] >= "300"]:
        objects[key] = other.archive.objects[key]
    forked = same(evidence, [mine[0], theirs[1]])
    assert not forked.clean


def test_parts_are_files(years: World, tmp_path: Path) -> None:
    """Which are read back as they were, and hold no key."""
    part = verify_part(years.archive, years.signer.public, years.keys, (1, 2))
    save_part(tmp_path / "1.json", part)
    again = next(load_parts(tmp_path))
    assert part_json(part) == part_json(again)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "affidavit part 2"}', "null"])
def test_what_is_no_part_is_refused(text: str, tmp_path: Path) -> None:
    """And so is a folder without one."""
    with pytest.raises(SettingsError):
        list(load_parts(tmp_path))
    (tmp_path / "1.json").write_text(text)
    with pytest.raises(SettingsError):
        list(load_parts(tmp_path))
