"""Promise: changing, moving, inserting or removing a record is found and named."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit import LedgerUnavailableError
from affidavit._canonical import canonical_bytes
from affidavit._records.chain import link
from affidavit._records.local_keys import LocalKeys
from affidavit.plugin import Entry, Ledger, WriterId
from affidavit.testing import FakeClock, MemoryStore, make_runtime, memory_ledger, run
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.heads import Heads
from affidavit_ledger.verify import VerificationResult, verify_ledger

LATER_MS = 1_769_169_600_000 + 3_600_000


def _world(seed: int) -> tuple[Ledger, MemoryStore]:
    """An honest ledger: several writers, lost acknowledgements, faults, forks."""
    rng = random.Random(seed)  # noqa: S311 - a world, not a key
    store = MemoryStore()
    ledger = memory_ledger(store)
    clock = FakeClock()
    handler = my.handler_of(my.BEHAVIOURS[3])

    def fault(_: Any) -> None:
        if rng.random() < 0.15:
            raise LedgerUnavailableError("down", why="planted", fix="none")

    store.before = store.after = fault
    for _ in range(rng.randint(1, 3)):
        bench = make_runtime(
            ledger=ledger, sources=[my.sources()], clock=clock.clock()._replace(new_id=_ids(rng))
        )
        for number in range(rng.randint(1, 5)):
            clock.forward(7)
            try:
                run(handler, {"id": f"S{number}", "who": f"w{number % 2}"}, bench)
            except Exception:  # noqa: BLE001 - withheld; the ledger goes on
                pass
    store.before = store.after = None
    return ledger, store


def _ids(rng: random.Random) -> Callable[[], str]:
    return lambda: f"{rng.getrandbits(88):022x}"


def _verify(
    ledger: Ledger, heads: Heads | None = None, *, keyed: bool = True
) -> VerificationResult:
    keys = ledger.keys if keyed else None
    return verify_ledger(ledger.reader, keys, now_ms=LATER_MS, heads=heads)


@given(seed=st.integers(0, 10**9))
def test_an_honest_ledger_is_clean(seed: int) -> None:
    """Faults, retries and lost acknowledgements are not tampering."""
    ledger, _ = _world(seed)
    verdict = _verify(ledger)

    assert verdict.clean, verdict.findings
    assert {FindingKind.UNCLOSED} >= {finding.kind for finding in verdict.findings}
    assert _verify(ledger, verdict.heads).clean


def _flip(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


Attack = Callable[[dict[Any, Entry], Any, random.Random], "set[FindingKind] | None"]


def _body(items: dict[Any, Entry], key: Any, rng: random.Random) -> set[FindingKind]:
    items[key] = items[key]._replace(body=_flip(items[key].body, rng))
    return {FindingKind.ALTERED, FindingKind.UNREADABLE, FindingKind.FOREIGN_KEY}


def _mac(items: dict[Any, Entry], key: Any, rng: random.Random) -> set[FindingKind]:
    items[key] = items[key]._replace(mac=_flip(items[key].mac, rng))
    return {FindingKind.ALTERED}


def _remove(items: dict[Any, Entry], key: Any, _: random.Random) -> set[FindingKind] | None:
    if (key[0], key[1] + 1) not in items:
        return None  # the newest one of its chain: that takes a saved head
    del items[key]
    return {FindingKind.MISSING}


def _rewrite(items: dict[Any, Entry], key: Any, _: random.Random) -> set[FindingKind] | None:
    """Rewrite a record and every link after it, as somebody without the key can."""
    import json

    prev = None
    for seq in range(key[1], 10**6):
        entry = items.get((key[0], seq))
        if entry is None:
            return {FindingKind.ALTERED}
        document = json.loads(entry.body)
        document["act" if prev is None else "prev"] = "INNOCENT" if prev is None else prev
        body = canonical_bytes(document)
        prev = link(body)
        items[key[0], seq] = entry._replace(body=body)
    return None


def _swap(items: dict[Any, Entry], key: Any, _: random.Random) -> set[FindingKind] | None:
    other = (key[0], key[1] + 1)
    if other not in items:
        return None
    one, two = items[key], items[other]
    items[key], items[other] = two._replace(seq=one.seq), one._replace(seq=two.seq)
    return {FindingKind.ALTERED} if key[1] else {FindingKind.FOREIGN_KEY}


def _forge(items: dict[Any, Entry], key: Any, _: random.Random) -> set[FindingKind]:
    last = max(seq for writer, seq in items if writer == key[0])
    entry = items[key[0], last]
    items[key[0], last + 1] = entry._replace(seq=last + 1)
    return {FindingKind.ALTERED}


def _foreign(items: dict[Any, Entry], key: Any, _: random.Random) -> set[FindingKind]:
    """Replay a whole chain under another writer's name."""
    other = WriterId("z" * 22)
    for writer, seq in list(items):
        if writer == key[0]:
            items[other, seq] = items[writer, seq]._replace(writer=other)
    return {FindingKind.FOREIGN_KEY}


def _index(items: dict[Any, Entry], key: Any, rng: random.Random) -> set[FindingKind]:
    change: Any = rng.choice(
        [{"expires_at": 1}, {"actor": "f" * 32}, {"subject": "f" * 32}, {"at": "2020"}]
    )
    items[key] = items[key]._replace(**change)
    return {FindingKind.INDEX_DIFFERS}


ATTACKS: tuple[Attack, ...] = (
    _body,
    _mac,
    _remove,
    _rewrite,
    _swap,
    _forge,
    _foreign,
    _index,
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.strip("_"))
@given(seed=st.integers(0, 10**9), data=st.data())
def test_every_change_is_found_and_named(attack: Attack, seed: int, data: st.DataObject) -> None:
    """One hostile change anywhere gives a finding of the right kind."""
    ledger, store = _world(seed)
    if not store.items:
        return
    before = {(f.kind, f.where) for f in _verify(ledger).findings}
    key = data.draw(st.sampled_from(sorted(store.items)))
    expected = attack(store.items, key, random.Random(seed))  # noqa: S311
    if expected is None:
        return
    verdict = _verify(ledger)
    found = [f for f in verdict.findings if (f.kind, f.where) not in before]

    assert not verdict.clean
    assert expected & {finding.kind for finding in found}
    if attack is _remove:
        # What follows a gap is checked under the key as it then was.
        assert {FindingKind.MISSING, FindingKind.UNCLOSED} >= {finding.kind for finding in found}
    if attack in {_body, _mac, _rewrite, _index}:
        first = min(f.seq for f in found if f.writer == key[0] and f.kind in expected)
        assert key[1] == first, "the finding names the record that was changed"


@given(seed=st.integers(0, 10**9), count=st.integers(1, 5))
def test_removing_the_newest_records_needs_a_head_to_show(seed: int, count: int) -> None:
    """Against saved heads, the number of missing records is exact; without, nothing is said."""
    ledger, store = _world(seed)
    if not store.items:
        return
    heads = _verify(ledger).heads
    writer = min(heads)
    seqs = sorted(seq for w, seq in store.items if w == writer)
    gone = seqs[-count:]
    for seq in gone:
        del store.items[writer, seq]

    assert not [
        f
        for f in _verify(ledger).findings
        if f.writer == writer and f.kind in {FindingKind.TAIL_MISSING, FindingKind.CHAIN_MISSING}
    ]
    found = [
        f
        for f in _verify(ledger, heads).findings
        if f.kind in {FindingKind.TAIL_MISSING, FindingKind.CHAIN_MISSING}
    ]
    assert [len(gone)] == [finding.count for finding in found]
    assert [gone[0]] == [finding.seq for finding in found]


@given(seed=st.integers(0, 10**9))
def test_replacing_a_chain_by_another_consistent_one(seed: int) -> None:
    """Even with the key: a head that was saved is not the head that is there."""
    ledger, store = _world(seed)
    heads = _verify(ledger).heads
    other, other_store = _world(seed + 1)
    if not heads or not other_store.items:
        return
    store.items.clear()
    store.items.update(other_store.items)
    swapped = other._replace(reader=store)

    assert _verify(swapped).clean
    assert not _verify(swapped, heads).clean


def test_a_consistent_rewrite_under_the_very_key_differs_from_its_saved_head() -> None:
    """Somebody with the key file can write a chain that verifies; not one that was saved."""
    secret = bytes(range(32))

    def world(subject: str) -> tuple[Ledger, MemoryStore]:
        store = MemoryStore()
        ledger = Ledger(store=store, keys=LocalKeys(secret), reader=store)
        bench = make_runtime(ledger=ledger, clock=FakeClock().clock())
        run(my.handler_of(my.BEHAVIOURS[0]), {"id": subject, "who": "w"}, bench)
        return ledger, store

    ledger, _ = world("S1")
    heads = _verify(ledger).heads
    forged, _ = world("S2")

    assert _verify(forged).clean
    assert [FindingKind.HEAD_DIFFERS] == [f.kind for f in _verify(forged, heads).findings]


def test_without_the_key_links_still_show() -> None:
    """An outsider without the key sees a broken link, and is told what he cannot see."""
    ledger, store = _world(7)
    key = sorted(store.items)[1]
    store.items[key] = store.items[key]._replace(
        body=store.items[key].body.replace(b"things", b"thingz")
    )
    verdict = _verify(ledger, keyed=False)

    assert not verdict.keyed
    assert FindingKind.UNLINKED in {finding.kind for finding in verdict.findings}


def test_every_bit_of_a_small_ledger_counts() -> None:
    """Exhaustive: no bit of any body or MAC can be changed unnoticed."""
    ledger, store = _world(3)
    missed = []
    for key in sorted(store.items)[:4]:
        entry = store.items[key]
        for part in ("body", "mac"):
            data: bytes = getattr(entry, part)
            for place in range(len(data)):
                for bit in (0, 5):
                    changed = bytes([data[place] ^ (1 << bit)])
                    new: Any = {part: data[:place] + changed + data[place + 1 :]}
                    store.items[key] = entry._replace(**new)
                    if _verify(ledger).clean:
                        missed.append((key, part, place, bit))
        store.items[key] = entry

    assert [] == missed
