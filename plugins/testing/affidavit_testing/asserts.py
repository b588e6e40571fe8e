"""Single promises about single events, for tests of your own.

Each runs the handler in a process of its own and raises `BrokenPromiseError`,
an `AssertionError`, if the promise does not hold. Keywords are those of
`compliance_suite`: `policy`, `sources`, `request`, `response`, `allow`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from affidavit.testing import FakeContext
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing import judges
from affidavit_testing.answers import answer_body, fits
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.canaries import CanaryToken, sightings
from affidavit_testing.in_process import InProcessRunner, Observed
from affidavit_testing.outages import DOWN, LedgerFault
from affidavit_testing.run_property import prove
from affidavit_testing.under_test import Handler, HandlerUnderTest, subject_of


def assert_promise(handler: Handler, promise: str, *, profile: str = "dev", **how: Any) -> None:
    """Hold a handler against one promise of the suite, by its name, on many events."""
    prove(subject_of(handler, **how), BY_NAME[promise], profile=profile)


def assert_always_on_record(handler: Handler, event: Any, **how: Any) -> Observed:
    """One delivery leaves exactly the records that the policy asks for."""
    seen, subject = _deliver(handler, event, how)
    judges.on_record(seen, subject)
    judges.tells_the_truth(seen, subject)
    return seen


def assert_no_answer_without_evidence(
    handler: Handler, event: Any, *, fault: LedgerFault = DOWN, **how: Any
) -> Observed:
    """With a ledger that fails, nobody is answered without a record."""
    subject = subject_of(handler, **how)
    stage = InProcessRunner(subject)
    fault.plant(stage.store)
    seen = stage.deliver(event)
    judges.evidence_before_answer(seen, subject)
    return seen


def assert_nothing_raw(
    handler: Handler, event: Any, *, values: Iterable[str], **how: Any
) -> Observed:
    """None of `values` is at a sink but the answer, in any disguise."""
    seen, _ = _deliver(handler, event, how)
    judges.nothing_raw(seen, _canaries(values), ())
    return seen


def assert_errors_quote_nothing(
    handler: Handler, event: Any, *, values: Iterable[str], **how: Any
) -> Observed:
    """A refusal or a failure repeats none of `values`."""
    seen, _ = _deliver(handler, event, how)
    texts = [("the exception", seen.error_text), ("the answer", seen.answer_text)]
    for found in sightings(_canaries(values), [] if seen.succeeded else texts):
        raise BrokenPromiseError(
            "errors_quote_nothing",
            f"a value is quoted by {found.sink}",
            event=event,
            seen=found.around,
        )
    return seen


def assert_refused(handler: Handler, event: Any, **how: Any) -> Observed:
    """The event is refused, and neither the handler nor a source is reached."""
    subject = subject_of(handler, **how)
    seen = InProcessRunner(subject).deliver(event)
    judges.reaches_nothing(seen, subject, "you say so")
    return seen


def assert_binds_only(
    handler: Handler, event: Any, *, values: Iterable[str], **how: Any
) -> Observed:
    """None of `values` is part of a statement."""
    seen, _ = _deliver(handler, event, how)
    judges.binds_only(seen, _canaries(values))
    return seen


def assert_reads_named(handler: Handler, event: Any, **how: Any) -> Observed:
    """Every statement that was run is in the record, and nothing is read elsewhere."""
    seen, _ = _deliver(handler, event, how)
    judges.reads_named(seen)
    return seen


def assert_idempotent(handler: Handler, event: Any, **how: Any) -> tuple[Observed, Observed]:
    """The same event twice: the same answer, and one event on record."""
    stage = InProcessRunner(subject_of(handler, **how))
    context = FakeContext(aws_request_id="00000000-0000-4000-8000-00000000feed")
    first, second = stage.deliver(event, context), stage.deliver(event, context)
    same = first.answer_text == second.answer_text
    if not same or {r.event for r in first.closing} != {r.event for r in second.closing}:
        raise BrokenPromiseError(
            "idempotent_under_redelivery", "two deliveries of one event differ", event=event
        )
    return first, second


def assert_retention(handler: Handler, event: Any, **how: Any) -> Observed:
    """Every record expires when the policy says."""
    seen, subject = _deliver(handler, event, how)
    judges.retention(seen, subject.policy)
    return seen


def assert_answer_fits(handler: Handler, event: Any, **how: Any) -> Observed:
    """An answer has no field that the response model does not declare."""
    seen, subject = _deliver(handler, event, how)
    if seen.succeeded and subject.response is not None:
        fits(subject, answer_body(seen), event)
    return seen


def _deliver(
    handler: Handler, event: Any, how: dict[str, Any]
) -> tuple[Observed, HandlerUnderTest]:
    subject = subject_of(handler, **how)
    return InProcessRunner(subject).deliver(event), subject


def _canaries(values: Iterable[str]) -> list[CanaryToken]:
    return [CanaryToken("VALUE", value, shaped=True) for value in values]
