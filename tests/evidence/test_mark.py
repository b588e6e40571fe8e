"""A mark lets a check go on where the last one ended, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affidavit import SettingsError
from affidavit_ledger.chain_point import BEGINNING
from affidavit_ledger.findings import FindingKind, VerdictWord
from affidavit_ledger.mark import Mark, load_mark, save_mark
from affidavit_ledger.notes import read_note, sign_note
from evidence_world import World


def _marked(seed: int = 3) -> tuple[World, Mark]:
    world = World(seed, names=["w0", "w1"])
    _go_on(world)
    mark = world.verify().mark
    assert mark is not None
    return world, mark


def _go_on(world: World, rounds: int = 3) -> None:
    for _ in range(rounds):
        for chain in world.writers:
            world.now_ms += 1000
            world.emit(chain)
        world.seal()


@pytest.mark.parametrize("level", [3, 4, 5])
def test_what_is_new_is_checked_as_ever(level: int) -> None:
    """A changed record behind the mark is found, with its chain's key, as from the beginning."""
    world, mark = _marked()
    _go_on(world)
    assert world.verify(4, mark=mark).clean
    key = max(k for k in world.archive.objects if k.startswith("segments/"))
    world.archive.objects[key] = world.archive.objects[key].replace(b'"code":200', b'"code":201')
    kinds = {finding.kind for finding in world.verify(level, mark=mark).findings}
    assert {FindingKind.OBJECT_ALTERED, FindingKind.ALTERED} <= kinds


def test_a_record_that_is_gone_behind_the_mark_is_found() -> None:
    """From the table too."""
    world, mark = _marked()
    _go_on(world)
    last = max(world.table.items)
    del world.table.items[last]
    found = world.verify(4, mark=mark).findings
    assert [FindingKind.GONE_EARLY] == [finding.kind for finding in found]


def test_a_log_that_was_rolled_back_or_changed_is_not_the_one_that_was_checked() -> None:
    """The checkpoint at the mark is looked at each time."""
    world, mark = _marked()
    last = f"checkpoints/{mark.log.number - 1:012d}"
    kept = world.archive.objects.pop(last)
    assert FindingKind.ROLLED_BACK in {f.kind for f in world.verify(3, mark=mark).findings}
    other, _ = _marked(seed=3)
    other.now_ms += 1000
    other.seal()
    world.archive.objects[last] = other.archive.objects[f"checkpoints/{mark.log.number:012d}"]
    assert FindingKind.MARK_DIFFERS in {f.kind for f in world.verify(3, mark=mark).findings}
    forked = read_note(kept.decode())._replace(prev="A" * 43 + "=")
    world.archive.objects[last] = sign_note(forked, world.signer).encode()
    assert FindingKind.MARK_DIFFERS in {f.kind for f in world.verify(3, mark=mark).findings}
    world.archive.objects[last] = kept
    assert world.verify(3, mark=mark).clean


def test_a_copy_of_a_record_from_before_the_mark_decides_nothing() -> None:
    """Whether it is the same record, only a check from the beginning can say."""
    world, mark = _marked()
    first = next(iter(world.table.items.values()))
    world.sealer().write_segments([first], shard="again")
    world.now_ms += 1000
    world.sealer().checkpoint()
    found = world.verify(4, mark=mark)
    assert (VerdictWord.NOT_DECIDABLE, [FindingKind.COPY_UNREAD]) == (
        found.word,
        [finding.kind for finding in found.findings],
    )
    assert world.verify(4).clean


def test_an_invocation_that_was_running_at_the_mark_is_followed(tmp_path: Path) -> None:
    """A mark holds places of invocations, wrapped keys and hashes; and no key of a chain."""
    world, mark = _marked()
    kept = Mark(mark.log, {b"a" * 22: ("w0", 1, b"2026-09-21T14:00:00.000Z", b"e" * 32)})
    save_mark(tmp_path / "mark", kept)
    loaded = load_mark(tmp_path / "mark")
    assert kept == loaded
    found = world.verify(4, mark=loaded, now_ms=world.now_ms + 100_000_000, max_age_s=None)
    assert [FindingKind.UNCLOSED] == [finding.kind for finding in found.findings]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "affidavit mark 2"}'])
def test_what_is_no_mark_is_refused(text: str, tmp_path: Path) -> None:
    """And a file that is not there yet begins one."""
    (tmp_path / "mark").write_text(text)
    with pytest.raises(SettingsError):
        load_mark(tmp_path / "mark")
    assert load_mark(tmp_path / "none") is None


def test_a_mark_is_json_that_anybody_can_read(tmp_path: Path) -> None:
    """How far, until when."""
    world, mark = _marked()
    save_mark(tmp_path / "mark", mark)
    said = json.loads((tmp_path / "mark").read_text())
    assert (mark.log.number, mark.log.time) == (said["checkpoints"], said["time"])
    assert world.verify(3, mark=load_mark(tmp_path / "mark")).clean


def test_a_mark_that_cannot_be_saved_is_an_error(tmp_path: Path) -> None:
    """Not silence: the next check would begin where nobody thinks that it does."""
    with pytest.raises(FileNotFoundError):
        save_mark(tmp_path / "none" / "mark", Mark(BEGINNING, {}))
