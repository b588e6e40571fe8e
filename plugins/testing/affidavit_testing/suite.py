"""Put a handler under test with one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Unpack

import pytest

from affidavit_policy.suite_promises import PROMISES, Promise
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.clause_results import BROKEN, KEPT, NOT_SHOWN, SILENT, TIMED_OUT
from affidavit_testing.premises import Premises
from affidavit_testing.run_property import prove
from affidavit_testing.stopping import DeliveryTimeoutError
from affidavit_testing.under_test import Handler, HandlerUnderTest, SuiteOptions, subject_of


class PromiseVerdict(NamedTuple):
    """What came of one promise, and why.

    `result` is `kept`, `broken`, `timed out`, `not shown` or `does not apply`.

    `premises` says how often what the promise rests on occurred: a promise whose premise
    hardly ever did is `not shown`.
    """

    promise: Promise
    result: str
    message: str
    seconds: float
    premises: Mapping[str, int]


def compliance_suite(handler: Handler, **options: Unpack[SuiteOptions]) -> type:
    """Return a class of tests for pytest: one for each promise.

        TestPriceFetcher = compliance_suite(handler, policy="hipaa")

    Args:
        handler: What Lambda calls, decorated or not.
        options: What follows; all of it may be left out.
        policy: Name of a shipped policy, path of a compiled or YAML one, or a policy.
        sources: What the handler's queries find: `{"prices": {"find_price": row}}`,
            or sources of your own. Rows are dressed up with canaries.
        events: Examples to start from; needed if the handler declares no request model.
        request: The request model, if the handler is not audited and has one.
        response: The response model, likewise.
        via: Event sources that the handler serves; all that the policy believes if empty.
        allow: What the handler may reach by itself; everything else is denied. A host
            (`api.example.com`, `*.example.com`), an operation of AWS (`dynamodb.GetItem`,
            `s3.*`), a folder, a program, or a kind: aws, db, file, net, process.
        limit_s: What one delivery may take, 10 seconds by default; then it has timed out.
        private: Fields, by dotted path, whose values may stand in no line that the handler logs,
            not even through `context.log`: a reason, a comment. Of free text the redactor
            knows nothing.
        samples: Valid values of fields for which none can be drawn, by dotted path:
            `{"isbn": ["9783161484100"]}`; or valid whole requests.
        strategy: The same as strategies of Hypothesis.

    """
    return _suite(subject_of(handler, **options))


def examine(handler: Handler, *, profile: str = "dev", **how: Any) -> list[PromiseVerdict]:
    """Say of a handler which promises it keeps today, without pytest.

    Takes what `compliance_suite` takes. For handlers that are not audited yet,
    it is the list of what would have to change.
    """
    subject = subject_of(handler, **how)
    return [verdict_on(subject, promise, profile=profile) for promise in PROMISES]


def verdict_on(
    subject: HandlerUnderTest, promise: Promise, *, profile: str = "dev"
) -> PromiseVerdict:
    """Try one promise and say what came of it."""
    result, message, started = KEPT, "", time.perf_counter()
    premises = Premises()
    try:
        prove(subject, promise, profile=profile, premises=premises)
    except BrokenPromiseError as broken:
        result, message = BROKEN, str(broken)
    except DeliveryTimeoutError as late:
        result, message = TIMED_OUT, str(late)
    except pytest.skip.Exception as skipped:
        message = str(skipped)
        result = NOT_SHOWN if message.startswith(NOT_SHOWN) else SILENT
    seconds = time.perf_counter() - started
    return PromiseVerdict(promise, result, message, seconds, premises.of(promise.name))


def _suite(subject: HandlerUnderTest) -> type:
    members: dict[str, Any] = {f"test_{one.name}": _test(subject, one) for one in PROMISES}
    members["__doc__"] = f"The handler {subject.name} under {subject.policy.label}."
    members["affidavit_subject"] = subject
    return type(f"Compliance_{subject.name}", (), members)


def _test(subject: HandlerUnderTest, promise: Promise) -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:
        del self
        config = request.config
        premises = Premises()
        try:
            prove(
                subject,
                promise,
                profile=config.getoption("affidavit_profile", None) or "dev",
                again=config.getoption("affidavit_again", "") or "",
                premises=premises,
            )
        finally:
            # For the report, which another process may write.
            request.node.affidavit_premises = premises.of(promise.name)

    test.__name__ = f"test_{promise.name}"
    served = "; ".join(promise.clauses(subject.policy))
    test.__doc__ = f"{promise.sentence}\n\nServes: {served or 'no clause of this policy'}."
    test.affidavit_promise = promise.name  # type: ignore[attr-defined]
    return test
