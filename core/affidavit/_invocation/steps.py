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
from affidavit._invocation.audit_context import AuditContext
from affidavit._invocation.emit import tell
from affidavit._invocation.handler_spec import Plan
from affidavit._invocation.release import http_answer, refusal_body, release
from affidavit._invocation.result import Ending, answered, declined, failed, refused, withheld
from affidavit._invocation.start import Call, Share, open_call, state_facts
from affidavit._policy.model import Declare, Exit
from affidavit._records.attest import Declaration
from affidavit._records.record import Draft, Outcome, Phase, Status
from affidavit._redact import Clean
from affidavit._runtime.runtime import Runtime
from affidavit._sources.source import Permit
from affidavit._telemetry.failure import error_name
from affidavit._telemetry.tracing import begin_span
from affidavit._types import Json, LambdaContext
from affidavit.errors import AttestationError, LedgerError, NotFoundError, RefusedError


def invoke(
    plan: Plan,
    event: Any,
    context: LambdaContext | None,
    runtime: Runtime,
    share: Share | None = None,
) -> Json:
    """Run a handler under policy and leave its evidence.

    With a `share`, `event` is one record of a batch; see `batch.py`.

    Raises:
        RefusedError: The event was refused, and its caller does not speak HTTP.
        HandlerError: The handler failed; likewise.
        AttestationError: A record was not kept, so there is no answer; likewise.

    """
    # 1. OPEN. Name the invocation and recognise the event. Nothing is kept yet.
    call = open_call(event, context, runtime, share)
    if share is None and runtime.tracer is not None:  # a batch has one span for all records
        call.span = begin_span(runtime.tracer, plan.action)

    # 2. ADMIT. Hold the request against the policy and the model. A refusal is a
    #    verdict, not a raise: it still has to go on record.
    admission = admit(plan, call.request, event, runtime.policy, share and share.held)

    # 3. DECLARE. Start keeping the opening record before anything can happen, so
    #    that a crash or a timeout in step 4 shows as a record that never closed.
    declaration, ending = _declare(plan, call, admission, runtime)

    # 4. CALL. The only line that runs somebody else's code on raw data.
    if ending is None:
        ending = _call(plan, call, admission, declaration, runtime)

    # 5. RELEASE. Serialise what may leave. Raw values end here.
    ending, answer = release(plan, call.request, ending, runtime.policy.response)
    seen = runtime.redactor.clean(event, Exit.LOG) if runtime.policy.log_event else None

    # 6. ATTEST. Keep the closing record, or give no answer at all.
    ending = _attest(call, ending, declaration, seen, runtime)

    # 7. TELL. Metrics, logs and watchers. Nothing here can change the answer.
    tell(plan, call, ending, seen, runtime)
    return _deliver(plan, call, ending, answer)


def _declare(
    plan: Plan, call: Call, admission: Admission, runtime: Runtime
) -> tuple[Declaration, Ending | None]:
    """Return the opening record on its way, and an ending if there is one already."""
    try:
        call.facts = state_facts(plan, call, admission, runtime)
    except LedgerError as error:
        # Without the token key nobody can be named, so nothing can be recorded.
        return Declaration(), withheld(_unnamed(error))
    if admission.refusal is not None:
        # A refusal is told in one record: there is nothing to declare.
        return Declaration(), refused(admission.refusal, admission.findings)
    draft = _draft(call, Phase.INTENT, call.at_ms, None, runtime)
    mode = runtime.policy.declare
    try:
        declaration = runtime.attestor.declare(
            draft, mode, timeout_s=call.ledger_timeout_s(runtime)
        )
    except AttestationError as error:
        return Declaration(), _withhold(call, error, runtime)
    call.declared = mode is not Declare.NONE
    return declaration, None


def _call(
    plan: Plan, call: Call, admission: Admission, declaration: Declaration, runtime: Runtime
) -> Ending:
    assert call.facts is not None  # noqa: S101 - for mypy; step 3 has stated them
    actor = call.facts.actor
    audit = AuditContext(
        lambda_context=call.context,
        request_id=call.request_id,
        attempt=call.attempt,
        sources=runtime.sources,
        permit=lambda: Permit(
            deadline_s=call.remaining_s(),
            request_id=call.request_id,
            function=call.function,
            actor=actor,
        ),
        literals=runtime.policy.literals,
        declaration=declaration,
        metrics=call.metrics,
        log=runtime.log,
        tokens=runtime.tokens(),
        salt=call.subject.salt if call.subject else "",
        span=call.span,
    )
    call.audit = audit
    try:
        ending = answered(plan.handler(admission.argument, audit), 200)
    except RefusedError as error:
        ending = declined(error)
    # Everything else too, SystemExit included: Lambda would print its text.
    except BaseException as error:  # noqa: BLE001
        ending = failed(error, error_name(error, runtime.redactor))
    finally:
        audit.close()
    try:
        # The handler may have caught what a source raised, or never have read.
        declaration.settle()
    except AttestationError as error:
        return _withhold(call, error, runtime)
    return ending


def _attest(
    call: Call, ending: Ending, declaration: Declaration, seen: Clean | None, runtime: Runtime
) -> Ending:
    call.ledger_ns = declaration.spent_ns
    call.duration_ms = call.elapsed_ms(runtime)
    if ending.status is Status.WITHHELD:
        return ending
    audit = call.audit
    outcome = Outcome(
        status=ending.status,
        code=ending.code,
        error=ending.error_name,
        duration_ms=call.duration_ms,
        reads=tuple(audit.reads) if audit is not None else (),
        changes=tuple(audit.changes) if audit is not None else (),
        redacted=seen.found if seen is not None else (),
    )
    phase = Phase.OUTCOME if call.declared else Phase.DISCLOSURE
    draft = _draft(call, phase, runtime.clock.now_ms(), outcome, runtime)
    try:
        kept = runtime.attestor.attest(draft, timeout_s=call.ledger_timeout_s(runtime))
    except AttestationError as error:
        return _withhold(call, error, runtime)
    call.closing = kept.entry
    call.ledger_ns += kept.spent_ns
    return ending


def _deliver(plan: Plan, call: Call, ending: Ending, answer: Json) -> Json:
    if isinstance(ending.cause, KeyboardInterrupt):
        raise KeyboardInterrupt
    missing = plan.response is not None and ending.code == NotFoundError.status
    if call.request.http and (missing or ending.error is not None):
        return http_answer(call.request, ending.code, refusal_body(ending, call.request_id))
    if ending.error is not None:
        raise ending.error  # outside any `except`: nothing is chained to it
    return answer


def _draft(
    call: Call, phase: Phase, at_ms: int, outcome: Outcome | None, runtime: Runtime
) -> Draft:
    assert call.facts is not None  # noqa: S101 - for mypy; step 3 has stated them
    keep_s = runtime.policy.retention.hot_days * 86_400
    return Draft(
        phase,
        call.facts,
        iso_utc(at_ms),
        at_ms // 1000 + keep_s,
        outcome,
    )


def _withhold(call: Call, failure: AttestationError, runtime: Runtime) -> Ending:
    """Give no answer, and owe the ledger a record that says so."""
    ending = withheld(failure)
    outcome = Outcome(status=ending.status, code=ending.code, error=ending.error_name)
    draft = _draft(call, Phase.WITHHELD, runtime.clock.now_ms(), outcome, runtime)
    runtime.attestor.chain.owe(draft)
    return ending


def _unnamed(failure: LedgerError) -> AttestationError:
    return AttestationError(
        "the invocation cannot be put on record",
        why=f"{failure.what} ({failure.why})",
        fix="The handler has not run; restore the ledger's keys, then retry",
    )
