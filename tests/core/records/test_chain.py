"""One writer's chain: places, links, keys that are forgotten, and what a failure leaves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import (
    LedgerConflictError,
    LedgerKeyError,
    LedgerRefusedError,
    LedgerUnavailableError,
)
from affidavit._canonical import is_canonical
from affidavit._records.accesses import Change
from affidavit._records.chain import MAX_AGE_MS, Chain, first_link
from affidavit._records.corrections import MAX_OWED, PORTION
from affidavit._records.record import Outcome, Phase, Status
from affidavit._types import Token
from affidavit.plugin import ChainKey, Entry, Ledger, Spilled
from affidavit.testing import FakeClock, MemoryStore, memory_ledger
from drafts import ACTOR, AT, EXPIRES, SUBJECT, draft

ABOUT = {"env": "local", "lib": "affidavit 0", "pol": "baseline@1#0"}
TIMEOUT_S = 5.0


class Faults:
    """Raises what a plan says, one word per append."""

    def __init__(self, *plan: str) -> None:
        self.plan = list(plan)
        self.now = ""

    def before(self, _: Sequence[Entry]) -> None:
        self.now = self.plan.pop(0) if self.plan else "ok"
        if self.now == "refuse":
            raise LedgerUnavailableError("down", why="planted", fix="none")
        if self.now == "crash":
            raise ConnectionResetError("hunter2")
        if self.now == "conflict":
            raise LedgerConflictError("taken", why="planted", fix="none")

    def after(self, _: Sequence[Entry]) -> None:
        if self.now == "lose":
            raise LedgerUnavailableError("no acknowledgement", why="planted", fix="none")


class Bench:
    """A chain over a store in memory, and what stands in it."""

    def __init__(self, *plan: str, ledger: Ledger | None = None) -> None:
        faults = Faults(*plan)
        self.store = MemoryStore(before=faults.before, after=faults.after)
        self.faults = faults
        self.clock = FakeClock()
        self.ledger = ledger or memory_ledger(self.store)
        self.chain = Chain(self.ledger, self.clock.clock(), ABOUT, hot_days=30)

    def append(self, attempt: str = "attempt", phase: Phase = Phase.INTENT) -> Entry:
        return self.chain.append(draft(phase, attempt), timeout_s=TIMEOUT_S)

    def try_append(self, attempt: str = "attempt", phase: Phase = Phase.INTENT) -> bool:
        try:
            self.append(attempt, phase)
        except LedgerUnavailableError:
            return False
        return True

    def owe(self, attempt: str) -> None:
        self.chain.owe(draft(Phase.WITHHELD, attempt))

    @property
    def told(self) -> list[str]:
        """Phase and attempt of every record, chain by chain in order of writing."""
        found = []
        for key in sorted(self.store.items):
            said = json.loads(self.store.items[key].body)
            found.append(said["ph"] + said.get("att", ""))
        return found


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _recompute(bench: Bench, writer: Any) -> None:
    """Check a whole chain with nothing of ours but the first key."""
    entries = list(bench.store.entries(writer))
    wrapped = json.loads(entries[0].body)["ek"]
    key, prev = bench.ledger.keys.open_chain_key(writer, wrapped), "A" * 43
    for seq, entry in enumerate(entries):
        said = json.loads(entry.body)
        assert (seq, seq) == (entry.seq, said["seq"])
        assert writer == said["wid"]
        assert prev == said["prev"]
        assert hmac.new(key, entry.body, hashlib.sha256).digest()[:16] == entry.mac
        assert is_canonical(entry.body)
        prev = _base64url(hashlib.sha256(entry.body).digest())
        key = hashlib.sha256(b"affidavit evolve 1\x00" + key).digest()


@given(count=st.integers(1, 12))
def test_records_are_numbered_linked_and_sealed(count: int) -> None:
    """Recomputed here from the specification: numbers, hashes, keys that evolve."""
    bench = Bench()
    for number in range(count):
        bench.append(f"a{number}")
    (writer,) = bench.store.writers()

    _recompute(bench, writer)
    assert ["G", *[f"Ia{number}" for number in range(count)]] == bench.told


def test_a_record_can_be_found_by_what_its_body_says() -> None:
    """What a store indexes and expires repeats the body."""
    entry = Bench().append()
    said = json.loads(entry.body)

    assert (AT, EXPIRES, ACTOR, SUBJECT) == (
        entry.at,
        entry.expires_at,
        entry.actor,
        entry.subject,
    )
    assert (AT, EXPIRES, ACTOR, SUBJECT) == (
        said["ts"],
        said["exp"],
        said["actor"]["id"],
        said["subj"],
    )


def test_the_first_record_says_who_writes_and_under_which_key() -> None:
    """Everything a verifier starts from; it outlives the last record that needs its key."""
    bench = Bench()
    entry = bench.append()
    genesis = next(bench.store.entries(entry.writer))
    said = json.loads(genesis.body)
    now_s = bench.clock.start_ms // 1000

    assert ABOUT.items() <= said.items()
    own = {"ck", "ek", "exp", "ph", "prev", "salts", "seq", "tk", "ts", "v", "wid"}
    assert own | ABOUT.keys() == said.keys()
    assert ("G", 0, first_link(), 1) == (said["ph"], said["seq"], said["prev"], said["v"])
    assert now_s + 30 * 86_400 + 14 * 86_400 == said["exp"] == genesis.expires_at
    assert (None, None) == (genesis.actor, genesis.subject)


def test_nothing_happens_before_the_first_record() -> None:
    """A SnapStart image must not hold a writer's key."""

    class NoKeys:
        def new_chain_key(self, _: Any) -> ChainKey:
            raise AssertionError("asked for a key")

        def open_chain_key(self, _: Any, __: str) -> bytes:
            raise AssertionError

        def token_key(self) -> Any:
            raise AssertionError

    store = MemoryStore()
    ledger = Ledger(store=store, keys=NoKeys(), reader=store)
    Bench(ledger=ledger).owe("a")

    assert {} == store.items


def test_old_keys_are_forgotten() -> None:
    """Whoever reads the memory tomorrow cannot rewrite what was written today."""
    bench = Bench()
    entry = bench.append("first")
    (genesis, _) = bench.store.entries(entry.writer)
    first = bench.ledger.keys.open_chain_key(entry.writer, json.loads(genesis.body)["ek"])
    second = hashlib.sha256(b"affidavit evolve 1\x00" + first).digest()
    held = bench.chain._head

    assert held is not None
    assert held.key not in {first, second}
    assert hashlib.sha256(b"affidavit evolve 1\x00" + second).digest() == held.key


def test_a_lost_acknowledgement_is_settled_with_the_same_bytes() -> None:
    """The next append sends again what may be there already, and goes on behind it."""
    bench = Bench("ok", "lose")
    bench.append("one")
    assert not bench.try_append("two")
    kept = dict(bench.store.items)

    bench.append("three")

    assert ["G", "Ione", "Itwo", "Ithree"] == bench.told
    assert kept.items() <= bench.store.items.items()
    _recompute(bench, next(bench.store.writers()))


def test_a_refused_record_keeps_its_place() -> None:
    """It may have been kept for all we know; only asking again tells."""
    bench = Bench("ok", "refuse", "refuse")
    bench.append("one")

    assert [False, False, True] == [bench.try_append(name) for name in ("two", "three", "four")]
    assert ["G", "Ione", "Itwo", "Ifour"] == bench.told


def test_a_first_record_that_is_lost_is_still_the_first() -> None:
    """Genesis and record travel together, and are sent again together."""
    bench = Bench("refuse", "lose")

    assert [False, False, True] == [bench.try_append(name) for name in ("one", "two", "three")]
    assert ["G", "Ione", "Ithree"] == bench.told
    assert 1 == len(list(bench.store.writers()))


def _chains(bench: Bench) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for writer in bench.store.writers():
        said = [json.loads(entry.body) for entry in bench.store.entries(writer)]
        found[writer] = [record["ph"] + record.get("att", "") for record in said]
    return found


def test_a_conflict_opens_another_chain_that_names_the_first() -> None:
    """Two processes with one memory image: the one that comes second steps aside."""
    bench = Bench("ok", "conflict")
    first = bench.append("one")
    second = bench.append("two")
    genesis = json.loads(next(bench.store.entries(second.writer)).body)

    assert first.writer != second.writer
    assert first.writer == genesis["fork"]
    assert 1 == bench.chain.forks
    assert {first.writer: ["G", "Ione"], second.writer: ["G", "Itwo"]} == _chains(bench)
    _recompute(bench, second.writer)


def test_a_fork_is_named_once() -> None:
    """A chain that is opened later for another reason is nobody's fork."""
    bench = Bench("ok", "conflict")
    bench.append("one")
    bench.append("two")
    bench.clock.forward(MAX_AGE_MS + 1)
    third = bench.append("three")

    assert "fork" not in json.loads(next(bench.store.entries(third.writer)).body)


def test_a_conflict_in_a_fresh_chain_is_passed_on() -> None:
    """Whoever meets strangers in a chain of his own has a ledger that is not append-only."""
    with pytest.raises(LedgerConflictError, match="taken"):
        Bench("conflict", "conflict").append()


def test_a_chain_that_is_a_week_old_is_followed_by_another() -> None:
    """Its first record must outlive its last one."""
    bench = Bench()
    first = bench.append("one")
    bench.clock.forward(MAX_AGE_MS)
    assert first.writer == bench.append("two").writer
    bench.clock.forward(1)
    later = bench.append("three")

    assert first.writer != later.writer
    assert 0 == bench.chain.forks
    assert "fork" not in json.loads(next(bench.store.entries(later.writer)).body)


def test_what_is_owed_follows_the_next_record() -> None:
    """Corrections stand after the record that an answer waits for, in the order of owing."""
    bench = Bench()
    bench.owe("one")
    bench.owe("two")
    bench.append("three")

    assert ["G", "Ithree", "Wone", "Wtwo"] == bench.told
    _recompute(bench, next(bench.store.writers()))


def test_what_is_owed_is_kept_once() -> None:
    """A correction that may have been kept is settled, not repeated."""
    bench = Bench("ok", "lose")
    bench.append("one")
    bench.owe("two")
    assert not bench.try_append("three")
    bench.owe("four")
    bench.append("five")

    assert ["G", "Ione", "Ithree", "Ifive", "Wtwo", "Wfour"] == bench.told


@pytest.mark.parametrize("loss", ["refuse", "lose", "crash"])
def test_a_payment_that_is_lost_costs_no_answer(loss: str) -> None:
    """The record at hand was kept; the correction under way is settled with the next one."""
    bench = Bench("ok", "ok", loss)
    bench.append("one")
    bench.owe("two")
    bench.append("three")
    bench.owe("four")
    bench.append("five")

    assert ["G", "Ione", "Ithree", "Wtwo", "Ifive", "Wfour"] == bench.told
    _recompute(bench, next(bench.store.writers()))


@pytest.mark.parametrize("loss", ["refuse", "lose"])
def test_what_is_owed_survives_a_fork(loss: str) -> None:
    """Corrections under way may not have been kept in the chain that was left."""
    bench = Bench("ok", "ok", loss, "conflict")
    bench.append("one")
    bench.owe("two")
    bench.append("three")
    bench.owe("four")
    entry = bench.append("five")

    assert ["G", "Ifive", "Wtwo", "Wfour"] == _chains(bench)[entry.writer]


def test_a_payment_that_meets_strangers_leaves_the_chain() -> None:
    """The correction goes into the next chain, and the answer at hand is given."""
    bench = Bench("ok", "ok", "conflict")
    bench.append("one")
    bench.owe("two")
    bench.append("three")
    entry = bench.append("four")

    assert ["G", "Ifour", "Wtwo"] == _chains(bench)[entry.writer]


def test_what_a_store_never_takes_blocks_nobody() -> None:
    """Corrections that are too large together are paid apart; one by itself is let go."""
    bench = Bench()

    def before(entries: Sequence[Entry]) -> None:
        if len(entries) > 3 or any(b'"att":"w4"' in entry.body for entry in entries):
            raise LedgerRefusedError("too large", why="planted", fix="none")

    bench.store.before = before
    bench.append("one")
    for number in range(8):
        bench.owe(f"w{number}")
    for number in range(16):
        bench.append(f"a{number}")

    paid = sorted(word for word in bench.told if word.startswith("W"))
    assert [f"Ww{number}" for number in (0, 1, 2, 3, 5, 6, 7)] == paid
    assert 1 == bench.chain.owed.refused
    _recompute(bench, next(bench.store.writers()))


def test_a_record_that_is_never_taken_does_not_come_back() -> None:
    """The next record takes its place in the chain."""
    bench = Bench()
    bench.append("one")
    bench.store.batch_limit = 0
    with pytest.raises(LedgerRefusedError):
        bench.append("two")
    bench.store.batch_limit = 100
    bench.append("three")

    assert ["G", "Ione", "Ithree"] == bench.told
    _recompute(bench, next(bench.store.writers()))


def test_a_slow_append_pays_nothing() -> None:
    """A payment that would be cut off is left for another time."""
    bench = Bench()
    bench.append("one")
    bench.owe("two")
    usual, bench.clock.step_ns = bench.clock.step_ns, int(TIMEOUT_S * 0.6e9)
    bench.append("three")
    assert ["G", "Ione", "Ithree"] == bench.told
    bench.clock.step_ns = usual
    bench.append("four")

    assert ["G", "Ione", "Ithree", "Ifour", "Wtwo"] == bench.told


def test_what_is_owed_survives_a_record_that_cannot_be_written() -> None:
    """Text that is no Unicode stops one record, not the corrections before it."""
    bench = Bench()
    bench.owe("one")
    broken = Outcome(
        status=Status.OK, code=200, changes=(Change("\ud800", Token("0" * 32), Token("1" * 32)),)
    )
    with pytest.raises(LedgerRefusedError, match="a record could not be written"):
        bench.chain.append(draft(Phase.OUTCOME, "two", outcome=broken), timeout_s=TIMEOUT_S)
    bench.append("three")

    assert ["G", "Ithree", "Wone"] == bench.told


def test_what_is_owed_is_bounded() -> None:
    """A ledger that stays away does not fill the memory; the oldest gives way."""
    bench = Bench()
    for number in range(MAX_OWED + 3):
        bench.owe(str(number))
    for number in range(MAX_OWED // PORTION + 1):
        bench.append(f"later{number}")

    paid = [word for word in bench.told if word.startswith("W")]
    assert [f"W{number}" for number in range(3, MAX_OWED + 3)] == paid


PLANS = st.lists(st.sampled_from(["ok", "refuse", "crash", "lose", "conflict"]), max_size=12)


@given(plan=PLANS, rounds=st.integers(1, 8))
def test_whatever_the_store_does_the_chains_stay_whole(plan: list[str], rounds: int) -> None:
    """Every chain verifies, what was acknowledged is there, and each correction is there."""
    bench = Bench(*plan)
    acknowledged, owed = [], []
    for number in range(rounds):
        try:
            bench.append(f"a{number}")
            acknowledged.append(f"Ia{number}")
        except (LedgerUnavailableError, LedgerConflictError):
            bench.owe(f"a{number}")
            owed.append(f"Wa{number}")
    bench.faults.plan.clear()
    bench.append("last")
    told = [word for chain in _chains(bench).values() for word in chain]

    assert {*acknowledged, *owed, "Ilast"} <= set(told)
    for writer in bench.store.writers():
        _recompute(bench, writer)


def test_a_store_that_raises_anything_is_unavailable() -> None:
    """Its text may quote what was sent, so only the type is repeated."""
    with pytest.raises(LedgerUnavailableError, match="ConnectionResetError") as caught:
        Bench("crash").append()

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def _keys_that(raise_: Callable[[], ChainKey]) -> Ledger:
    class Keys:
        def new_chain_key(self, _: Any) -> ChainKey:
            return raise_()

        def open_chain_key(self, _: Any, __: str) -> bytes:
            raise AssertionError

        def token_key(self) -> Any:
            raise AssertionError

    store = MemoryStore()
    return Ledger(store=store, keys=Keys(), reader=store)


def test_a_key_service_that_raises_anything_is_unavailable() -> None:
    """Likewise: its client library is somebody else's code."""

    def fail() -> ChainKey:
        raise TimeoutError("hunter2")

    with pytest.raises(LedgerUnavailableError, match="key failed.*TimeoutError") as caught:
        Bench(ledger=_keys_that(fail)).append()

    assert "hunter2" not in str(caught.value)


def test_a_key_that_is_missing_is_said_as_the_ledger_says_it() -> None:
    """Its own error tells what to do."""

    def fail() -> ChainKey:
        raise LedgerKeyError("the key is missing", why="planted", fix="restore it")

    with pytest.raises(LedgerKeyError, match="the key is missing"):
        Bench(ledger=_keys_that(fail)).append()


def test_threads_take_turns() -> None:
    """Eight threads, fifty records each: one chain, without a gap and without a fork."""
    bench = Bench()

    def work(name: int) -> None:
        for number in range(50):
            bench.append(f"{name}-{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (writer,) = bench.store.writers()

    assert list(range(401)) == [entry.seq for entry in bench.store.entries(writer)]
    assert 401 == len(set(bench.told))
    assert 0 == bench.chain.forks
    _recompute(bench, writer)


_FORKING = """
import json, os
from drafts import draft
from affidavit._records.chain import Chain
from affidavit._clock import Clock
from affidavit._records.record import Phase
from affidavit.testing import MemoryStore, memory_ledger

store = MemoryStore()
chain = Chain(memory_ledger(store), Clock(), {}, hot_days=1)
chain.append(draft(attempt="before"), timeout_s=5)
chain.owe(draft(Phase.WITHHELD, "owed"))

def told():
    return {
        writer: [json.loads(entry.body) for entry in store.entries(writer)]
        for writer in store.writers()
    }

reading, writing = os.pipe()
if os.fork() == 0:
    chain.append(draft(attempt="child"), timeout_s=5)
    os.write(writing, json.dumps(told()).encode())
    os._exit(0)
os.close(writing)
os.wait()
child = json.loads(os.fdopen(reading).read())
chain.append(draft(attempt="parent"), timeout_s=5)
print(json.dumps({"child": child, "parent": told()}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
def test_a_forked_process_writes_a_chain_of_its_own() -> None:
    """It has its parent's memory, so it would number its records as its parent does."""
    tests = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _FORKING],
        env={**os.environ, "PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = json.loads(done.stdout)
    (mine,) = told["parent"]
    (theirs,) = told["child"].keys() - {mine}
    words = [record["ph"] + record.get("att", "") for record in told["child"][theirs]]

    assert ["G", "Ichild", "Wowed"] == words
    assert mine == told["child"][theirs][0]["fork"]
    assert [0, 1, 2, 3] == [record["seq"] for record in told["parent"][mine]]


class Spill:
    """A spill in a list."""

    name = "list"

    def __init__(self) -> None:
        self.kept: list[Spilled] = []

    def keep(self, items: Sequence[Spilled], *, timeout_s: float) -> None:
        assert 0 < timeout_s < TIMEOUT_S
        self.kept += items

    def waiting_count(self) -> int:
        return len(self.kept)


def test_what_the_store_does_not_take_is_in_the_spill_as_it_would_be_in_the_store() -> None:
    """The chain goes on behind it, and together they are whole."""
    spill = Spill()
    store = MemoryStore(before=Faults("refuse").before)
    chain = Chain(
        memory_ledger(store)._replace(spill=spill), FakeClock().clock(), ABOUT, hot_days=30
    )
    first, second = (
        chain.append(draft(Phase.INTENT, name), timeout_s=TIMEOUT_S) for name in ("one", "two")
    )

    assert (2, first) == (chain.spilled, spill.kept[-1])
    assert [second] == list(store.items.values())
    kept = [one for one in (*spill.kept, second) if isinstance(one, Entry)]
    assert [0, 1, 2] == [json.loads(one.body)["seq"] for one in kept]
    assert first_link() != json.loads(first.body)["prev"]
