"""Step 7: metrics, logs and watchers. Nothing here can change the answer."""

from __future__ import annotations

import contextlib
import sys

from affidavit.ending import Ending
from affidavit.failure import describe, error_name
from affidavit.opening import Call
from affidavit.plan import Plan
from affidavit.record import Record, Status
from affidavit.redact import Clean
from affidavit.runtime import Runtime

_COUNTERS = {
    Status.OK: "Answered",
    Status.DENY: "Refused",
    Status.ERROR: "Failed",
    Status.WITHHELD: "Withheld",
}


def tell(plan: Plan, call: Call, ending: Ending, seen: Clean | None, runtime: Runtime) -> None:
    """Emit the EMF line and the log lines, and show the record to the watchers.

    Never raises. If stdout itself fails, one word about it goes to stderr.
    """
    try:
        _measure(plan, call, ending, runtime)
        _log(plan, call, ending, seen, runtime)
        _show(call, runtime)
    except Exception as error:  # noqa: BLE001 - the answer is decided; nothing may undo it
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
    if metrics.rejected:
        metrics.add("MetricsRejected", metrics.rejected, "Count")
    common = {"FunctionName": call.function, "Action": plan.action}
    for line in metrics.lines(call.at_ms, runtime.namespace, common):
        runtime.emit(line)


def _log(plan: Plan, call: Call, ending: Ending, seen: Clean | None, runtime: Runtime) -> None:
    log = runtime.log
    about = {"request_id": call.request_id, "attempt": call.attempt}
    if ending.cause is not None and ending.status is Status.ERROR:
        log.error("handler.failed", **about, **describe(ending.cause, runtime.redactor))
    elif ending.status is Status.DENY or ending.findings:
        findings = [{"path": item.path, "kind": item.kind} for item in ending.findings]
        reason = str(ending.error or "")
        log.warning("request.refused", **about, code=ending.code, reason=reason, findings=findings)
    elif ending.status is Status.WITHHELD:
        log.error("answer.withheld", **about, reason=str(ending.error))
    fields = {"received": seen} if seen is not None else {}
    log.info(
        "invocation.completed",
        **about,
        action=plan.action,
        via=call.request.via.value,
        outcome=ending.status.value,
        code=ending.code,
        duration_ms=call.duration_ms,
        **fields,
    )


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
