"""Promise: an answer leaves only once its record is kept.

Whatever the ledger does - refuses, loses acknowledgements, is slow - a caller
that got an answer can be shown the record of it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit import AttestationError, LedgerUnavailableError
from affidavit._policy.model import Policy
from affidavit._policy.words import Declare
from affidavit.plugin import Entry
from affidavit.testing import FakeContext, MemoryStore, api_gateway_v1, make_runtime, run


class _Faulty:
    """Fails some appends, before or after they were kept."""

    def __init__(self, plan: Sequence[str]) -> None:
        self._plan = iter(plan)
        self._now = "ok"

    def before(self, _: Sequence[Entry]) -> None:
        self._now = next(self._plan, "ok")
        if self._now == "refuse":
            raise LedgerUnavailableError("down", why="planted", fix="none")
        if self._now == "crash":
            raise ConnectionResetError("text that must not get out")

    def after(self, _: Sequence[Entry]) -> None:
        if self._now == "lose":
            raise LedgerUnavailableError("no answer", why="planted", fix="none")


def _store(plan: Sequence[str], *, remote: bool = False) -> MemoryStore:
    faulty = _Faulty(plan)
    return MemoryStore(before=faulty.before, after=faulty.after, remote=remote)


PLANS = st.lists(st.sampled_from(["ok", "refuse", "crash", "lose"]), max_size=8)
READ = my.BEHAVIOURS[3]


@given(policy=my.policies("baseline"), plan=PLANS, remote=st.booleans(), rounds=st.integers(1, 5))
def test_what_was_answered_is_on_record(
    policy: Policy, plan: list[str], remote: bool, rounds: int
) -> None:
    """For every answer there is a closing record of its attempt that says so."""
    store = _store(plan, remote=remote)
    bench = make_runtime(policy=policy, store=store, sources=[my.sources()])
    handler = my.handler_of(READ)
    answered = 0
    for number in range(rounds):
        event = api_gateway_v1(query={"id": "A1", "who": "w"}, request_id=f"r-{number}")
        answer: Any = run(handler, event, bench)
        assert answer["statusCode"] in {200, 503}
        kept = [r for r in bench.records if r.document["req"] == f"r-{number}"]
        closing = [r for r in kept if r.phase in {"O", "D"} and r.status == "ok"]
        if answer["statusCode"] == 200:
            answered += 1
            assert 1 == len(closing)
    # Once the ledger works again, what was withheld is on record as withheld.
    run(handler, api_gateway_v1(query={"id": "A1", "who": "w"}, request_id="last"), bench)
    if run(handler, api_gateway_v1(query={"id": "A1", "who": "w"}), bench)["statusCode"] == 200:
        withheld = {r.document["req"] for r in bench.records if r.phase == "W"}
        assert rounds - answered == len(withheld & {f"r-{n}" for n in range(rounds)})


@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("mode", [Declare.BEFORE, Declare.OVERLAP])
def test_nothing_read_reaches_the_handler_before_the_opening_record(
    mode: Declare, remote: bool
) -> None:
    """While the opening record is on its way, the rows stay with us."""
    gate = threading.Event()
    kept: list[bool] = []
    source = my.sources()

    def slow(entries: Sequence[Entry]) -> None:
        if any(b'"ph":"I"' in entry.body for entry in entries):
            gate.wait(5)

    def answer(_: Any) -> list[dict[str, str]]:
        # The read has happened; now let the write finish, and see who was first.
        gate.set()
        return [{"note": "fine"}]

    source.answers["find"] = answer
    if mode is Declare.BEFORE or not remote:
        gate.set()
    store = MemoryStore(remote=remote, before=slow)
    bench = make_runtime(store=store, sources=[source], declare=mode)
    behaviour = my.Behaviour("reads", _reads_and_looks(kept, store), "ok", 404)

    run(my.handler_of(behaviour), {"id": "A1", "who": "w"}, bench)

    assert [True] == kept


def _reads_and_looks(kept: list[bool], store: MemoryStore) -> Any:
    def act(asked: Any, context: Any) -> None:
        context.source("memory").fetch_one(my.FIND, {"id": asked.id})
        kept.append(any(b'"ph":"I"' in entry.body for entry in store.items.values()))

    return act


def test_overlap_lets_the_read_run_while_the_write_is_under_way() -> None:
    """Side by side: the evidence costs the slower of the two, not their sum."""
    reading, source = threading.Event(), my.sources()

    def wait_for_the_read(entries: Sequence[Entry]) -> None:
        if any(b'"ph":"I"' in entry.body for entry in entries):
            assert reading.wait(5), "the read never started while the write was waiting"

    def answer(_: Any) -> list[dict[str, str]]:
        reading.set()
        return [{"note": "fine"}]

    source.answers["find"] = answer
    store = MemoryStore(remote=True, before=wait_for_the_read)
    bench = make_runtime(store=store, sources=[source], declare=Declare.OVERLAP)

    assert {"note": "fine"} == run(my.handler_of(READ), {"id": "A1", "who": "w"}, bench)


def test_a_write_waits_for_the_opening_record() -> None:
    """What was changed cannot be taken back, so it is declared first, whatever the policy."""
    from affidavit import Query

    change = Query(
        name="change",
        sql="update t set note = :note where id = :id",
        binds=frozenset({"id", "note"}),
        write=True,
    )
    seen: list[bool] = []
    changed = threading.Event()

    def slow(entries: Sequence[Entry]) -> None:
        # Long enough for a change that does not wait to come first.
        if any(b'"ph":"I"' in entry.body for entry in entries):
            changed.wait(2)

    store = MemoryStore(remote=True, before=slow)
    source = my.sources()

    def answer(_: Any) -> list[dict[str, str]]:
        changed.set()
        seen.append(any(b'"ph":"I"' in entry.body for entry in store.items.values()))
        return []

    source.answers["change"] = answer
    bench = make_runtime(store=store, sources=[source], declare=Declare.OVERLAP)
    behaviour = my.Behaviour(
        "writes",
        lambda a, c: c.source("memory").execute(change, {"id": a.id, "note": "n"}) or None,
        "ok",
        404,
    )
    run(my.handler_of(behaviour), {"id": "A1", "who": "w"}, bench)

    assert [True] == seen


def test_a_handler_that_swallows_the_failure_gets_no_answer_out() -> None:
    """Catching what a source raises does not make the evidence appear."""

    def act(asked: Any, context: Any) -> dict[str, str]:
        try:
            context.source("memory").fetch_one(my.FIND, {"id": asked.id})
        except Exception:  # noqa: BLE001 - that is the point
            pass
        return {"note": "all is well"}

    store = _store(["refuse"] * 9, remote=True)
    bench = make_runtime(store=store, sources=[my.sources()], declare=Declare.OVERLAP)
    behaviour = my.Behaviour("swallows", act, "withheld", 503)

    with pytest.raises(AttestationError, match="the intent record was not kept"):
        run(my.handler_of(behaviour), {"id": "A1", "who": "w"}, bench)


def test_without_time_left_there_is_no_answer() -> None:
    """An invocation that is about to be killed refuses instead of risking it."""
    bench = make_runtime(sources=[my.sources()])
    event = api_gateway_v1(query={"id": "A1", "who": "w"})
    answer: Any = run(my.handler_of(READ), event, bench, FakeContext(remaining_ms=50))

    assert 503 == answer["statusCode"]


def test_the_refusal_says_whether_the_handler_has_run() -> None:
    """A caller who wants to retry must know whether something may have happened."""
    first = make_runtime(store=_store(["refuse"]))
    last = make_runtime(store=_store(["ok", "refuse"]))
    handler = my.handler_of(my.BEHAVIOURS[0])

    with pytest.raises(AttestationError, match="has not answered"):
        run(handler, {"id": "A1", "who": "w"}, first)
    with pytest.raises(AttestationError, match="HAS run"):
        run(handler, {"id": "A1", "who": "w"}, last)
