"""Promise: each record of a batch leaves its own records; exactly those that failed come again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

import strategies as my
from affidavit import AffidavitError, ConflictError, LedgerUnavailableError, NotFoundError, audited
from affidavit._policy.model import Policy
from affidavit._policy.words import Declare
from affidavit._records.record import Record
from affidavit.testing import (
    Bench,
    MemorySource,
    MemoryStore,
    dynamodb_stream,
    eventbridge,
    kinesis,
    make_runtime,
    run,
    sns,
    sqs,
)


class Order(BaseModel):
    """What a record carries."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: int
    user: str = ""


class Image(Order):
    """The same as a table has it, with its key."""

    model_config = ConfigDict(extra="ignore")


class Change(BaseModel):
    """What a table's stream tells of it."""

    new: Image


def _raise(error: BaseException) -> None:
    raise error


# What becomes of a record, and how it then stands in the ledger. `invalid` never
# reaches the handler; for `unkept` the ledger is down.
ACTS: dict[str, Any] = {
    "fine": lambda _: None,
    "reads": lambda context: context.source("memory").fetch_all(my.FIND, {"id": "A1"}),
    "raises": lambda _: _raise(ValueError("text")),
    "exits": lambda _: _raise(SystemExit("text")),
    "ends": lambda _: _raise(GeneratorExit()),
    "declines": lambda _: _raise(ConflictError("x", why="text", fix="text")),
    "finds nothing": lambda _: _raise(NotFoundError("x", why="text", fix="text")),
    "asks for an unknown source": lambda context: context.source("nope"),
    "invalid": lambda _: None,
    "unkept": lambda _: None,
}
GOOD = {"fine", "reads"}
FATES = st.sampled_from([*ACTS, "fine", "reads"])
BATCHES = st.lists(FATES, min_size=1, max_size=9)


def _bodies(fates: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"number": "poison" if fate == "invalid" else place} for place, fate in enumerate(fates)
    ]


def _handler(fates: Sequence[str], ran: list[int], model: Any = Order) -> Any:
    @audited(each=True, request=model, actor="" if model is Change else "user", action="ORDER")
    def handler(asked: Any, context: Any) -> None:
        number = (asked.new if isinstance(asked, Change) else asked).number
        ran.append(number)
        ACTS[fates[number]](context)

    return handler


def _bench(policy: Policy, doomed: Sequence[str] = ()) -> Bench:
    """Return a runtime whose ledger is down while a record runs that is `doomed`."""
    store, refused = MemoryStore(), set[bytes]()
    marks = [f'"req":"{name}"'.encode() for name in doomed]

    def refuse(entries: Sequence[Any]) -> None:
        last = entries[-1].body
        # The next record settles first whether this one was kept: the same bytes again.
        # Its correction comes when the ledger is up again, in a batch of its own.
        if b'"ph":"W"' in last:
            return
        if last not in refused and any(mark in last for mark in marks):
            refused.add(last)
            raise LedgerUnavailableError("down", why="planted", fix="Nothing")

    store.before = refuse
    return make_runtime(policy=policy, store=store, sources=[MemorySource("memory")])


def _told(bench: Bench) -> dict[str, list[Record]]:
    """Return the records of each message, in order."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in bench.records:
        found[record.document["req"]].append(record)
    return found


def _check(told: Sequence[Record], fate: str, policy: Policy) -> None:
    """One record of a batch has its own opening and closing record, of one attempt."""
    phases = [record.phase for record in told]
    if fate == "unkept":
        # What was written at last says itself that nobody was answered.
        assert phases in ([], ["I", "W"], ["D", "W"])
        return
    refused = fate in {"invalid", "deferred"}
    alone = refused or policy.declare is Declare.NONE
    assert (["D"] if alone else ["I", "O"]) == phases
    assert 1 == len({record.attempt for record in told})
    status = "ok" if fate in {*GOOD, "finds nothing"} else "deny" if refused else told[-1].status
    assert status == told[-1].status
    assert (fate in GOOD) == (told[-1].code == 200)


def _items(answer: Any) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def _too_many_unkept(fates: Sequence[str]) -> bool:
    """A ledger that is down for three in a row gets no more records: another promise."""
    return any(set(fates[n : n + 3]) == {"unkept"} for n in range(len(fates)))


@given(fates=BATCHES.filter(lambda fates: not _too_many_unkept(fates)), policy=my.policies())
def test_a_queue_gets_back_exactly_what_failed(fates: list[str], policy: Policy) -> None:
    """Whatever happens to the others: refused, failed, ended, not kept."""
    ran: list[int] = []
    batch = sqs(_bodies(fates))
    names = [record["messageId"] for record in batch["Records"]]
    failing = [place for place, fate in enumerate(fates) if fate not in GOOD]
    event(f"{len(failing)} fail")
    bench = _bench(policy, [names[p] for p in failing if fates[p] == "unkept"])

    answer = run(_handler(fates, ran), batch, bench)
    told = _told(bench)

    assert [names[place] for place in failing] == _items(answer)
    assert set(told) <= set(names)
    for name, fate in zip(names, fates, strict=True):
        _check(told[name], fate, policy)
    handled = [p for p, fate in enumerate(fates) if fate not in {"invalid", "unkept"}]
    assert handled == [place for place in ran if fates[place] != "unkept"]


@given(
    drawn=st.lists(st.tuples(FATES, st.sampled_from("abc")), min_size=1, max_size=9),
    policy=my.policies("hipaa", "part11"),
)
def test_a_group_waits_for_its_failure_and_no_other_group_does(
    drawn: list[tuple[str, str]], policy: Policy
) -> None:
    """In a FIFO queue, what stands behind a failure of its group comes again, on record."""
    fates = ["raises" if fate == "unkept" else fate for fate, _ in drawn]
    groups = [group for _, group in drawn]
    batch = sqs(_bodies(fates), groups=groups)
    names = [record["messageId"] for record in batch["Records"]]
    waiting: set[str] = set()
    for place, group in enumerate(groups):
        if group in waiting:
            fates[place] = "deferred"
        if fates[place] not in GOOD:
            waiting.add(group)
    ran: list[int] = []
    bench = _bench(policy)

    answer = run(_handler(fates, ran), batch, bench)
    told = _told(bench)

    assert [n for n, fate in zip(names, fates, strict=True) if fate not in GOOD] == _items(answer)
    assert [p for p, fate in enumerate(fates) if fate not in {"invalid", "deferred"}] == ran
    for name, fate in zip(names, fates, strict=True):
        _check(told[name], fate, policy)


def _kinesis(fates: Sequence[str]) -> tuple[Any, Any, list[str], list[str]]:
    whole = kinesis(_bodies(fates))
    numbers = [record["kinesis"]["sequenceNumber"] for record in whole["Records"]]
    return whole, Order, numbers, numbers


def _table(fates: Sequence[str]) -> tuple[Any, Any, list[str], list[str]]:
    images = [
        {"pk": {"S": str(p)}, "number": {"S": "poison"} if fate == "invalid" else {"N": str(p)}}
        for p, fate in enumerate(fates)
    ]
    whole = dynamodb_stream(images)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in whole["Records"]]
    return whole, Change, numbers, [record["eventID"] for record in whole["Records"]]


@given(fates=BATCHES, policy=my.policies(), make=st.sampled_from([_kinesis, _table]))
def test_a_stream_comes_again_from_its_first_failure_and_nothing_overtakes(
    fates: list[str], policy: Policy, make: Any
) -> None:
    """What stands before it is done, what stands behind it has not begun."""
    whole, model, numbers, names = make(fates)
    first = next((p for p, fate in enumerate(fates) if fate not in GOOD), len(fates))
    doomed = [names[p] for p in range(len(fates)) if fates[p] == "unkept"]
    ran: list[int] = []
    bench = _bench(policy, doomed)

    answer = run(_handler(fates, ran, model), whole, bench)
    told = _told(bench)

    assert numbers[first : first + 1] == _items(answer)
    assert set(told) <= set(names[: first + 1])
    for name, fate in zip(names[: first + 1], fates, strict=False):
        _check(told[name], fate, policy)
    assert all(place <= first for place in ran)


@given(fates=BATCHES, policy=my.policies())
def test_once_mended_everything_is_done_and_nothing_twice(fates: list[str], policy: Policy) -> None:
    """A queue keeps what is reported and deletes the rest; so each is done exactly once."""
    held = sqs(_bodies(fates))["Records"]
    mended = sqs(_bodies(["fine"] * len(fates)))["Records"]
    names = [record["messageId"] for record in held]
    bench, done = _bench(policy), list[int]()
    fates = ["raises" if fate == "unkept" else fate for fate in fates]

    again = _items(run(_handler(fates, []), {"Records": held}, bench))
    rest = [record for record in mended if record["messageId"] in again]
    if rest:
        assert [] == _items(run(_handler(["fine"] * len(fates), done), {"Records": rest}, bench))

    ok = [r for r in bench.records if r.phase in {"O", "D"} and r.status == "ok" and r.code == 200]
    assert sorted(names) == sorted(record.document["req"] for record in ok)
    assert [names.index(name) for name in again] == done
    assert len(names) == len({record.event for record in bench.records})


@pytest.mark.parametrize("fate", sorted(ACTS.keys() - {"unkept"}))
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(sns, id="sns"),
        pytest.param(eventbridge, id="eventbridge"),
        pytest.param(lambda body: _unnamed(sqs([body])), id="a message without its id"),
    ],
)
def test_who_cannot_be_told_which_one_is_told_by_an_exception(make: Any, fate: str) -> None:
    """Nothing is taken for done because it could not be named."""
    bench = _bench(make_runtime().runtime.policy)
    handler = _handler([fate], [])
    (body,) = _bodies([fate])

    if fate in GOOD:
        assert run(handler, make(body), bench) in (None, {"batchItemFailures": []})
    else:
        with pytest.raises(AffidavitError):
            run(handler, make(body), bench)
    assert [] != [record for record in bench.records if record.phase in {"O", "D"}]


def _unnamed(whole: dict[str, Any]) -> dict[str, Any]:
    for record in whole["Records"]:
        del record["messageId"]
    return whole
