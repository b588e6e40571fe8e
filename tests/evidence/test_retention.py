"""When the time of the oldest records is over, they go as a whole, and the rest still holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affidavit import LedgerConflictError, LedgerRefusedError
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.heads import load_heads, save_heads
from affidavit_ledger.log_begin import (
    LogBegin,
    begin_key,
    begin_of,
    need_readable,
    read_begin,
    sign_begin,
)
from affidavit_ledger.places import cosignatures_key, timestamps_key
from affidavit_ledger.prove import check_proof, prove
from affidavit_ledger.retention import outlived, shed
from affidavit_ledger.seal import Sealer
from affidavit_ledger.verify import verify_ledger
from affidavit_ledger.workspace import Notes
from evidence_world import DictArchive, DictWorkspace, World

DAY_MS = 86_400_000


class LettingGo(DictArchive):
    """An archive that removes what nothing locks; `locked` are names that something does."""

    locked: frozenset[str] = frozenset()
    reads = 0

    def get(self, key: str) -> bytes:
        self.reads += key.startswith("segments/")
        return super().get(key)

    def remove(self, key: str) -> bool:
        if key in self.locked:
            return False
        self.objects.pop(key, None)
        return True


class Days(World):
    """A world in which each day one chain writes and is sealed."""

    def __init__(self, days: int) -> None:
        super().__init__(4)
        self.archive = LettingGo()
        self.play(days)

    def play(self, days: int) -> None:
        for number in range(days):
            if number % 7 == 0:
                self.chain = self.writer()
            self.now_ms += DAY_MS
            self.emit(self.chain)
            self.emit(self.chain)
            self.seal()

    def end(self, days: int = 30) -> tuple[int, int]:
        report = outlived(self.archive, self.signer.public, now_ms=self.now_ms, days=days)
        return shed(self.archive, self.signer, report, now_ms=self.now_ms, keep_s=86_400)

    def kinds(self, level: int = 4, **options: Any) -> list[str]:
        return sorted(f.kind.value for f in self.verify(level, **options).findings)


def _event(world: World, number: int) -> tuple[str, str]:
    entry = list(world.table.items.values())[number]
    return entry.body.partition(b'"eid":"')[2][:32].decode(), entry.at


def test_the_log_goes_on_from_where_it_begins() -> None:
    """Checked with keys, links and table, proved, sealed and rebuilt, as if nothing had gone."""
    world = Days(100)
    before = dict(world.archive.objects)
    removed, locked = world.end()
    assert (0, len(before) + 1 - removed) == (locked, len(world.archive.objects))
    assert 60 < removed
    begin, _ = begin_of(world.archive, world.signer.public)
    assert begin is not None
    assert (69, True) == (begin.point.number, begin.lawful)
    assert not [key for key in world.archive.objects if key < begin_key(begin)[:7] < "b"]
    # Rows of the table that are older than the log are those of its hot window.
    for key in [key for key, entry in world.table.items.items() if entry.at < begin.point.time]:
        del world.table.items[key]
    assert ["begins"] == world.kinds(3)
    assert ["begins"] == world.kinds(4)
    for number in (2, -1):
        event, at = _event(world, number)
        for when in ("", at.removesuffix("Z")):
            for proof in prove(world.archive, event, when):
                check_proof(proof, world.signer.public)
    world.workspace = DictWorkspace()
    for key in [key for key in world.archive.objects if key.startswith("states/")]:
        del world.archive.objects[key]
    world.play(2)
    assert ["begins"] == world.kinds(4)
    world.play(40)
    assert world.end()[0]
    assert 111 == begin_of(world.archive, world.signer.public)[0].point.number  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [cosignatures_key, timestamps_key])
def test_what_others_have_signed_goes_with_its_checkpoint(name: Callable[[int], str]) -> None:
    """What is said about a checkpoint that is gone says nothing any more."""
    world = Days(60)
    for number in range(60):
        world.archive.put(name(number), b"signed", retain_until=world.now_ms)
    world.end()
    begin, _ = begin_of(world.archive, world.signer.public)
    assert begin is not None
    kept = [name(number) for number in range(begin.point.number - 1, 60)]
    assert kept == list(world.archive.keys(name(0).partition("/")[0] + "/"))


def test_a_place_where_nothing_was_on_its_way_is_looked_for_in_the_manifests() -> None:
    """Each segment is read twice at most, however many checkpoints back it is."""
    world = Days(20)
    late = world.writer()
    for number in range(40):
        world.now_ms += DAY_MS // 8
        world.emit(late)
        if number == 1:  # it waits in a spill
            world.table.stream.pop()
            place, waiting = world.table.items.popitem()
        world.seal()
    world.now_ms += 40 * DAY_MS
    assert place == (waiting.writer, waiting.seq)
    world.table.put(waiting)
    world.seal()
    world.archive.reads = 0
    report = outlived(world.archive, world.signer.public, now_ms=world.now_ms, days=30)
    assert report.point is not None
    assert (22, 21) == (report.point.number, len(report.manifests))
    assert 59 + 21 == world.archive.reads


def test_what_is_changed_behind_the_beginning_is_found() -> None:
    """The statement vouches for the links and the keys of the chains that go on."""
    world = Days(60)
    world.end()
    key = max(key for key in world.archive.objects if key.startswith("segments/"))
    world.archive.objects[key] = world.archive.objects[key].replace(b'"code":200', b'"code":201')
    assert {"object-altered", "altered"} <= set(world.kinds(4))


def test_a_record_that_demands_longer_holds_back_all_before_and_behind_it() -> None:
    """Of the policies that records name the longest counts; one that is not shipped is named."""
    world = Days(60)
    report = outlived(world.archive, world.signer.public, now_ms=world.now_ms, days=30)
    assert (("test",), 30, 63) == (report.unknown, report.days, report.records)
    key = min(key for key in world.archive.objects if key.startswith("segments/"))
    data = world.archive.objects[key].replace(b'"pol":"test@1"', b'"pol":"hipaa@4"', 1)
    world.archive.objects[key] = data
    report = outlived(world.archive, world.signer.public, now_ms=world.now_ms, days=30)
    assert (None, 2192) == (report.point, report.days)


def test_what_is_not_clean_is_not_removed() -> None:
    """It is evidence of something."""
    world = Days(60)
    key = min(key for key in world.archive.objects if key.startswith("segments/"))
    world.archive.objects[key] += b"x"
    with pytest.raises(LedgerConflictError):
        world.end()


def test_a_removal_that_was_cut_off_is_repeated() -> None:
    """The statement comes first: what is left of the older part is passed over, then removed."""
    world = Days(60)
    names = sorted(world.archive.objects)
    world.archive.locked = frozenset(names)
    removed, locked = world.end()
    assert (0, True) == (removed, locked > 60)
    assert {"begins", "object-unlogged"} == set(world.kinds(3))
    world.archive.locked = frozenset()
    world.now_ms += 40 * DAY_MS
    world.seal()
    assert world.end()[0] > locked
    assert ["begins"] == world.kinds(3)


@pytest.mark.parametrize("lie", ["early", "node", "size", "link", "foreign", "junk"])
def test_a_statement_that_lies_is_no_way_out(lie: str) -> None:
    """Not even for whoever has the sealer's key; what he has not signed is passed over."""
    world = Days(60)
    world.end()
    begin, _ = begin_of(world.archive, world.signer.public)
    assert begin is not None
    point, key = begin.point, begin_key(begin)
    chain = max(point.chains, key=lambda writer: point.chains[writer].expires_at)
    lies = {
        "early": begin._replace(days=32),
        "node": begin._replace(point=point._replace(stack=(bytes(32), *point.stack[1:]))),
        "size": begin._replace(point=point._replace(size=point.size ^ 1)),
        "link": begin._replace(
            point=point._replace(chains={chain: point.chains[chain]._replace(link="A" * 43)})
        ),
    }
    if lie in lies:
        world.archive.objects[key] = sign_begin(lies[lie], world.signer)
    elif lie == "foreign":
        text = world.archive.objects.pop(key).decode().replace("days 30", "days 29")
        world.archive.objects[key] = text.encode()
    else:
        world.archive.objects[key] += b"more"
    found = set(world.kinds(3)) - {"begins"}
    wanted = {
        "early": FindingKind.BEGINS_EARLY,
        "node": FindingKind.MARK_DIFFERS,
        "size": FindingKind.VERSION,
        "link": FindingKind.UNLINKED,
        "foreign": FindingKind.CHECKPOINT_MISSING,
        "junk": FindingKind.CHECKPOINT_MISSING,
    }
    assert wanted[lie].value in found


def test_a_statement_is_read_as_it_is_written() -> None:
    """Every chain, every node."""
    world = Days(60)
    world.end()
    begin, _ = begin_of(world.archive, world.signer.public)
    assert begin is not None
    assert begin == read_begin(begin.text())
    assert isinstance(begin, LogBegin)
    bare = {writer: chain._replace(key="") for writer, chain in begin.point.chains.items()}
    begin = begin._replace(point=begin.point._replace(chains=bare))
    assert begin == read_begin(begin.text())


@pytest.mark.parametrize("key", ["a\nb", "a b", "\xa0", "k" * 1025])
def test_what_a_record_says_of_its_key_begins_no_line_of_a_statement(key: str) -> None:
    """A writer's word for its wrapped key, and the longest expiry, are stated so that all read."""
    world = Days(60)
    world.end()
    begin, _ = begin_of(world.archive, world.signer.public)
    assert begin is not None
    chains = {
        writer: chain._replace(key=key, expires_at=2**53 - 1)
        for writer, chain in begin.point.chains.items()
    }
    said = begin._replace(point=begin.point._replace(chains=chains))
    need_readable(sign_begin(said, world.signer))
    read = read_begin(said.text()).point.chains
    assert {(2**53 - 1, "")} == {(chain.expires_at, chain.key) for chain in read.values()}


def test_nothing_is_removed_for_a_statement_that_nobody_can_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too long, for example: all is as before."""
    world = Days(60)
    before = dict(world.archive.objects)
    monkeypatch.setattr("affidavit_ledger.log_begin.MAX_BEGIN", 100)
    with pytest.raises(LedgerRefusedError):
        world.end()
    assert before == world.archive.objects


def test_a_segment_is_locked_as_long_as_a_record_in_it_demands() -> None:
    """A record of a `hipaa` function under a sealer whose own policy keeps a year."""
    world = World(3, names=["w0"])
    until: list[int] = []
    archive = LettingGo()
    put = archive.put

    def note(key: str, data: bytes, *, retain_until: int) -> None:
        if key.startswith("segments/"):
            until.append((retain_until * 1000 - world.now_ms) // DAY_MS)
        put(key, data, retain_until=retain_until)

    archive.put = note  # type: ignore[method-assign]
    world.archive = archive
    sealer = Sealer(
        archive,
        world.signer,
        Notes(world.workspace, world.signer),
        now_ms=lambda: world.now_ms // 1000 * 1000,
        archive_days=365,
    )
    world.now_ms = world.now_ms // 1000 * 1000
    for policy in (b"test@1", b"hipaa@4"):
        world.emit(world.writers[0])
        entries = [
            entry._replace(body=entry.body.replace(b"test@1", policy))
            for entry in list(world.table.items.values())[-1:]
        ]
        sealer.write_segments(entries, shard="s")
    assert [365, 2192] == until


def test_a_table_alone_does_not_call_expiry_a_crime() -> None:
    """A chain that lost its beginning, which can have expired; not one that cannot have."""
    world = World(3, names=["w0"])
    for _ in range(3):
        world.now_ms += DAY_MS
        world.emit(world.writers[0])
    world.table.remove(next(world.table.writers()), 0)
    found = world.verify(2)
    assert [FindingKind.MISSING] == [finding.kind for finding in found.findings]
    world.now_ms += 98 * DAY_MS
    found = world.verify(2)
    assert (True, [FindingKind.EXPIRED]) == (found.clean, [f.kind for f in found.findings])


@pytest.mark.parametrize("left", [0, 2])
def test_what_has_expired_is_no_alarm_against_saved_heads(left: int, tmp_path: Path) -> None:
    """A whole chain, or its end, whose order of expiry nobody promises; a day earlier it is one."""
    world = World(3, names=["w0"])
    for _ in range(3):
        world.emit(world.writers[0])
    other = world.writer()
    world.now_ms += 40 * 86_400_000
    world.emit(other)
    file = tmp_path / "heads.json"
    save_heads(file, verify_ledger(world.table, world.keys, now_ms=world.now_ms).heads, "now")
    (writer,) = [name for name in world.table.writers() if name.startswith("w0")]
    for seq in world.table.seqs(writer)[left:]:
        world.table.remove(writer, seq)

    def found(after_days: int) -> tuple[bool, set[str]]:
        now_ms = world.now_ms + (after_days - 40) * 86_400_000
        told = verify_ledger(world.table, world.keys, now_ms=now_ms, heads=load_heads(file))
        return told.clean, {one.kind.value for one in told.findings}

    assert (True, {"expired"}) == found(91)
    assert (False, {"tail-missing" if left else "chain-missing"}) == found(89)
    first = re.sub(
        r",\s+[0-9]+(?=\s+\])", "", file.read_text().replace('"format": 2', '"format": 1')
    )
    file.write_text(first)
    assert (False, {"tail-missing" if left else "chain-missing"}) == found(91)
