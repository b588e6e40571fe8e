"""What is left out says nothing: no default of the kernel does, but for these."""

from __future__ import annotations

from typing import Final

import repository as repo
from left_out import defaults

SAYS: Final = {
    "_clock.Clock.now_ms": "now_ms",
    "_clock.Clock.tick_ns": "time.perf_counter_ns",
    "_clock.Clock.new_id": "lambda: secrets.token_urlsafe(16)",
    "_event/event_source.EventSource.recognise": "bool",
    "_event/event_source.EventSource.records": "whole",
    "_event/event_source.EventSource.open": "unopened",
    "_event/event_source.EventSource.report": "Report.RAISE",
    "_event/event_source.EventSource.context": "without_context",
    "_event/event_source.EventSource.code": "answered",
    "_event/event_source.first_claim(names)": "IDENTITY",
    "_event/request.read_request(sources)": "BUILT_IN",
    "_event/services._service(code)": "answered",
    "_invocation/audit_context.HandlerMetrics.add(unit)": "'None'",
    "_invocation/audit_context.AuditedSource.fetch_all(max_rows)": "MAX_ROWS",
    "_offrecord/audit_hook._heard(watched)": "_WATCHED",
    "_policy/model.KeyRule.entity": "'CUSTOM'",
    "_policy/model.RedactionLimits.depth": "48",
    "_policy/model.RedactionLimits.string_bytes": "65536",
    "_policy/model.RedactionLimits.nodes": "20000",
    "_policy/model.Redaction.limits": "RedactionLimits()",
    "_records/ledger.Ledger.timeout_s": "5.0",
    "_records/ledger.Ledger.cold_timeout_s": "5.0",
    "_records/memory.MemoryStore.name": "'memory'",
    "_records/memory.MemoryStore.batch_limit": "100",
    "_records/subjects.SubjectTokens.__init__(monotonic)": "time.monotonic",
    "_runtime/runtime.Runtime.dispatcher": "Dispatcher(None)",
    "_runtime/runtime.Runtime.event_sources": "BUILT_IN",
    "_runtime/runtime.build_runtime(emit)": "write_line",
    "_runtime/runtime.assemble(log_level)": "'info'",
    "_runtime/runtime.assemble(namespace)": "'affidavit'",
    "_runtime/runtime.assemble(environment)": "'local'",
    "_runtime/runtime.assemble(event_sources)": "BUILT_IN",
    "_sources/source.Permit.refer": "_not_kept",
    "_sources/statements.check_statement(literals)": "True",
    "_telemetry/emf.Metrics.add(unit)": "'None'",
    "_telemetry/notices.Dispatcher.__init__(limit_s)": "NOTICE_S",
    "_test_actions.ActionParams.model_config": (
        "ConfigDict(extra='forbid', frozen=True, populate_by_name=True)"
    ),
    "_test_actions.AtomicAction.effects": "_reads",
    "_test_actions.AtomicAction.refused": "_never",
    "_test_actions.AtomicAction.version": "1",
    "errors.RefusedError.status": "400",
    "errors.RefusedError.code": "'refused'",
}


def test_what_is_left_out_says_nothing_but_for_these() -> None:
    """Of a field and of an argument: another default would be another promise."""
    assert SAYS == defaults(repo.KERNEL, "_redact", "testing")
