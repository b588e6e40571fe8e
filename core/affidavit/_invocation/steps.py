"""One invocation, top to bottom. If you read one module, read this one.

    event ─► 1 OPEN ─► 2 ADMIT ─► 3 DECLARE ─► 4 CALL
          ─► 5 RELEASE ─► 6 ATTEST ─► 7 TELL ─► answer

Four promises, each held by a file in `tests/compliance/`:

* Every invocation is on record as often as the policy says (3 and 6).
* A refusal never runs the handler (2 before 4).
* No raw value reaches a record, a log line, a metric or an error (5 before 6).
* No answer leaves without its evidence (6 before `return`).
"""

from __future__ import annotations

from typing import Any

from affidavit._clock import iso_utc
from affidavit._invocation.admit import Admission, admit
from affidavit._invocation.audit_context import close_context, open_context
from affidavit._invocation.emit import emit
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.handler_state import HandlerState
from affidavit._invocation.redacted_error import is_control_flow, platform_message
from affidavit._invocation.release import http_answer, refusal_body, release
from affidavit._invocation.result import (
    Result,
    answered,
    answered_by_message,
    declined,
    failed,
    passed,
    refused,
    withheld,
)
from affidavit._invocation.start import BatchItem, Invocation, state_facts
from affidavit._offrecord.audit_hook import follow_kept
from affidavit._offrecord.observation import Observation, begin, end, on_own_account
from affidavit._policy.words import Declare, Sink
from affidavit._records.attest import Declaration
from affidavit._records.record import Draft, Outcome, Phase, Status
from affidavit._redact import Clean, Identities
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.capture import settle
from affidavit._telemetry.failure import describe, error_name
from affidavit._telemetry.tracing import begin_span
from affidavit._types import LambdaContext
from affidavit.errors import AttestationError, LedgerError, NotFoundError, RefusedError


@on_own_account
def invoke(
    spec: HandlerSpec,
    event: Any,
    context: LambdaContext | None,
    runtime: Runtime,
    item: BatchItem | None = None,
) -> Any:
    """Run a handler under policy and leave its evidence.

    With a `item`, `event` is one record of a batch; see `batch.py`.

    Raises:
        RefusedError: The event was refused, and its caller does not speak HTTP.
        HandlerError: The handler failed; likewise. Its class has the name of what was raised.
        AttestationError: A record was not kept, so there is no answer; likewise.

    >>> handler = audited(action="PING")(lambda event, context: "pong")
    >>> invoke(spec_of(handler), {}, None, make_runtime().runtime)
    'pong'
    """
    # 1. OPEN. Name the invocation and recognise the event. Nothing is kept yet.
    invocation = Invocation(spec, event, context, runtime, item)
    if item is None and runtime.tracer is not None:  # a batch has one span for all records
        invocation.span = begin_span(runtime.tracer, spec.action)

    # 2. ADMIT. Hold the request against the policy and the model. A refusal is a
    #    verdict, not a raise: it still has to go on record.
    held, readers = item and item.held, runtime.actor_readers
    admission = admit(spec, invocation.request, event, runtime.policy, held, readers=readers)

    # 3. DECLARE. Start keeping the opening record before anything can happen, so
    #    that a crash or a timeout in step 4 shows as a record that never closed.
    declaration, result = _declare(invocation, admission)
    with _Known(invocation, admission):
        # What came in is redacted before a handler may have changed it.
        seen = runtime.redactor.clean(event, Sink.LOG) if runtime.policy.logging.event else None

        # 4. CALL. The only line that runs somebody else's code on raw data.
        if result is None:
            result = _call(invocation, admission, declaration)

        # 5. RELEASE. Serialise what may leave. Raw values end here.
        result, answer = release(spec, invocation.request, result, runtime.policy)

        # 6. ATTEST. Keep the closing record, or give no answer at all.
        result = _attest(invocation, result, declaration, seen)
        if result.cause is not None:
            invocation.told = describe(result.cause, runtime.redactor)

    # 7. TELL. Metrics, logs and watchers. Nothing here can change the answer.
    emit(invocation, result, seen)
    return _deliver(invocation, result, answer)


def _declare(invocation: Invocation, admission: Admission) -> tuple[Declaration, Result | None]:
    """Return the opening record on its way, and an ending if there is one already."""
    runtime = invocation.runtime
    try:
        invocation.facts = state_facts(invocation, admission)
    except LedgerError as error:
        # Without the token key nobody can be named, so nothing can be recorded.
        return Declaration(), withheld(_unnamed(error))
    if admission.refusal is not None:
        # A refusal is told in one record: there is nothing to declare.
        return Declaration(), refused(admission.refusal, admission.findings)
    draft = _draft(invocation, Phase.INTENT, invocation.at_ms)
    mode = runtime.policy.declare
    try:
        declaration = runtime.attestor.declare(draft, mode, timeout_s=invocation.ledger_timeout_s())
    except AttestationError as error:
        return Declaration(), _withhold(invocation, error)
    invocation.declared = mode is not Declare.NONE
    return declaration, None


class _Known:
    """Has the names of actor and subject replaced in all that is written in the block."""

    __slots__ = ("_identities",)

    def __init__(self, invocation: Invocation, admission: Admission) -> None:
        facts, behalf = invocation.facts, admission.behalf
        pairs = (
            (admission.subject, facts and facts.subject),
            (behalf, facts and behalf and invocation.runtime.tokens().token("actor", behalf)),
            (admission.claim.name, facts and facts.actor),
        )
        names = {name: str(token or "[UNKNOWN]") for name, token in pairs if name}
        self._identities = Identities(names) if names else None

    def __enter__(self) -> None:
        if self._identities is not None:
            self._identities.know()

    def __exit__(self, *_: object) -> None:
        if self._identities is not None:
            try:
                settle()  # what was printed until now is still to be looked at
            finally:
                self._identities.forget()


def _call(invocation: Invocation, admission: Admission, declaration: Declaration) -> Result:
    runtime = invocation.runtime
    observation = Observation(runtime.policy.off_record, runtime.tokens().token)
    invocation.off_record = observation
    context = open_context(HandlerState(invocation, declaration, observation))
    try:
        follow_kept()
        begin(observation)
        result = answered(invocation.spec.handler(admission.argument, context), 200)
    except RefusedError as error:
        result = declined(error)
    # Everything else too, SystemExit included: Lambda would print its text.
    except BaseException as error:  # noqa: BLE001
        result = _ended_by(error, invocation)
    finally:
        end(observation)
        follow_kept()
        close_context(context)
    try:
        # The handler may have caught what a source raised, or never have read.
        declaration.settle()
    except AttestationError as error:
        return _withhold(invocation, error)
    return result


def _ended_by(error: BaseException, invocation: Invocation) -> Result:
    message = platform_message(error, invocation.request.via)
    if message:
        return answered_by_message(error, message)
    name = error_name(error, invocation.runtime.redactor)
    return passed(error, name) if is_control_flow(error) else failed(error, name)


def _attest(
    invocation: Invocation, result: Result, declaration: Declaration, seen: Clean | None
) -> Result:
    runtime = invocation.runtime
    invocation.ledger_ns = declaration.spent_ns
    invocation.duration_ms = invocation.elapsed_ms()
    if result.status is Status.WITHHELD:
        return result
    observation = invocation.off_record
    outcome = Outcome(
        status=result.status,
        code=result.code,
        error=result.error_name,
        duration_ms=invocation.duration_ms,
        reads=tuple(invocation.reads),
        changes=tuple(invocation.changes),
        redacted=seen.found if seen is not None else (),
        off_record=observation.found() if observation is not None else (),
    )
    phase = Phase.OUTCOME if invocation.declared else Phase.DISCLOSURE
    draft = _draft(invocation, phase, runtime.clock.now_ms(), outcome)
    try:
        kept = runtime.attestor.attest(draft, timeout_s=invocation.ledger_timeout_s())
    except AttestationError as error:
        return _withhold(invocation, error)
    invocation.closing, spent_ns = kept
    invocation.ledger_ns += spent_ns
    return result


def _deliver(invocation: Invocation, result: Result, answer: Any) -> Any:
    if isinstance(result.cause, KeyboardInterrupt):
        raise KeyboardInterrupt
    if result.passes and result.cause is not None:
        raise result.cause.with_traceback(None)
    missing = invocation.spec.response is not None and result.code == NotFoundError.status
    if invocation.request.http and (missing or result.error is not None):
        return http_answer(
            invocation.request, result.code, refusal_body(result, invocation.request_id)
        )
    if result.error is not None:
        raise result.error  # outside any `except`: nothing is chained to it
    return answer


def _draft(
    invocation: Invocation, phase: Phase, at_ms: int, outcome: Outcome | None = None
) -> Draft:
    assert invocation.facts is not None  # noqa: S101 - for mypy; step 3 has stated them
    keep_s = invocation.runtime.policy.retention.hot_days * 86_400
    return Draft(phase, invocation.facts, iso_utc(at_ms), at_ms // 1000 + keep_s, outcome)


def _withhold(invocation: Invocation, failure: AttestationError) -> Result:
    """Give no answer, and owe the ledger a record that says so."""
    result = withheld(failure)
    runtime = invocation.runtime
    outcome = Outcome(status=result.status, code=result.code, error=result.error_name)
    draft = _draft(invocation, Phase.WITHHELD, runtime.clock.now_ms(), outcome)
    runtime.attestor.chain.owe(draft)
    return result


def _unnamed(failure: LedgerError) -> AttestationError:
    return AttestationError(
        "the invocation cannot be put on record",
        why=f"{failure.what} ({failure.why})",
        fix="The handler has not run; restore the ledger's keys, then retry",
    )
