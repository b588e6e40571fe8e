"""Name an invocation, and state the facts that every record of it repeats."""

from __future__ import annotations

from typing import Any, NamedTuple

from affidavit._canonical import plain_text
from affidavit._event.request import Request, read_request
from affidavit._invocation.admit import Admission
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.window import Window
from affidavit._offrecord.observation import Observation
from affidavit._records.accesses import Change, Read
from affidavit._records.ledger import Entry
from affidavit._records.record import Facts, Origin, state
from affidavit._records.subjects import Subject
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.notices import PendingNotice
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


class Invocation:
    """One invocation in progress: one attempt, named. The steps of `steps.py` fill it in."""

    __slots__ = (
        "at_ms", "attempt", "changes", "closing", "cold", "context", "declared", "duration_ms",
        "facts", "function", "item", "ledger_ns", "limit_ns", "metrics", "notices", "off_record",
        "reads", "request", "request_id", "runtime", "span", "spec", "spilled", "started_ns",
        "subject", "told", "version",
    )  # fmt: skip

    def __init__(
        self,
        spec: HandlerSpec,
        event: Any,
        context: LambdaContext | None,
        runtime: Runtime,
        item: BatchItem | None = None,
    ) -> None:
        """Name the attempt. Lambda repeats its request id on a retry, so we add our own."""
        self.started_ns = runtime.clock.tick_ns()
        request = read_request(event, runtime.event_sources) if item is None else item.request
        self.attempt = runtime.clock.new_id()
        runtime.redactor.vouch(self.attempt)
        platform = _platform(context)
        self.function = str(getattr(platform, "function_name", "") or "local")
        self.request, shown = _identified(request, self.function)
        own_id = getattr(platform, "aws_request_id", "") or self.attempt
        self.request_id = plain_text(shown or str(own_id), 64)
        self.spec, self.item = spec, item
        self.context = context
        self.runtime = runtime
        self.version = str(getattr(platform, "function_version", "") or "")
        self.at_ms = runtime.clock.now_ms()
        self.limit_ns = self.started_ns + int(remaining_s(platform) * NANOSECONDS)
        self.cold = next(runtime.invocations) == 0
        self.metrics = open_metrics(runtime) if item is None else item.metrics
        self.spilled = runtime.spilled()
        self.span: SafeSpan = NO_SPAN
        self.facts: Facts | None = None
        self.subject: Subject | None = None
        self.closing: Entry | None = None
        self.declared = False
        self.ledger_ns = self.duration_ms = 0
        self.told: dict[str, Json] = {}  # what was raised, as operators may read it
        # What the handler has done. Nothing here leads to its context: they would hold one
        # another, and the event, until Python looks for such circles.
        self.off_record: Observation | None = None
        self.reads: list[Read] = []
        self.changes: list[Change] = []
        self.notices: list[PendingNotice] = []

    def remaining_s(self) -> float:
        """Seconds until Lambda kills the invocation, less a margin; never negative.

        Lambda was asked once, at the start: its context is in the handler's hands.
        """
        return max(0, self.limit_ns - self.runtime.clock.tick_ns()) / NANOSECONDS

    def ledger_timeout_s(self) -> float:
        """Seconds that the ledger may take for one append now."""
        ledger = self.runtime.ledger
        allowed = ledger.cold_timeout_s if self.cold else ledger.timeout_s
        return min(allowed, self.remaining_s())

    def elapsed_ms(self) -> int:
        """Milliseconds since the invocation began, rounded down."""
        return (self.runtime.clock.tick_ns() - self.started_ns) // 1_000_000


def _identified(request: Request, function: str) -> tuple[Request, str]:
    """Return a request whose event id is this function's own, and the id that may be shown."""
    delivery = request.delivery
    if delivery is None:
        return request, request.event_id
    if request.event_id:
        # Two functions may get one record: two accesses, so two events.
        request = request._replace(event_id=f"{function}|{request.event_id}")
    return request, delivery.label


def _platform(context: LambdaContext | None) -> Any:
    """Return Lambda's own context: the SDK of durable functions hands on one that holds it."""
    return getattr(context, "lambda_context", None) or context


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


def state_facts(invocation: Invocation, admission: Admission) -> Facts:
    """Say who, what, where and why, with every name as a token.

    Raises:
        LedgerError: The token key cannot be had.

    """
    spec, runtime = invocation.spec, invocation.runtime
    token = runtime.tokens().token
    claim, behalf = admission.claim, admission.behalf
    if admission.subject:
        left_s = invocation.remaining_s()
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
