"""Where a limit lies and what an answer says, exactly: what random mutants went unnoticed in."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit import LedgerKeyError
from affidavit._records.chain import Chain, link
from affidavit.plugin import Entry, Phase, WriterId, canonical_bytes, iso_utc, load_policy, now_ms
from affidavit_ledger import segments
from affidavit_ledger.chain_check import ChainCheck
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.heads import SavedHead
from affidavit_ledger.log_state import FORGET_AFTER_S, RECENT_S, LogState, SealedUpTo
from affidavit_ledger.ocsf import event_of
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.places import checkpoint_key
from affidavit_ledger.push import PushReport
from affidavit_ledger.push_command import _result
from affidavit_ledger.push_file import open_file
from affidavit_ledger.refill import _append
from affidavit_ledger.seal_commands import _between
from affidavit_ledger.session import begin, write_record
from affidavit_ledger.stream import SKEW_S, TableChange, seal_changes
from affidavit_ledger.time_basis import TimeBasis, moment
from affidavit_ledger.verify import Evidence, verify_ledger
from affidavit_ledger.verify_command import _checked
from affidavit_ledger.who import _accesses
from evidence_world import START_MS, World


def _world(records: int = 1) -> World:
    world = World(3, names=["w0"])
    for _ in range(records):
        world.emit(world.writers[0])
    return world


def _changed(entry: Entry, **members: Any) -> Entry:
    """Return an entry whose record says something else; None takes a member out."""
    said = {**json.loads(entry.body), **members}
    body = canonical_bytes({name: value for name, value in said.items() if value is not None})
    return entry._replace(body=body)


# -- Limits ----------------------------------------------------------------------------------


def test_a_segment_is_as_large_as_it_may_be_and_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most three records and ten bytes here, unless one record alone has more."""
    monkeypatch.setattr(segments, "MAX_RECORDS", 3)
    monkeypatch.setattr(segments, "MAX_BYTES", 10)
    for sizes in product((1, 4, 5, 6, 11), repeat=4):
        wanted: list[list[int]] = []
        for size in sizes:
            if not wanted or len(wanted[-1]) == 3 or sum(wanted[-1]) + size > 10:
                wanted.append([])
            wanted[-1].append(size)
        entries = [Entry(WriterId("w"), n, b"x" * size, b"", 0, "") for n, size in enumerate(sizes)]
        batches = list(segments.in_batches(entries))
        assert wanted == [[len(entry.body) for entry in batch] for batch in batches]
        assert entries == [entry for batch in batches for entry in batch]


@pytest.mark.parametrize("late_ms", [0, SKEW_S * 1000, -SKEW_S * 1000])
@pytest.mark.parametrize("beyond_ms", [0, 1])
def test_a_clock_is_wrong_beyond_two_minutes_either_way(late_ms: int, beyond_ms: int) -> None:
    """Not at two minutes."""
    world = _world()
    change = world.table.stream[-1]
    away_ms = late_ms + (beyond_ms if late_ms > 0 else -beyond_ms)
    at = lambda: START_MS + away_ms  # noqa: E731
    told = seal_changes(world.sealer(), [change], shard="s", now_ms=at)
    assert (1, 0, int(abs(away_ms) > 120_000), 0) == told


def test_a_chain_is_forgotten_after_thirty_days_and_a_segment_after_its_time() -> None:
    """To the second; not one of which the table still holds something."""
    state = LogState()
    day_30 = 30 * 86_400
    state.writers = {name: SealedUpTo(1, at) for name, at in (("old", 0), ("new", 1), ("here", 0))}
    state.gaps = {name: [(0, 0)] for name in state.writers}
    state.present, state.recent = {"here"}, {"a": day_30 - RECENT_S, "b": day_30 - RECENT_S + 1}
    state.forget(day_30)

    assert day_30 == FORGET_AFTER_S
    assert ({"new", "here"}, {"new", "here"}) == (set(state.writers), set(state.gaps))
    assert {"b"} == set(state.recent)


@pytest.mark.parametrize(
    ("at_s", "said"),
    [(0, "1970-01-01T00:00:00.000Z"), (1_790_000_000, "2026-09-21T14:13:20.000Z"), (2**63, None)],
)
def test_a_time_that_no_calendar_has_is_said_in_seconds(at_s: int, said: str | None) -> None:
    """Whoever signs can say any."""
    assert (said or str(at_s)) == moment(at_s)


def test_of_those_who_say_when_the_one_who_reaches_further_counts() -> None:
    """Both, if they speak of one checkpoint."""
    nobody, first = TimeBasis(), TimeBasis("a witness", "1", 3)
    second, third = TimeBasis("an authority", "2", 3), TimeBasis("another", "0", 4)

    assert TimeBasis("a witness and an authority", "2", 3) == first.beside(second)
    assert (first, first, nobody) == (
        *(first.beside(nobody), nobody.beside(first)),
        nobody.beside(nobody),
    )
    assert (third, third) == (first.beside(third), third.beside(first))
    one, other = TimeBasis("a witness", "1", 0), TimeBasis("an authority", "2", 0)
    assert TimeBasis("a witness and an authority", "2", 0) == one.beside(other)


def test_what_a_store_says_of_itself_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each damage one."""
    world = _world()
    monkeypatch.setattr(type(world.table), "damage", lambda _: iter(("an index", "a trigger")))
    found = verify_ledger(world.table, world.keys, now_ms=world.now_ms).findings

    assert [(FindingKind.STORE_DAMAGED, "an index"), (FindingKind.STORE_DAMAGED, "a trigger")] == [
        (one.kind, one.place) for one in found
    ]


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_saved_head_is_held_against_the_record_of_its_number(at: int) -> None:
    """Of a table that was written anew by somebody with the keys, nothing else tells."""
    world = _world(3)
    entries = [*world.table.items.values()]
    writer = entries[0].writer
    heads = {writer: SavedHead(at, link(entries[at].body), 2**40)}
    other = {writer: SavedHead(at, "A" * 43, 2**40)}
    kinds = [
        [one.kind for one in verify_ledger(
            world.table, world.keys, now_ms=world.now_ms, heads=told
        ).findings]
        for told in (heads, other)
    ]  # fmt: skip

    assert [[], [FindingKind.HEAD_DIFFERS]] == kinds


# -- One bad row holds nothing up ------------------------------------------------------------


def test_a_row_that_is_no_record_hides_no_access() -> None:
    """Wherever it stands among those that are found."""
    world = _world(3)
    good = [entry for entry in world.table.items.values() if entry.seq]
    bad = good[0]._replace(body=b"{")
    for at in range(4):
        found = _accesses(world.table, [*good[:at], bad, *good[at:]])
        assert [1, 2, 3] == [int(access.record.document["seq"]) for access in found]


def test_sealing_by_hand_leaves_out_what_is_no_record_and_what_is_not_of_the_days() -> None:
    """From the first moment on, and before the last."""
    world = _world(0)
    for _ in range(4):
        world.emit(world.writers[0])
        world.now_ms += 1000
    (writer,) = world.table.writers()
    entries = list(world.table.entries(writer))
    world.table.items[writer, 2] = entries[2]._replace(seq=2, mac=b"short")
    found = _between(world.ledger, entries[1].at, entries[4].at)

    assert [0, 1, 3] == [entry.seq for entry in found]  # the first record is of that moment, too


@pytest.mark.parametrize(("origin", "refused"), [("example.org/ledger", True), ("else", False)])
def test_another_keys_checkpoint_is_refused_if_it_is_of_this_log(
    origin: str, refused: bool
) -> None:
    """Junk in its place holds nothing up."""
    world, other = _world(), World(99)
    world.seal()
    note = world.archive.objects[checkpoint_key(0)].decode()
    other.archive.objects[checkpoint_key(0)] = note.replace(world.signer.name, origin).encode()
    if refused:
        with pytest.raises(LedgerKeyError, match="not this log's"):
            other.sealer().load_state()
    else:
        assert 1 == other.sealer().load_state().index


def test_a_late_record_is_held_against_the_late_one_before_it() -> None:
    """Without keys: links alone say it, whichever of them comes first."""
    world = _world(5)
    (writer,) = world.table.writers()
    entries = dict(enumerate(world.table.entries(writer)))
    lying = _changed(entries[3], prev="B" * 43)
    for late in ((2, 3), (3, 2)):
        check = ChainCheck(writer, None, OpenInvocations())
        found = []
        for seq in (0, 1, 4, 5, *late):
            entry = lying if seq == 3 else entries[seq]
            found += [(f.kind, f.seq) for f in check.check(seq, entry.body, entry.mac)]
        found += [(f.kind, f.seq) for f in check.finish()]
        # The one after it names the record that was there before.
        assert sorted([(FindingKind.UNLINKED, 3), (FindingKind.UNLINKED, 4)]) == sorted(found)


# -- What is said, whole -----------------------------------------------------------------------


def test_a_round_of_pushing_says_what_it_did() -> None:
    """And ends with 1 if anything was left out or found."""
    nothing = _result(PushReport())
    assert ((*nothing.notes,), nothing.exit_code, nothing.rows) == (
        ("0 event(s) pushed.", "Nothing is sealed that this key has signed."),
        *(0, []),
    )
    finding = EvidenceFinding(kind=FindingKind.ALTERED, writer="w", seq=7)
    sealed_at = iso_utc(now_ms() - 90_000)
    left = _result(PushReport("o", sealed_at, 5, ["segments/a", "segments/b"], []))
    found = _result(PushReport("o", sealed_at, 5, [], [finding]))

    assert left.data["lag_s"] in {90, 91}
    assert (1, 1) == (left.exit_code, found.exit_code)
    assert "2 could not be: missing, or not what was signed." == left.notes[2]
    assert "The log has findings. Run affidavit verify." == found.notes[2]
    assert ([("altered", "w/7")], 3, 3) == (found.rows, len(left.notes), len(found.notes))


def test_files_of_other_names_are_not_removed_with_the_oldest(tmp_path: Path) -> None:
    """A number at the end does not make a file one of ours."""
    foreign = tmp_path / "other.000001"
    foreign.write_text("mine")
    target = open_file(urlsplit(f"file://{tmp_path}/events.ndjson?size=10&keep=1"))
    for number in range(4):
        target.send([{"number": number}])

    assert "mine" == foreign.read_text()
    assert {"events.ndjson", "events.ndjson.000003", "other.000001"} == {
        path.name for path in tmp_path.iterdir()
    }


def test_what_is_pushed_to_a_file_is_on_the_disk_before_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut takes what is never sent again."""
    synced: list[int] = []
    sync = lambda handle: synced.append(os.fstat(handle).st_size)  # noqa: E731
    monkeypatch.setattr("affidavit_ledger.push_file.os.fsync", sync)
    target = open_file(urlsplit(f"file://{tmp_path}/events.ndjson"))
    target.send([{"number": 1}])
    target.send([{"number": 2}])

    assert [14, 28] == synced


def test_what_an_event_says_that_ocsf_has_no_place_for() -> None:
    """A failed change on somebody's behalf, with everything that a record can say of it."""
    world = _world()
    *_, entry = world.table.items.values()
    said = json.loads(entry.body)
    changes = {
        "cls": "phi",
        "why": "care",
        "rcpt": "r" * 32,
        "ten": "north",
        "obj": "charts",
        "chg": [{"f": "x"}],
        "out": {"s": "deny", "code": 403, "err": "forbidden"},
        "actor": {**said["actor"], "obo": "o" * 32},
    }
    event: Any = event_of(_changed(entry, **changes))
    kept = ("severity_id", "status_id", "status", "status_code", "status_detail", "activity_id")

    assert {
        "chain_uid": entry.writer,
        "data_class": "phi",
        "known_by": "asserted",
        "on_behalf_of": "o" * 32,
        "policy": "test@1",
        "purpose": "care",
        "recipient": "r" * 32,
    } == event["unmapped"]
    assert (2, 2, "deny", "403", "forbidden", 3) == tuple(event[name] for name in kept)
    assert ("north", [{"uid": entry.subject, "type": "charts"}]) == (
        event["metadata"]["tenant_uid"],
        event["resources"],
    )
    opening: Any = event_of(_changed(entry, ph="I", out=None, q=None, subj=None, obj="charts"))
    assert (1, 0, 99) == tuple(
        opening[name] for name in ("severity_id", "status_id", "activity_id")
    )
    assert [{"name": "charts", "type": "charts"}] == opening["resources"]
    assert not {"status", "status_code", "status_detail"} & opening.keys()


def test_a_commands_own_record_says_who_what_and_until_when() -> None:
    """Kept as long as any record of the policy; an erasure as long as the archive."""
    session, world = begin({"AFFIDAVIT_POLICY": "hipaa"}), World(3)
    kept = load_policy("hipaa").retention
    assert kept.hot_days < kept.archive_days
    for archived, days in ((False, kept.hot_days), (True, kept.archive_days)):
        before = now_ms()
        write_record(session, world.ledger, "LEDGER_LOOK", resource="charts", archived=archived)
        told = [
            (json.loads(entry.body), json.loads(opened.body))
            for writer in world.table.writers()
            for opened, entry in [tuple(world.table.entries(writer))]
        ]
        said, first = max(told, key=lambda both: both[0]["exp"])
        assert before // 1000 + days * 86_400 <= said["exp"] <= now_ms() // 1000 + days * 86_400
        assert ("LEDGER_LOOK", "charts", "asserted", "D") == (
            *(said["act"], said["obj"], said["actor"]["auth"]),
            said["ph"],
        )
        assert said["pol"] == first["pol"]
        assert first["pol"].startswith("hipaa@")
        assert first["lib"].startswith("affidavit ")
        assert ("affidavit-cli", "cli") == (said["src"]["fn"], said["src"]["via"])


def test_what_was_looked_at_is_named_and_nothing_else(tmp_path: Path) -> None:
    """An archive that is set and was left out is not said to have been checked."""
    table, archive = f"sqlite:///{tmp_path}/a.db", f"file://{tmp_path}/archive"
    session = begin({"AFFIDAVIT_LEDGER": table, "AFFIDAVIT_ARCHIVE": archive})
    world = _world()
    world.seal()
    with_both = Evidence(reader=world.table, archive=world.archive)
    assert f"Checked: the table {table}, the archive {archive}." == _checked(with_both, session)
    assert f"Checked: the table {table}." == _checked(with_both._replace(archive=None), session)
    assert f"Checked: the archive {archive}." == _checked(with_both._replace(reader=None), session)


def test_a_verdict_has_exactly_these_members() -> None:
    """Programs read them; a table alone is not sealed by anything."""
    world = _world(2)
    chain: Chain = world.writers[0]
    world.emit(chain, phase=Phase.INTENT)
    told = verify_ledger(world.table, world.keys, now_ms=world.now_ms).json()

    assert {
        "verdict": "clean",
        "clean": True,
        "chains": 1,
        "records": 4,
        "sealed": 0,
        "since": "",
        "read_again": 0,
        "checkpoints": 0,
        "running": 1,
        "macs_checked": True,
        "counts": {},
        "findings": [],
        "time": {"who": "the sealer's clock alone", "at": "", "checkpoint": -1},
    } == told


def test_a_change_without_a_new_record_is_none() -> None:
    """A deletion by expiry of what was sealed leaves nothing behind."""
    world = _world()
    world.seal()
    (writer,) = world.table.writers()
    old = world.table.items[writer, 1]._replace(expires_at=0)
    short = _changed(old, exp=world.now_ms // 1000)
    kept = TableChange("REMOVE", None, short, by_expiry=True)
    early = TableChange("REMOVE", None, old, by_expiry=True)
    told = [
        seal_changes(world.sealer(), [change], shard="s", now_ms=lambda: world.now_ms)
        for change in (kept, early)
    ]
    assert [(0, 0, 0, 0), (0, 1, 0, 0)] == told


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_what_is_filled_in_is_counted_by_what_becomes_of_it(at_once: int) -> None:
    """Once each, in portions that the store takes; what expires now has expired."""
    world, there = _world(6), World(3)
    (writer,) = world.table.writers()
    entries = list(world.table.entries(writer))
    now_s = world.now_ms // 1000
    entries[5] = entries[5]._replace(expires_at=now_s)
    entries[6] = entries[6]._replace(expires_at=now_s + 1)
    there.table.items[writer, 1], there.table.batch_limit = entries[1], at_once
    bad = entries[2]._replace(mac=b"short")
    told = _append([entries[:3], [bad], entries[2:]], there.table, there.table, now_s)

    assert {"added": 5, "there": 2, "expired": 1, "left": 1} == told._asdict()
    assert [0, 1, 2, 3, 4, 6] == there.table.seqs(writer)
