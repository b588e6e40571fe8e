"""Name an invocation, and state the facts that every record of it repeats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from affidavit._canonical import plain_text
from affidavit._event.request import Request, read_request
from affidavit._invocation.admit import Admission
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.handler_state import HandlerState
from affidavit._invocation.window import Window
from affidavit._records.ledger import Entry
from affidavit._records.record import Facts, Origin, state
from affidavit._records.subjects import Subject
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.tracing import NO_SPAN, SafeSpan
from affidavit._types import Json, LambdaContext
from affidavit.errors import RefusedError

MARGIN_S = 0.2
"""Kept back from the time that Lambda leaves, so that a refusal still gets out."""

UNLIMITED_S = 60.0
"""What is left where nobody sets a limit, e.g. in a test without a context."""

NANOSECONDS = 1e9


class BatchItem(NamedTuple):
    """What a record has from its batch: its description, the metrics they share.

    `held` is why it must not run, if it must not; `window` the one that it is in.
    """

    request: Request
    metrics: Metrics
    held: RefusedError | None = None
    window: Window | None = None


@dataclass(slots=True, kw_only=True, repr=False, eq=False)
class Invocation:
    """One invocation in progress. The steps of `invocation.py` fill it in."""

    request: Request
    context: LambdaContext | None
    request_id: str
    attempt: str
    function: str
    version: str
    at_ms: int
    started_ns: int
    limit_ns: int
    cold: bool
    metrics: Metrics
    item: BatchItem | None = None
    span: SafeSpan = NO_SPAN
    facts: Facts | None = None
    subject: Subject | None = None
    handler: HandlerState | None = None
    closing: Entry | None = None
    declared: bool = False
    ledger_ns: int = 0
    spilled: int = 0
    duration_ms: int = 0
    told: dict[str, Json] = field(default_factory=dict)
    """What was raised, as operators may read it."""

    def remaining_s(self, runtime: Runtime) -> float:
        """Seconds until Lambda kills the invocation, less a margin; never negative.

        Lambda was asked once, at the start: its context is in the handler's hands.
        """
        return max(0, self.limit_ns - runtime.clock.tick_ns()) / NANOSECONDS

    def ledger_timeout_s(self, runtime: Runtime) -> float:
        """Seconds that the ledger may take for one append now."""
        ledger = runtime.ledger
        allowed = ledger.cold_timeout_s if self.cold else ledger.timeout_s
        return min(allowed, self.remaining_s(runtime))

    def elapsed_ms(self, runtime: Runtime) -> int:
        """Milliseconds since the invocation began, rounded down."""
        return (runtime.clock.tick_ns() - self.started_ns) // 1_000_000


def remaining_s(context: LambdaContext | None) -> float:
    """Return the seconds until Lambda kills the invocation, less a margin; never negative."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    seconds = UNLIMITED_S if left is None else left() / 1000
    return max(0.0, float(seconds) - MARGIN_S)


def open_metrics(runtime: Runtime) -> Metrics:
    """Return a collection of metrics that logs what it leaves out."""
    return Metrics(
        runtime.redactor,
        lambda name, why: runtime.log.warning("metric.rejected", metric=name, reason=why),
    )


def open_invocation(
    event: Any, context: LambdaContext | None, runtime: Runtime, item: BatchItem | None = None
) -> Invocation:
    """Name one attempt. Lambda repeats its request id on a retry, so we add our own."""
    started_ns = runtime.clock.tick_ns()
    request = read_request(event, runtime.event_sources) if item is None else item.request
    attempt = runtime.clock.new_id()
    lambda_id = str(getattr(context, "aws_request_id", "") or attempt)
    function = str(getattr(context, "function_name", "") or "local")
    shown = request.event_id
    if request.delivery is not None:
        shown = request.delivery.label
        if request.event_id:
            # Two functions may get one record: two accesses, so two events.
            request = request._replace(event_id=f"{function}|{request.event_id}")
    return Invocation(
        request=request,
        context=context,
        request_id=plain_text(shown or lambda_id, 64),
        attempt=attempt,
        function=function,
        version=str(getattr(context, "function_version", "") or ""),
        at_ms=runtime.clock.now_ms(),
        started_ns=started_ns,
        limit_ns=started_ns + int(remaining_s(context) * NANOSECONDS),
        cold=next(runtime.invocations) == 0,
        metrics=open_metrics(runtime) if item is None else item.metrics,
        item=item,
        spilled=runtime.spilled(),
    )


def state_facts(
    spec: HandlerSpec, invocation: Invocation, admission: Admission, runtime: Runtime
) -> Facts:
    """Say who, what, where and why, with every name as a token.

    Raises:
        LedgerError: The token key cannot be had.

    """
    token = runtime.tokens().token
    claim, behalf = admission.claim, admission.behalf
    if admission.subject:
        left_s = invocation.remaining_s(runtime)
        invocation.subject = runtime.subjects.of(admission.subject, timeout_s=left_s)
    address = invocation.request.address
    return state(
        action=spec.action,
        trust=claim.trust,
        member=claim.member,
        actor=token("actor", claim.name) if claim.name else None,
        behalf=token("actor", behalf) if behalf else None,
        subject=invocation.subject.token if invocation.subject else None,
        origin=Origin(
            function=invocation.function,
            version=invocation.version,
            region=runtime.region,
            via=invocation.request.via,
            address=token("address", address) if address else None,
        ),
        event=invocation.request.event_id or invocation.request_id,
        attempt=invocation.attempt,
        request_id=invocation.request_id,
        policy=runtime.policy.label,
        words={**spec.words, "ten": runtime.tenant},
        unsafe=runtime.unsafe,
    )
