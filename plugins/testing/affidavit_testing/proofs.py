"""One function for each promise: draw, deliver, judge.

Each takes the handler under test and Hypothesis' data, and raises
`BrokenPromiseError` on the first example that breaks the promise. What is drawn
is drawn so that it hits: canaries stand where they are looked for.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from affidavit.testing import FakeContext
from affidavit_testing import judges, premises
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.canaries import CanaryToken, disguises, sightings
from affidavit_testing.case import DrawnRequest
from affidavit_testing.cases import (
    any_cases,
    hostile_cases,
    planted_cases,
    refused_cases,
    valid_cases,
)
from affidavit_testing.even import evenly
from affidavit_testing.in_process import InProcessRunner, Observed
from affidavit_testing.metric_lines import dimension_values, metric_lines, problems
from affidavit_testing.outages import (
    DOWN,
    clock_skews,
    contexts,
    ledger_faults,
    mend,
    source_faults,
)
from affidavit_testing.remembered import kept_texts
from affidavit_testing.under_test import HandlerUnderTest

Data = st.DataObject

DRESSES = evenly(["add", "replace", "", "break", "empty"])
"""What rows may look like; see `WatchedSource`."""

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


def always_on_record(subject: HandlerUnderTest, data: Data) -> None:
    """Answers, refusals, crashes and short time: each leaves what the policy asks for."""
    case = data.draw(any_cases(subject), label="case")
    stage = InProcessRunner(subject)
    stage.dress(case.person, data.draw(DRESSES, label="rows"))
    if data.draw(st.booleans(), label="source fails"):
        stage.fail_sources(data.draw(source_faults(case.person), label="fault"))
    context = None
    if data.draw(st.integers(0, 3), label="time") == 0:
        context = data.draw(contexts(), label="context")
    seen = stage.deliver(case.event, context)
    if context is not None and context.remaining_ms < 1000:  # noqa: PLR2004 - no time for evidence
        judges.evidence_before_answer(seen, subject, "always_on_record")
        return
    judges.on_record(seen, subject)
    # A warm process as well: the second event is as much an event as the first.
    judges.on_record(stage.deliver(case.event), subject)


def the_record_tells_the_truth(subject: HandlerUnderTest, data: Data) -> None:
    """What the record says is what the caller was told."""
    case = data.draw(any_cases(subject), label="case")
    stage = InProcessRunner(subject)
    stage.dress(case.person, data.draw(DRESSES, label="rows"))
    if data.draw(st.booleans(), label="source fails"):
        stage.fail_sources(data.draw(source_faults(case.person), label="fault"))
    judges.tells_the_truth(stage.deliver(case.event), subject)


def no_answer_without_evidence(subject: HandlerUnderTest, data: Data) -> None:
    """Whatever the ledger does: who was answered can be shown the record."""
    case = data.draw(valid_cases(subject), label="case")
    stage = InProcessRunner(subject)
    if data.draw(st.booleans(), label="warm"):
        judges.evidence_before_answer(stage.deliver(case.event), subject)
    fault = data.draw(st.just(DOWN) | ledger_faults(), label="ledger")
    fault.plant(stage.store, case.person.ssn)
    seen = stage.deliver(case.event)
    subject.premises[premises.OUTAGES] += case.valid
    if fault == DOWN and seen.succeeded:
        raise BrokenPromiseError(
            "no_answer_without_evidence",
            "it answered while the ledger was down",
            event=case.event,
            seen=seen.answer_text[:200],
        )
    judges.evidence_before_answer(seen, subject)
    mend(stage.store)
    judges.evidence_before_answer(stage.deliver(case.event), subject)


def nothing_raw_gets_out(subject: HandlerUnderTest, data: Data) -> None:
    """Canaries in every position of a request and in every row, looked for at every sink."""
    case = data.draw(planted_cases(subject), label="case")
    stage = InProcessRunner(subject)
    how = data.draw(evenly(["add", "replace", ""]), label="rows")
    stage.dress(case.person, how)
    if data.draw(st.integers(0, 4), label="source fails") == 0:
        stage.fail_sources(data.draw(source_faults(case.person), label="fault"))
    seen = stage.deliver(case.event)
    rows = case.person.canaries if how and _has_rows(seen) else ()
    subject.premises[premises.IN_REQUESTS] += seen.ran and bool(case.secrets)
    subject.premises[premises.IN_ROWS] += bool(rows)
    judges.nothing_raw(seen, case.secrets, rows)
    # What nobody asked to have back is no part of an answer.
    stray = [canary for place, canary in case.planted if _is_stray(place)]
    if not _is_among(stray, rows):
        judges.answer_free_of(seen, stray, "nothing_raw_gets_out")


def errors_quote_nothing(subject: HandlerUnderTest, data: Data) -> None:
    """A refusal and a failure tell kinds, not values: in the answer, in the exception."""
    broken = data.draw(evenly(["source", "rows", "request", "ledger"]), label="broken")
    stage = InProcessRunner(subject)
    if broken == "request":
        case = data.draw(st.one_of(refused_cases(subject), planted_cases(subject)), label="case")
    else:
        case = data.draw(valid_cases(subject), label="case")
    stage.dress(case.person, "break" if broken == "rows" else "replace")
    if broken == "source":
        stage.fail_sources(data.draw(source_faults(case.person), label="fault"))
    if broken == "ledger":
        data.draw(ledger_faults(), label="ledger").plant(stage.store, case.person.ssn)
    seen = stage.deliver(case.event)
    if seen.succeeded:
        if broken == "source":
            _swallowed(seen, case)
        return
    told = [*case.secrets, *case.person.canaries]
    subject.premises[premises.FAILURES] += 1
    texts = [("the exception", seen.error_text), ("the answer", seen.answer_text)]
    for found in sightings(told, texts):
        raise BrokenPromiseError(
            "errors_quote_nothing",
            f"a {found.canary.kind} ({found.canary.text}) is quoted by {found.sink}",
            event=case.event,
            seen=found.around,
        )


def _swallowed(seen: Observed, case: DrawnRequest) -> None:
    """What a source raised is no answer: no row was found, and the error quotes a person."""
    sent = {canary.text for _, canary in case.planted} | {*case.values}
    quoted = [one for one in case.person.canaries if one.text not in sent]
    for found in sightings(quoted, [("the answer", seen.answer_text)]):
        raise BrokenPromiseError(
            "errors_quote_nothing",
            f"the error of a source was swallowed, and a {found.canary.kind} of its text went "
            "into the answer",
            event=case.event,
            seen=found.around,
        )


def a_refusal_reaches_nothing(subject: HandlerUnderTest, data: Data) -> None:
    """What must be refused is refused before anything is asked."""
    cases = refused_cases(subject) | hostile_cases(subject)
    case = data.draw(cases.filter(lambda one: bool(one.refused)), label="case")
    seen = InProcessRunner(subject).deliver(case.event)
    subject.premises[premises.REFUSALS] += 1
    judges.reaches_nothing(seen, subject, case.refused)


def each_read_is_named(subject: HandlerUnderTest, data: Data) -> None:
    """What was read is in the record, failures included, and nothing was read elsewhere."""
    case = data.draw(any_cases(subject), label="case")
    stage = InProcessRunner(subject)
    stage.dress(case.person, data.draw(DRESSES, label="rows"))
    if data.draw(st.booleans(), label="source fails"):
        stage.fail_sources(data.draw(source_faults(case.person), label="fault"))
    judges.reads_named(stage.deliver(case.event))


def idempotent_under_redelivery(subject: HandlerUnderTest, data: Data) -> None:
    """The same event again: the same answer, the same event id, the same writes."""
    case = data.draw(valid_cases(subject), label="case")
    stage = InProcessRunner(subject)
    context = FakeContext(aws_request_id="00000000-0000-4000-8000-00000000feed")
    first = stage.deliver(case.event, context)
    if data.draw(st.booleans(), label="cold start between"):
        stage.cold_start()
    second = stage.deliver(case.event, context)
    subject.premises[premises.TWICE] += first.ran and second.ran
    if _comparable(first) != _comparable(second):
        raise BrokenPromiseError(
            "idempotent_under_redelivery",
            "the second delivery of one event got another answer",
            event=case.event,
            seen=f"{first.answer_text[:150]} / {second.answer_text[:150]}",
        )
    writes = [[(q.query, dict(q.binds)) for q in one.asked if q.write] for one in (first, second)]
    if writes[0] != writes[1]:
        raise BrokenPromiseError(
            "idempotent_under_redelivery",
            "the second delivery of one event wrote something else",
            event=case.event,
            seen=f"{writes[0]} / {writes[1]}",
        )
    events = {r.event for one in (first, second) for r in one.closing}
    tries = {r.attempt for one in (first, second) for r in one.closing}
    if (first.closing and second.closing) and (len(events) != 1 or len(tries) == 1):
        raise BrokenPromiseError(
            "idempotent_under_redelivery",
            "the records of two deliveries do not show one event and two attempts",
            event=case.event,
        )


def retention_is_the_policys(subject: HandlerUnderTest, data: Data) -> None:
    """Every record expires when the policy says."""
    case = data.draw(any_cases(subject), label="case")
    stage = InProcessRunner(subject)
    stage.skew_ms = data.draw(clock_skews(), label="clock").ms
    judges.retention(stage.deliver(case.event), subject.policy)
    judges.retention(stage.deliver(case.event), subject.policy)


def metrics_are_valid(subject: HandlerUnderTest, data: Data) -> None:
    """At least one metric line, each one such that CloudWatch keeps it, no value as a dimension."""
    case = data.draw(valid_cases(subject) | any_cases(subject), label="case")
    stage = InProcessRunner(subject)
    stage.dress(case.person, "")
    seen = stage.deliver(case.event)
    found = list(metric_lines([*seen.lines, *seen.sinks.stdout.splitlines()]))
    wrong = [one for document in found for one in problems(document)]
    subject.premises[premises.METRICS] += len(found)
    if not found or wrong:
        what = wrong[0] if wrong else "it wrote no metric line"
        raise BrokenPromiseError("metrics_are_valid", what, event=case.event)
    said = {*case.values, *(canary.text for _, canary in case.planted)}
    for document in found:
        for name, value in dimension_values(document).items():
            # The subject's and the actor's names are tokens by now, one for each person.
            if value in said or _TOKEN.fullmatch(value):
                raise BrokenPromiseError(
                    "metrics_are_valid",
                    f"dimension {name} has a value of the request: each one is a metric of its own",
                    event=case.event,
                    seen=value,
                )


def nothing_is_remembered(subject: HandlerUnderTest, data: Data) -> None:
    """A warm process keeps nothing of one caller, and tells nothing of it to the next."""
    case = data.draw(valid_cases(subject), label="case")
    stage = InProcessRunner(subject)
    # In every row's every text: what is remembered of the very first caller is remembered for ever.
    stage.dress(case.person, "replace")
    ran = stage.deliver(case.event).ran
    held = [*case.secrets, *case.person.canaries]
    subject.premises[premises.IN_REQUESTS] += ran
    _nothing_kept(subject, held, case)
    other = data.draw(valid_cases(subject), label="next case")
    assume(case.person != other.person)
    stage.dress(other.person, "add")
    seen = stage.deliver(other.event)
    told = [("the next caller's answer", seen.answer_text), ("its error", seen.error_text)]
    told += [("its log lines", "\n".join(seen.lines)), *seen.sinks.texts()]
    # What the next caller says too is no leak, also where it says more.
    said = [("", f"{json.dumps(other.event)} {other.values} {other.person}")]
    held = [one for one in held if not any(sightings([one], said))]
    for found in sightings(held, told):
        raise BrokenPromiseError(
            "nothing_is_remembered",
            f"a {found.canary.kind} of one caller stands in {found.sink}",
            event=other.event,
            seen=found.around,
        )


def _nothing_kept(subject: HandlerUnderTest, held: list[CanaryToken], case: DrawnRequest) -> None:
    for found in sightings(held, kept_texts(subject.handler)):
        before = subject.baseline.get(found.sink, "")
        if any(form in before for form in disguises(found.canary.text)):
            continue  # a constant, a sample, or what a neighbour's suite has left
        raise BrokenPromiseError(
            "nothing_is_remembered",
            f"a {found.canary.kind} of the last caller is kept in {found.sink}",
            event=case.event,
            seen=found.around,
        )


def _comparable(seen: Observed) -> Any:
    """Return what two deliveries of one event must have in common."""
    if seen.error is not None:
        return type(seen.error).__name__
    return seen.answer_text


def _has_rows(seen: Observed) -> bool:
    return any(one.rows > 0 for one in seen.asked) or any(one.rows < 0 for one in seen.asked)


def _is_stray(place: str) -> bool:
    return place not in {"field", "value", "wrong field"}


def _is_among(stray: list[CanaryToken], rows: tuple[CanaryToken, ...]) -> bool:
    texts = {canary.text for canary in rows}
    return any(canary.text in texts for canary in stray)
