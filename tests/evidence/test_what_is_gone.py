"""What is gone, lawfully or not, and what is compared with whom: each rule at its edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit.plugin import Phase, WriterId, iso_utc
from affidavit_ledger.archive_check import ArchiveFacts, SealedChain
from affidavit_ledger.chain_leap import LeapingChain
from affidavit_ledger.chain_point import ChainPoint
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.gateway_requests import Requests, reconcile
from affidavit_ledger.heads import SavedHead, against_heads, heads_of
from affidavit_ledger.log_check import day_after
from affidavit_ledger.notes import Checkpoint
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.record_days import days_of, longest_days, policies_of
from affidavit_ledger.segments import Manifest
from affidavit_ledger.table_check import CHAIN_S, expired, late_genesis, sealed_by
from evidence_world import World

K = FindingKind


def _chain(world: World, writer: WriterId, watch: int | None = None) -> SealedChain:
    chain = LeapingChain(writer, world.keys, OpenInvocations(), watch=watch)
    for entry in world.table.entries(writer):
        assert [] == list(chain.check(entry.seq, entry.body, entry.mac, entry))
    return SealedChain(chain, expires_at=77)


def test_what_a_saved_head_knows_is_held_against_what_is_there() -> None:
    """A chain, its end, the record at the head; what has expired is a notice."""
    world = World(3, names=["w0"])
    for _ in range(2):
        world.emit(world.writers[0])
    (writer,) = world.table.writers()
    facts = ArchiveFacts(writers={writer.encode(): _chain(world, writer, watch=1)})
    (seq, link, expires_at) = heads_of(facts)[writer]
    watched = facts.writers[writer.encode()].chain.watched
    assert (2, 77, 43) == (seq, expires_at, len(link))
    assert watched is not None

    def found(head: SavedHead, name: str = writer) -> list[tuple[FindingKind, str, int, int]]:
        told = against_heads(facts, {name: head}, 50)
        return [(one.kind, one.writer, one.seq, one.count) for one in told]

    assert [] == found(SavedHead(1, watched, 0))
    assert [(K.HEAD_DIFFERS, writer, 1, 1)] == found(SavedHead(1, "other", 0))
    assert [(K.TAIL_MISSING, writer, 3, 1)] == found(SavedHead(3, link, 0))
    assert [(K.TAIL_MISSING, writer, 3, 3)] == found(SavedHead(5, link, 51))
    assert [(K.EXPIRED, writer, 3, 3)] == found(SavedHead(5, link, 50))
    assert [(K.CHAIN_MISSING, "gone", 0, 6)] == found(SavedHead(5, link, 0), "gone")
    assert [(K.EXPIRED, "gone", 0, 1)] == found(SavedHead(0, link, 1), "gone")
    facts.writers[b"empty"] = SealedChain(LeapingChain(WriterId("empty"), None, OpenInvocations()))
    assert [(K.CHAIN_MISSING, "empty", 0, 1)] == found(SavedHead(0, link, 0), "empty")
    assert {writer} == heads_of(facts).keys()


@pytest.mark.parametrize(
    ("seq", "first", "late_s", "kind"),
    [
        (0, CHAIN_S + 9, 9, K.EXPIRED),
        (0, CHAIN_S + 9, 8, K.MISSING),
        (1, CHAIN_S + 9, 9, K.MISSING),
        (0, 0, 9, K.MISSING),
    ],
)
def test_the_beginning_of_a_chain_may_have_expired_a_week_before_the_rest(
    seq: int, first: int, late_s: int, kind: FindingKind
) -> None:
    """To the second; nothing else of it may."""
    chain = LeapingChain(WriterId("w"), None, OpenInvocations())
    facts = ArchiveFacts(writers={b"w": SealedChain(chain, expires_at=first)})
    finding = EvidenceFinding(kind=K.MISSING, writer="w", seq=seq, count=2)
    (told,) = expired(facts, [finding], late_s * 1000 + 999)
    assert (kind, seq, 2) == (told.kind, told.seq, told.count)
    (told,) = expired(ArchiveFacts(), [finding], 10**15)
    assert K.MISSING is told.kind


def test_a_first_record_that_only_the_table_has_opens_its_chain() -> None:
    """If a segment holds a later one, and no earlier check has seen it."""
    world = World(3, names=["w0"])
    world.emit(world.writers[0])
    (writer,) = world.table.writers()
    body = world.table.items[writer, 0].body

    def manifest(first: int) -> Manifest:
        return Manifest("segment", "k", 1, 1, "", "", {writer: (first, 9, 1)})

    point = {writer: ChainPoint(1, "", "", 0)}
    assert {} == late_genesis(None, [manifest(1)], {})
    assert {} == late_genesis(world.table, [manifest(0)], {})
    assert {} == late_genesis(world.table, [manifest(1), manifest(0)], {})
    assert {} == late_genesis(world.table, [manifest(1)], point)
    assert {writer: body} == late_genesis(world.table, [manifest(2), manifest(1)], {})
    del world.table.items[writer, 0]
    assert {} == late_genesis(world.table, [manifest(1)], {})


@pytest.mark.parametrize(
    ("time", "until"),
    [
        ("2026-01-23T12:05:00.999Z", "2026-01-23T12:00:00.000Z"),
        ("0001-01-01T00:01:00.000Z", ""),
        (None, ""),
    ],
)
def test_what_is_five_minutes_older_than_a_checkpoint_must_be_sealed(
    time: str | None, until: str
) -> None:
    """By its second."""
    newest = None if time is None else Checkpoint("o", 0, bytes(32), time, "-")
    assert until == sealed_by(newest)


@pytest.mark.parametrize(
    ("time", "name"),
    [("", ""), ("2026-01-23T12:05:00.999Z", "segments/2026/01/23/~")],
)
def test_segments_of_later_days_are_listed_behind_a_name(time: str, name: str) -> None:
    """All of a day lie before its tilde."""
    assert name == day_after(time)


def test_requests_are_compared_on_both_sides() -> None:
    """Of records that a gateway has sent, and of no others; by whoever has read them."""
    requests = Requests(frozenset({"a", "b", "c"}))
    requests.take(b'{"req":"a","src":{"via":"apigw.v1"}}', "w/1")
    requests.take(b'{"req":"b","src":{"via":"sqs"}}', "w/2")
    requests.take(b'{"req":"x","src":{"via":"apigw.v2"}}', "w/3")
    requests.take(b'{"req":"x","src":{"via":"apigw.v2"}}', "w/4")
    other = Requests(requests.wanted)
    other.take(b'{"req":"c","src":{"via":"apigw.v1"}}', "v/1")
    other.take(b'{"req":"y","src":{"via":"apigw.v1"}}', "v/2")
    requests.join(other)
    assert [
        (K.REQUEST_UNRECORDED, "b", 1),
        (K.RECORD_UNREQUESTED, "x at w/3", 1),
        (K.RECORD_UNREQUESTED, "y at v/2", 1),
    ] == [(one.kind, one.place, one.count) for one in reconcile(requests)]
    nobody = Requests()
    nobody.take(b'{"req":"a","src":{"via":"apigw.v1"}}', "w/1")
    assert (Requests(), []) == (nobody, list(reconcile(nobody)))


def test_a_record_is_kept_as_long_as_its_policy_demands() -> None:
    """Of several the longest; one that nobody here knows counts as nothing."""
    bodies = [b'{"pol":"hipaa@6#x"}', b'{"pol":"baseline@6"}', b"{}", b'{"pol":"Own@1"}']
    assert {"hipaa", "baseline"} == policies_of(bodies)
    assert (2192, 365, None) == tuple(map(days_of, ("hipaa", "baseline", "own")))
    world = World(3, names=["w0"])
    world.emit(world.writers[0])
    (first, entry) = world.table.items.values()
    assert 0 == longest_days([])
    assert 0 == longest_days([first, entry])
    known = [entry._replace(body=body) for body in bodies]
    assert (2192, 365) == (longest_days(known), longest_days(known[1:]))


def test_an_invocation_may_run_for_fifteen_minutes() -> None:
    """To the millisecond; then it counts as one that never ended."""
    world = World(3, names=["w0"])
    world.emit(world.writers[0], phase=Phase.INTENT)
    for late_ms, running, found in ((900_000, 1, 0), (900_001, 0, 1)):
        told = world.verify(2, now_ms=world.now_ms + late_ms)
        assert (running, found) == (told.running, len(told.findings))
        assert {K.UNCLOSED} >= {one.kind for one in told.findings}
    (one,) = told.findings
    assert (1, 1, 32) == (one.seq, one.count, len(one.event))


@pytest.mark.parametrize(("late_ms", "stale"), [(0, 0), (1, 1)])
def test_a_checkpoint_may_be_two_minutes_old(late_ms: int, stale: int, tmp_path: Path) -> None:
    """To the millisecond, unless somebody says otherwise."""
    world = World(3, names=["w0"])
    world.emit(world.writers[0])
    world.seal()
    told = world.verify(3, now_ms=world.now_ms + 120_000 + late_ms)
    assert stale == len(told.findings)
    if stale:
        assert (K.CHECKPOINT_STALE, iso_utc(world.now_ms)) == (
            *(told.findings[0].kind, told.findings[0].place),
        )
    assert [] == world.verify(3, now_ms=world.now_ms + 10**9, max_age_s=None).findings
