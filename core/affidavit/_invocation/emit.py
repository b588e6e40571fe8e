"""Step 7: metrics, logs and watchers. Nothing here can change the answer."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import NamedTuple

from affidavit._invocation.error_trackers import report_failure
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.result import Result
from affidavit._invocation.start import Invocation, open_metrics
from affidavit._policy.words import Sink
from affidavit._records.record import Record, Status
from affidavit._redact import Clean
from affidavit._redact.redactor import MAX_FAULTS
from affidavit._runtime.runtime import Runtime
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.failure import error_name
from affidavit._telemetry.notices import MAX_NOTICES, FailedNotice, Notice
from affidavit._telemetry.tracing import NO_SPAN, SafeSpan
from affidavit._types import Json

_COUNTERS = {
    Status.OK: "Answered",
    Status.DENY: "Refused",
    Status.ERROR: "Failed",
    Status.WITHHELD: "Withheld",
}


class BatchTotals(NamedTuple):
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


def emit_batch(
    spec: HandlerSpec, tally: BatchTotals, metrics: Metrics, span: SafeSpan, runtime: Runtime
) -> None:
    """Emit what the records of a batch have counted, and one line about all of them.

    Never raises, as `emit` does not.
    """
    try:
        metrics.add("BatchRecords", tally.records, "Count")
        metrics.add("BatchFailed", tally.failed, "Count")
        metrics.add("BatchReturned", tally.returned, "Count")
        _emit(metrics, tally.at_ms, tally.function, spec, runtime)
        runtime.log.info(
            "batch.completed",
            request_id=tally.request_id,
            action=spec.action,
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


def emit(invocation: Invocation, result: Result, seen: Clean | None) -> None:
    """Emit the EMF line and the log lines, and show the record to the watchers.

    Never raises. If stdout itself fails, one word about it goes to stderr.
    """
    runtime = invocation.runtime
    try:
        _measure(invocation, result)
        _log(invocation, result, seen)
        _show(invocation)
        if invocation.request.http and result.error is not None and result.code >= 500:  # noqa: PLR2004
            _report(result.error, runtime)
        if invocation.notices:
            _notify(invocation, result)
        if invocation.span is not NO_SPAN:
            _trace(invocation, result)
    except Exception as error:  # noqa: BLE001 - the answer is decided; nothing may undo it
        _last_word(error, runtime)


def _report(error: Exception, runtime: Runtime) -> None:
    fault = report_failure(error)
    if fault:
        runtime.log.warning("tracker.failed", error_type=fault)


def _last_word(error: Exception, runtime: Runtime) -> None:
    with contextlib.suppress(Exception):
        name = error_name(error, runtime.redactor)
        sys.stderr.write(f'{{"event":"emit.failed","error_type":"{name}"}}\n')


def _measure(invocation: Invocation, result: Result) -> None:
    metrics, runtime = invocation.metrics, invocation.runtime
    metrics.add("ColdStart", int(invocation.cold), "Count")
    metrics.add("Duration", invocation.duration_ms, "Milliseconds")
    metrics.add("AuditWriteLatency", invocation.ledger_ns / 1e6, "Milliseconds")
    metrics.add(_COUNTERS[result.status], 1, "Count")
    if invocation.off_record is not None and (unlisted := invocation.off_record.unlisted()):
        metrics.add("OffRecord", unlisted, "Count")
    spilled = runtime.spilled() - invocation.spilled
    if spilled:
        metrics.add("LedgerSpilled", spilled, "Count")
    if invocation.item is None:  # a batch emits what its records have counted, once
        _emit(metrics, invocation.at_ms, invocation.function, invocation.spec, runtime)


def _emit(metrics: Metrics, at_ms: int, function: str, spec: HandlerSpec, runtime: Runtime) -> None:
    if metrics.rejected:
        metrics.add("MetricsRejected", metrics.rejected, "Count")
    if runtime.redactor.faults:
        metrics.add("RedactionFailed", _tell_faults(runtime), "Count")
    common = {"FunctionName": function, "Action": spec.action}
    for line in metrics.lines(at_ms, runtime.namespace, common):
        runtime.emit(line)


def _tell_faults(runtime: Runtime) -> int:
    """Log what the redactor failed with since it was last asked, and count it."""
    faults, told = runtime.redactor.faults, 0
    while faults and told < MAX_FAULTS:  # a line may fail in its turn
        runtime.log.error("redaction.failed", error_type=faults.popleft())
        told += 1
    return told


def _log(invocation: Invocation, result: Result, seen: Clean | None) -> None:
    log = invocation.runtime.log
    about = {"request_id": invocation.request_id, "attempt": invocation.attempt}
    findings = [{"path": item.path, "kind": item.kind} for item in result.findings]
    if result.cause is not None and result.status is Status.ERROR:
        log.error("handler.failed", **about, **invocation.told)
    elif result.cause is not None:
        log.warning("handler.refused", **about, code=result.code, **invocation.told)
    elif result.status is Status.ERROR and findings:
        log.error("answer.unfit", **about, reason=str(result.error), findings=findings)
    elif result.status is Status.DENY:
        reason = str(result.error or "")
        log.warning("request.refused", **about, code=result.code, reason=reason, findings=findings)
    elif result.status is Status.WITHHELD:
        log.error("answer.withheld", **about, reason=str(result.error))
    fields = {"received": seen} if seen is not None else {}
    log.info(
        "invocation.completed",
        **about,
        action=invocation.spec.action,
        via=invocation.request.via,
        outcome=result.status.value,
        code=result.code,
        duration_ms=invocation.duration_ms,
        **fields,
    )


def _notify(invocation: Invocation, result: Result) -> None:
    """Send what the handler has asked for, if it was answered and is on record."""
    runtime = invocation.runtime
    metrics = open_metrics(runtime) if invocation.item is None else invocation.metrics
    if result.status is Status.OK and result.error is None and invocation.closing is not None:
        failed: list[FailedNotice] = []
        notices = list(_notices(invocation, failed))
        limit_s = min(runtime.dispatcher.limit_s, invocation.remaining_s())
        sent, not_sent = runtime.dispatcher.send(notices, timeout_s=limit_s)
        failed += not_sent
        metrics.add("NoticesSent", sent, "Count")
        metrics.add("NoticesFailed", len(failed), "Count")
        _log_failed(invocation, failed)
    else:
        metrics.add("NoticesDropped", len(invocation.notices), "Count")
    if invocation.item is None:
        _emit(metrics, invocation.at_ms, invocation.function, invocation.spec, runtime)


def _notices(invocation: Invocation, failed: list[FailedNotice]) -> Iterator[Notice]:
    """Yield what may be sent; what may not joins `failed`."""
    redactor, action = invocation.runtime.redactor, invocation.spec.action
    for place, notice in enumerate(invocation.notices):
        if place >= MAX_NOTICES:
            failed.append(FailedNotice(notice.medium, notice.name, "TooMany"))
        elif redactor.text(notice.name, Sink.LOG) != notice.name:
            # A name is a word of the code; this one holds somebody's data.
            failed.append(FailedNotice(notice.medium, "?", "NameRefused"))
        else:
            values = redactor.clean(notice.values, Sink.LOG)
            yield Notice(
                notice.medium, notice.name, notice.to, values, invocation.request_id, action
            )


def _log_failed(invocation: Invocation, failed: list[FailedNotice]) -> None:
    for notice in failed:
        invocation.runtime.log.warning(
            "notice.failed",
            request_id=invocation.request_id,
            attempt=invocation.attempt,
            medium=notice.medium.value,
            notice=notice.name,
            error_type=notice.why,
        )


def _trace(invocation: Invocation, result: Result) -> None:
    said: dict[str, Json] = {
        "outcome": result.status.value,
        "code": result.code,
        "error": result.error_name,
        "via": invocation.request.via,
        "cold": invocation.cold,
        "attempt": invocation.attempt,
    }
    failed = result.status in {Status.ERROR, Status.WITHHELD}
    _finish(invocation.span, said, failed=failed, runtime=invocation.runtime)


def _finish(span: SafeSpan, said: dict[str, Json], *, failed: bool, runtime: Runtime) -> None:
    if span.open:
        said["policy"] = runtime.policy.label
        span.finish(runtime.redactor.clean(said, Sink.TRACE), failed=failed)
    if span.fault:
        runtime.log.warning("span.failed", error_type=span.fault)


def _show(invocation: Invocation) -> None:
    runtime = invocation.runtime
    if not runtime.observers or invocation.closing is None:
        return
    for name, finished in runtime.observers:
        try:
            # A copy for each: what one does to it, the next does not see.
            finished(record=Record.parse(invocation.closing.body))
        except Exception as error:  # noqa: BLE001 - a watcher is a plugin's code
            kind = error_name(error, runtime.redactor)
            runtime.log.warning("observer.failed", plugin=name, error_type=kind)
