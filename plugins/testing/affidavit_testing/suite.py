"""Put a handler under test with one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from affidavit.plugin import Policy
from affidavit_policy.suite_promises import PROMISES, Promise
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.run_property import prove
from affidavit_testing.under_test import Handler, HandlerUnderTest, Sources, subject_of


class PromiseVerdict(NamedTuple):
    """What came of one promise: `kept`, `broken`, or `does not apply`, and why."""

    promise: Promise
    result: str
    message: str
    seconds: float


def compliance_suite(
    handler: Handler,
    *,
    policy: str | Policy = "baseline",
    sources: Sources | None = None,
    events: Sequence[Any] = (),
    request: Any = None,
    response: Any = None,
    via: Sequence[str] = (),
    allow: Sequence[str] = (),
) -> type:
    """Return a class of tests for pytest: one for each promise.

        TestPriceFetcher = compliance_suite(handler, policy="hipaa")

    Args:
        handler: What Lambda calls, decorated or not.
        policy: Name of a shipped policy, path of a compiled or YAML one, or a policy.
        sources: What the handler's queries find: `{"prices": {"find_price": row}}`,
            or sources of your own. Rows are dressed up with canaries.
        events: Examples to start from; needed if the handler declares no request model.
        request: The request model, if the handler is not audited and has one.
        response: The response model, likewise.
        via: Event sources that the handler serves; all that the policy believes if empty.
        allow: Doors that the handler may open by itself, e.g. `socket.connect`.

    """
    subject = subject_of(
        handler,
        policy=policy,
        sources=sources,
        events=events,
        request=request,
        response=response,
        via=via,
        allow=allow,
    )
    return _suite(subject)


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
    result, message, started = "kept", "", time.perf_counter()
    try:
        prove(subject, promise, profile=profile)
    except BrokenPromiseError as broken:
        result, message = "broken", str(broken)
    except pytest.skip.Exception as skipped:
        result, message = "does not apply", str(skipped)
    return PromiseVerdict(promise, result, message, time.perf_counter() - started)


def _suite(subject: HandlerUnderTest) -> type:
    members: dict[str, Any] = {f"test_{one.name}": _test(subject, one) for one in PROMISES}
    members["__doc__"] = f"The handler {subject.name} under {subject.policy.label}."
    members["affidavit_subject"] = subject
    return type(f"Compliance_{subject.name}", (), members)


def _test(subject: HandlerUnderTest, promise: Promise) -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:
        del self
        config = request.config
        profile = config.getoption("affidavit_profile", None) or "dev"
        prove(
            subject, promise, profile=profile, again=config.getoption("affidavit_again", "") or ""
        )

    test.__name__ = f"test_{promise.name}"
    served = "; ".join(promise.clauses(subject.policy))
    test.__doc__ = f"{promise.sentence}\n\nServes: {served or 'no clause of this policy'}."
    marked: Callable[..., None] = pytest.mark.affidavit_promise(promise.name)(test)
    return marked
