"""The proof about batches: draw records and poison, deliver, judge each by itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from pydantic import ValidationError

from affidavit.plugin import Declare
from affidavit.testing import kinesis, sqs
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.even import evenly
from affidavit_testing.in_process import InProcessRunner, Observed
from affidavit_testing.persons import MadeUpPerson, people
from affidavit_testing.premises import BATCHES
from affidavit_testing.under_test import HandlerUnderTest

Data = st.DataObject


class DrawnBatch(NamedTuple):
    """An event with several records.

    `names` are what their carrier calls them, in order; `poison` those that
    cannot be processed. `groups` have an order each, if they are not empty. In a
    `stream` nothing behind a failure may run.
    """

    event: Any
    names: tuple[str, ...]
    poison: frozenset[str]
    groups: tuple[str, ...] = ()
    stream: bool = False


def batch_failures_are_partial(subject: HandlerUnderTest, data: Data) -> None:
    """A poison record fails alone: it is named, and the others are done and on record."""
    batch = data.draw(batches(subject), label="batch")
    subject.premises[BATCHES] += len(batch.names) > len(batch.poison) > 0
    wrong = wrong_about(batch, InProcessRunner(subject).deliver(batch.event), subject)
    if wrong:
        raise BrokenPromiseError("batch_failures_are_partial", wrong, event=batch.event)


@st.composite
def batches(draw: st.DrawFn, subject: HandlerUnderTest) -> DrawnBatch:
    """Draw what a queue, a queue with groups or a stream sends, with poison in any place."""
    assert subject.schema is not None  # noqa: S101 - for mypy; `applies` has looked
    kinds = [kind for kind in ("sqs", "kinesis") if kind in subject.vias] or ["sqs"]
    kind = draw(evenly([*kinds, *["groups" for one in kinds if one == "sqs"]]))
    size = draw(evenly([2, 3, 5, 1]))
    payloads = draw(st.lists(subject.schema.mostly_valid(), min_size=size, max_size=size))
    # A batch without poison, or of nothing else, tells no records apart: there are fewer of them.
    least, most = draw(evenly([(1, size - 1), (1, size - 1), (0, size)])) if size > 1 else (0, 1)
    spoilt = draw(st.sets(st.integers(0, size - 1), min_size=least, max_size=most))
    venom = draw(evenly(_venom(subject, draw(people()))))
    said = [venom if place in spoilt else one for place, one in enumerate(payloads)]
    groups = tuple(draw(st.sampled_from("ab")) for _ in said) if kind == "groups" else ()
    stream = kind == "kinesis"
    event = kinesis(said) if stream else sqs(said, groups=groups)
    names = tuple(
        record["kinesis"]["sequenceNumber"] if stream else record["messageId"]
        for record in event["Records"]
    )
    return DrawnBatch(event, names, frozenset(names[place] for place in spoilt), groups, stream)


def _venom(subject: HandlerUnderTest, person: MadeUpPerson) -> list[Any]:
    """Return what no handler of these records can process."""
    odd: list[Any] = [{"poison": person.ssn}, [person.email], 1]
    return ["no JSON: " + person.name, *(one for one in odd if _misses(subject, one))]


def _misses(subject: HandlerUnderTest, value: Any) -> bool:
    assert subject.request is not None  # noqa: S101 - for mypy; a schema comes from a model
    try:
        subject.request.adapter.validate_json(json.dumps(value))
    except ValidationError:
        return True
    return False


def wrong_about(batch: DrawnBatch, seen: Observed, subject: HandlerUnderTest) -> str:
    """Say what is wrong about a delivered batch; empty if nothing is."""
    return next(filter(None, _complaints(batch, seen, subject)), "")


def _complaints(batch: DrawnBatch, seen: Observed, subject: HandlerUnderTest) -> Iterator[str]:
    """Yield one complaint after the other; the first counts, later ones build on it."""
    failed = failures(seen)
    if failed is None:
        yield "it raised, so that every record comes again, also those that were done"
        return
    for name in failed:
        if name not in batch.names:
            yield f"it reports {name}, which no record of the batch is called"
    started, told = _started(batch, failed), _attempts(seen)
    if missing := [name for name in started if name not in told]:
        yield f"{len(batch.names)} records were delivered, {len(missing)} of them not on record"
    for name in started:
        yield _alone(told[name], subject)
    closed = {str(record.document["req"]): record.status for record in seen.closing}
    if batch.stream:
        yield from _about_stream(batch, failed, closed)
        return
    if set(failed) != {name for name in batch.names if closed.get(name) != "ok"}:
        yield f"it reports {sorted(failed)}, the records tell {closed}"
    if not set(failed) >= batch.poison:
        yield "a record that cannot be processed is not reported"
    yield from _about_groups(batch, failed)


def _started(batch: DrawnBatch, failed: Sequence[str]) -> Sequence[str]:
    """Return the records that must be on record: all, or those that no failure stands before."""
    if not batch.stream or not failed:
        return batch.names
    return batch.names[: batch.names.index(failed[0]) + 1]


def _attempts(seen: Observed) -> dict[str, dict[str, list[str]]]:
    """Return the phases of each attempt of each record, in order."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record in seen.records:
        found[str(record.document["req"])][record.attempt].append(record.phase)
    return found


def _alone(attempts: Mapping[str, list[str]], subject: HandlerUnderTest) -> str:
    allowed = [["D"]] + ([] if subject.policy.declare is Declare.NONE else [["I", "O"]])
    phases = [phase for one in attempts.values() for phase in one]
    if len(attempts) != 1:
        return f"a record of the batch was run {len(attempts)} times"
    return "" if phases in allowed else f"a record of the batch left {', '.join(phases)}"


def _about_stream(
    batch: DrawnBatch, failed: Sequence[str], closed: Mapping[str, str]
) -> Iterator[str]:
    if len(failed) > 1:
        yield f"a stream was told {len(failed)} failures; it comes again from the first one"
    poison = [name for name in batch.names if name in batch.poison]
    first = batch.names.index(failed[0]) if failed else len(batch.names)
    if poison and first > batch.names.index(poison[0]):
        yield "a record that cannot be processed is not reported"
    if any(closed.get(name) != "ok" for name in batch.names[:first]):
        yield "a record before the one that is reported was not done"
    if any(name in closed for name in batch.names[first + 1 :]):
        yield "a record of a stream overtook one that failed"
    if failed and closed.get(failed[0]) == "ok":
        yield "it reports a record that was done"


def _about_groups(batch: DrawnBatch, failed: Sequence[str]) -> Iterator[str]:
    waiting: set[str] = set()
    for name, group in zip(batch.names, batch.groups, strict=False):
        if name in failed:
            waiting.add(group)
        elif group in waiting:
            yield "a record overtook one of its group that failed"


def failures(seen: Observed) -> list[str] | None:
    """Return the items that a batch handler reports, in order; None if it raised instead."""
    if seen.error is not None:
        return None
    if not isinstance(seen.answer, Mapping):
        return []
    items = seen.answer.get("batchItemFailures", [])
    return [str(item.get("itemIdentifier")) for item in items if isinstance(item, Mapping)]
