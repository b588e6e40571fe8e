"""Step 7: metrics, logs and watchers. Nothing here can change the answer."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import NamedTuple

from affidavit._invocation.handler_spec import Plan
from affidavit._invocation.result import Ending
from affidavit._invocation.start import Call, open_metrics
from affidavit._policy.model import Exit
from affidavit._records.record import Record, Status
from affidavit._redact import Clean
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.failure import describe, error_name
from affidavit._telemetry.notices import MAX_NOTICES, NOTICE_S, Failed, Notice, Wish
from affidavit._telemetry.tracing import NO_SPAN, SafeSpan
from affidavit._types import Json

_COUNTERS = {
    Status.OK: "Answered",
    Status.DENY: "Refused",
    Status.ERROR: "Failed",
    Status.WITHHELD: "Withheld",
}


class Tally(NamedTuple):
    """What came of a batch, for operators.

    `returned` counts records that come again without having been run, and
    `stopped` says why there are any: `time`, `order` or `ledger`.
    """

    function: str
    request_id: str
    via: str
    at_ms: int
    records: int
    failed: int
    returned: int
    stopped: str
    duration_ms: int


def tell_batch(
    plan: Plan, tally: Tally, metrics: Metrics, span: SafeSpan, runtime: Runtime
) -> None:
    """Emit what the records of a batch have counted, and one line about all of them.

    Never raises, as `tell` does not.
    """
    try:
        metrics.add("BatchRecords", tally.records, "Count")
        metrics.add("BatchFailed", tally.failed, "Count")
        metrics.add("BatchReturned", tally.returned, "Count")
        _emit(metrics, tally.at_ms, tally.function, plan, runtime)
        runtime.log.info(
            "batch.completed",
            request_id=tally.request_id,
            action=plan.action,
            via=tally.via,
            records=tally.records,
            failed=tally.failed,
            returned=tally.returned,
            stopped=tally.stopped,
            duration_ms=tally.duration_ms,
        )
        counts: dict[str, Json] = {
            "via": tally.via,
            "records": tally.records,
            "failed": tally.failed,
            "returned": tally.returned,
        }
        _finish(span, counts, failed=tally.failed > 0, runtime=runtime)
    except Exception as error:  # noqa: BLE001 - the answer is decided; nothing may undo it
        _last_word(error, runtime)


def tell(plan: Plan, call: Call, ending: Ending, seen: Clean | None, runtime: Runtime) -> None:
    """Emit the EMF line and the log lines, and show the record to the watchers.

    Never raises. If stdout itself fails, one word about it goes to stderr.
    """
    try:
        _measure(plan, call, ending, runtime)
        _log(plan, call, ending, seen, runtime)
        _show(call, runtime)
        if call.audit is not None and call.audit.wishes:
            _notify(plan, call, call.audit.wishes, ending, runtime)
        if call.span is not NO_SPAN:
            _trace(call, ending, runtime)
    except Exception as error:  # noqa: BLE001 - the answer is decided; nothing may undo it
        _last_word(error, runtime)


def _last_word(error: Exception, runtime: Runtime) -> None:
    with contextlib.suppress(Exception):
        name = error_name(error, runtime.redactor)
        sys.stderr.write(f'{{"event":"tell.failed","error_type":"{name}"}}\n')


def _measure(plan: Plan, call: Call, ending: Ending, runtime: Runtime) -> None:
    metrics = call.metrics
    metrics.add("ColdStart", int(call.cold), "Count")
    metrics.add("Duration", call.duration_ms, "Milliseconds")
    metrics.add("AuditWriteLatency", call.ledger_ns / 1e6, "Milliseconds")
    metrics.add(_COUNTERS[ending.status], 1, "Count")
    spilled = runtime.attestor.chain.spilled - call.spilled
    if spilled:
        metrics.add("LedgerSpilled", spilled, "Count")
    if call.share is None:  # a batch emits what its records have counted, once
        _emit(metrics, call.at_ms, call.function, plan, runtime)


def _emit(metrics: Metrics, at_ms: int, function: str, plan: Plan, runtime: Runtime) -> None:
    if metrics.rejected:
        metrics.add("MetricsRejected", metrics.rejected, "Count")
    common = {"FunctionName": function, "Action": plan.action}
    for line in metrics.lines(at_ms, runtime.namespace, common):
        runtime.emit(line)


def _log(plan: Plan, call: Call, ending: Ending, seen: Clean | None, runtime: Runtime) -> None:
    log = runtime.log
    about = {"request_id": call.request_id, "attempt": call.attempt}
    findings = [{"path": item.path, "kind": item.kind} for item in ending.findings]
    if ending.cause is not None and ending.status is Status.ERROR:
        log.error("handler.failed", **about, **describe(ending.cause, runtime.redactor))
    elif ending.cause is not None:
        told = describe(ending.cause, runtime.redactor)
        log.warning("handler.refused", **about, code=ending.code, **told)
    elif ending.status is Status.ERROR and findings:
        log.error("answer.unfit", **about, reason=str(ending.error), findings=findings)
    elif ending.status is Status.DENY:
        reason = str(ending.error or "")
        log.warning("request.refused", **about, code=ending.code, reason=reason, findings=findings)
    elif ending.status is Status.WITHHELD:
        log.error("answer.withheld", **about, reason=str(ending.error))
    fields = {"received": seen} if seen is not None else {}
    log.info(
        "invocation.completed",
        **about,
        action=plan.action,
        via=call.request.via._value_,
        outcome=ending.status._value_,
        code=ending.code,
        duration_ms=call.duration_ms,
        **fields,
    )


def _notify(plan: Plan, call: Call, wishes: list[Wish], ending: Ending, runtime: Runtime) -> None:
    """Send what the handler has asked for, if it was answered and is on record."""
    metrics = open_metrics(runtime) if call.share is None else call.metrics
    if ending.status is Status.OK and ending.error is None and call.closing is not None:
        failed: list[Failed] = []
        notices = list(_notices(plan, call, wishes, failed, runtime))
        limit_s = min(NOTICE_S, call.remaining_s())
        sent, not_sent = runtime.dispatcher.send(notices, timeout_s=limit_s)
        failed += not_sent
        metrics.add("NoticesSent", sent, "Count")
        metrics.add("NoticesFailed", len(failed), "Count")
        _log_failed(call, failed, runtime)
    else:
        metrics.add("NoticesDropped", len(wishes), "Count")
    if call.share is None:
        _emit(metrics, call.at_ms, call.function, plan, runtime)


def _notices(
    plan: Plan, call: Call, wishes: list[Wish], failed: list[Failed], runtime: Runtime
) -> Iterator[Notice]:
    """Yield what may be sent; what may not joins `failed`."""
    clean = runtime.redactor.clean
    for place, wish in enumerate(wishes):
        if place >= MAX_NOTICES:
            failed.append(Failed(wish.medium, wish.name, "TooMany"))
        elif runtime.redactor.text(wish.name, Exit.LOG) != wish.name:
            # A name is a word of the code; this one holds somebody's data.
            failed.append(Failed(wish.medium, "?", "NameRefused"))
        else:
            values = clean(wish.values, Exit.LOG)
            yield Notice(wish.medium, wish.name, wish.to, values, call.request_id, plan.action)


def _log_failed(call: Call, failed: list[Failed], runtime: Runtime) -> None:
    for notice in failed:
        runtime.log.warning(
            "notice.failed",
            request_id=call.request_id,
            attempt=call.attempt,
            medium=notice.medium.value,
            notice=notice.name,
            error_type=notice.why,
        )


def _trace(call: Call, ending: Ending, runtime: Runtime) -> None:
    said: dict[str, Json] = {
        "outcome": ending.status.value,
        "code": ending.code,
        "error": ending.error_name,
        "via": call.request.via.value,
        "cold": call.cold,
        "attempt": call.attempt,
    }
    failed = ending.status in {Status.ERROR, Status.WITHHELD}
    _finish(call.span, said, failed=failed, runtime=runtime)


def _finish(span: SafeSpan, said: dict[str, Json], *, failed: bool, runtime: Runtime) -> None:
    if span.open:
        said["policy"] = runtime.policy.label
        span.finish(runtime.redactor.clean(said, Exit.TRACE), failed=failed)
    if span.fault:
        runtime.log.warning("span.failed", error_type=span.fault)


def _show(call: Call, runtime: Runtime) -> None:
    if not runtime.watchers or call.closing is None:
        return
    for name, finished in runtime.watchers:
        try:
            # A copy for each: what one does to it, the next does not see.
            finished(record=Record.parse(call.closing.body))
        except Exception as error:  # noqa: BLE001 - a watcher is a plugin's code
            kind = error_name(error, runtime.redactor)
            runtime.log.warning("watcher.failed", plugin=name, error_type=kind)
