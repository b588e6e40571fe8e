"""Ten thousand records, one in a hundred poison: who comes again, and what is on record."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from affidavit import AffidavitError, AuditContext, audited
from affidavit._event.lookup import BUILT_IN
from affidavit._event.request import record_request
from affidavit._records.record import Record, event_id
from affidavit.testing import (
    Bench,
    dynamodb_stream,
    eventbridge,
    kinesis,
    make_runtime,
    run,
    s3,
    sns,
    sqs,
)

MANY, POISON = 10_000, 100
FUNCTION = "function-under-test"


class Order(BaseModel):
    """What a record carries. Its number is text in a table."""

    model_config = ConfigDict(extra="ignore")

    number: int


class Image(BaseModel):
    """The change of one item."""

    new: Order


class Stored(BaseModel):
    """One object; its key is the order's number."""

    key: int


def _number(asked: Any) -> int:
    if isinstance(asked, Image):
        return asked.new.number
    return int(asked.key if isinstance(asked, Stored) else asked.number)


def _body(number: int, spoilt: frozenset[int]) -> dict[str, Any]:
    return {"number": "not a number" if number in spoilt else number}


def _image(number: int, spoilt: frozenset[int]) -> dict[str, Any]:
    told = {"S": "not a number"} if number in spoilt else {"N": str(number)}
    return {"pk": {"S": str(number)}, "number": told}


Answer = Any
Deliver = Callable[[Any], Answer]


def _ids(answer: Answer) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def _queue(deliver: Deliver, spoilt: frozenset[int]) -> Iterator[int]:
    """One invocation; the queue keeps what is reported back and deletes the rest."""
    event = sqs([_body(number, spoilt) for number in range(MANY)])
    for item in _ids(deliver(event)):
        yield int(item.partition("-")[0], 16)


def _shard(deliver: Deliver, whole: dict[str, Any], item: Callable[[Any], str]) -> Iterator[int]:
    """A shard comes again from the failure on; a record that fails goes to a destination."""
    records: Sequence[Any] = whole["Records"]
    start = 0
    places = {item(record): place for place, record in enumerate(records)}
    while start < len(records):
        again = _ids(deliver({"Records": records[start:]}))
        assert len(again) <= 1
        if not again:
            return
        yield places[again[0]]
        start = places[again[0]] + 1


def _kinesis(deliver: Deliver, spoilt: frozenset[int]) -> Iterator[int]:
    whole = kinesis([_body(number, spoilt) for number in range(MANY)])
    yield from _shard(deliver, whole, lambda record: record["kinesis"]["sequenceNumber"])


def _table(deliver: Deliver, spoilt: frozenset[int]) -> Iterator[int]:
    whole = dynamodb_stream([_image(number, spoilt) for number in range(MANY)])
    yield from _shard(deliver, whole, lambda record: record["dynamodb"]["SequenceNumber"])


def _one_by_one(deliver: Deliver, make: Callable[[int], Any]) -> Iterator[int]:
    """Whoever takes no list takes an exception; its text must not hold a value."""
    for number in range(MANY):
        try:
            assert deliver(make(number)) is None
        except AffidavitError as error:
            assert "not a number" not in str(error)
            assert "secret" not in str(error)
            yield number


SOURCES: dict[str, tuple[Any, Callable[[Deliver, frozenset[int]], Iterator[int]]]] = {
    "sqs": (Order, _queue),
    "kinesis": (Order, _kinesis),
    "dynamodb-stream": (Image, _table),
    "sns": (Order, lambda d, s: _one_by_one(d, lambda n: sns(_body(n, s), number=n))),
    "eventbridge": (
        Order,
        lambda d, s: _one_by_one(d, lambda n: eventbridge(_body(n, s), number=n)),
    ),
    "s3": (
        Stored,
        lambda d, s: _one_by_one(d, lambda n: s3("x" if n in s else str(n), number=n)),
    ),
}


@pytest.mark.parametrize("source", SOURCES)
def test_exactly_the_poison_comes_again_and_every_record_is_on_record(source: str) -> None:
    """Half of it fits no model, the other half makes the handler raise."""
    drawn = random.Random(source).sample(range(MANY), POISON)  # noqa: S311 - a test's draw
    spoilt, raising = frozenset(drawn[: POISON // 2]), frozenset(drawn[POISON // 2 :])
    model, play = SOURCES[source]
    handled: list[int] = []

    @audited(each=True, request=model)
    def handler(asked: Any, _: AuditContext) -> None:
        number = _number(asked)
        handled.append(number)
        if number in raising:
            raise ValueError("secret")

    bench = make_runtime(policy="hipaa")
    seen: list[str] = []

    def deliver(event: Any) -> Any:
        source = BUILT_IN.find(event)
        assert source is not None
        if not seen or source.report.value != "first":
            # A shard is delivered whole at first, and parts of it again.
            seen.extend(
                record_request(source, one, event).event_id for one in source.records(event)
            )
        return run(handler, event, bench)

    again = list(play(deliver, spoilt))

    assert sorted(drawn) == sorted(again)
    assert sorted(set(range(MANY)) - spoilt) == sorted(handled)
    _check_records(bench, source, seen)
    assert "secret" not in "".join(bench.lines)


def _check_records(bench: Bench, via: str, seen: list[str]) -> None:
    """Each event has its records: one refusal, or an opening and a closing one."""
    assert MANY == len(seen) == len(set(seen))
    told: dict[str, list[Record]] = defaultdict(list)
    for record in bench.records:
        told[record.event].append(record)

    assert {event_id(via, f"{FUNCTION}|{one}") for one in seen} == told.keys()
    endings = Counter("".join(one.phase + one.status for one in group) for group in told.values())
    half = POISON // 2
    assert {"IOok": MANY - POISON, "IOerror": half, "Ddeny": half} == endings
