"""The last step before cleaning up: what must hold in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from affidavit.plugin import ActionError, ActionResult
from affidavit_harness.engine.attempt import opened, shown, stop_if_asked
from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.check_operators import run_checks, same
from affidavit_harness.engine.masks import Mask, baseline
from affidavit_harness.engine.pii import find_pii
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.waiting import Decision, Polled, poll
from affidavit_harness.errors import trouble_of
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_model import Assertion, AuditTrail, Scenario
from affidavit_harness.files.selects import select
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import (
    CheckFinding,
    Cursor,
    PollProgress,
    RunState,
    RunVerdict,
    StepOutcome,
    StepResult,
    StepState,
    Trouble,
    Values,
)

SOURCE_S = 30.0


class Trail(NamedTuple):
    """The records that an audit trail counts, and the finding of how many there are."""

    found: CheckFinding
    records: list[Any]


def verify(scenario: Scenario, state: RunState, context: RunContext) -> RunState:
    """Judge every assertion that is left; return the state with a verdict, or with POLL."""
    for assertion in scenario.assertions[len(state.assertions) :]:
        cursor = state.cursor
        began_ms = cursor.began_ms if cursor.began_ms is not None else context.now_ms()
        step = StepResult(id=assertion.id, began_ms=began_ms)
        try:
            stop_if_asked(state, context)
            judged = _judge(scenario, assertion, state, context, step)
        except ActionError as error:
            judged = replace(step, state=StepState.ERROR, error=trouble_of(error))
        if isinstance(judged, Cursor):
            return replace(state, cursor=judged)
        judged = replace(judged, took_ms=context.now_ms() - began_ms)
        state = replace(
            state,
            assertions=(*state.assertions, judged),
            cursor=Cursor(cursor.i, StepOutcome.DONE),
        )
    verdict, trouble = _verdict(state)
    return replace(
        state,
        cursor=Cursor(state.cursor.i, StepOutcome.DONE),
        verdict=verdict,
        error=trouble or state.error,
    )


def _verdict(state: RunState) -> tuple[RunVerdict, Trouble | None]:
    steps = (*state.actions, *state.assertions)
    errors = [one.error for one in steps if one.state is StepState.ERROR]
    if errors:
        return RunVerdict.ERROR, errors[0]
    if any(one.state is StepState.FAILED for one in steps):
        return RunVerdict.FAILED, None
    if not any(one.findings for one in steps):
        return RunVerdict.ERROR, Trouble(
            "Harness.NothingChecked",
            "nothing was checked",
            "every action with a check was skipped",
            "Give the case a check that applies to it",
        )
    return RunVerdict.PASSED, None


def _judge(
    scenario: Scenario,
    assertion: Assertion,
    state: RunState,
    context: RunContext,
    step: StepResult,
) -> StepResult | Cursor:
    """Return what came of it, or a cursor if somebody has to wait first."""
    scope, mask = opened(scenario, state, context)
    trail = assertion.audit_trail
    if trail is None:
        results = {one.id: to_json(one) for one in state.actions}
        known = {key: scope[key] for key in ("vars", "case", "inputs", "run", "env")}
        findings = run_checks(assertion.check, {**known, "actions": results}, scope)
        return _closed(step, findings, mask)
    polled = poll(
        lambda: _count(trail, scope, state, context),
        trail.eventually,
        state.cursor.progress or PollProgress(context.now_ms()),
        now_ms=context.now_ms,
        sleep=context.sleep,
        inline_s=context.inline_s,
    )
    if polled.decision is Decision.AGAIN:
        return polled.cursor(state.cursor, step.began_ms or 0)
    found = polled.polled.found
    step = replace(step, tries=polled.progress.tries, why=polled.why)
    return _closed(step, [found.found, *_each(trail, scope, found.records)], mask)


def _count(trail: AuditTrail, scope: Values, state: RunState, context: RunContext) -> Polled[Trail]:
    kind, params = prepare_call(trail.source.uses, trail.source.params, scope, context)
    result = perform(kind, params, state.run, context, SOURCE_S)
    where: Values = render(trail.where, scope)
    records = [
        record
        for record in _records(result)
        if all(same(select(key, record), wanted) for key, wanted in where.items())
    ]
    wanted = int(render(trail.exactly, scope))
    holds = len(records) == wanted
    count = CheckFinding("records that match where", "exactly", wanted, len(records), holds)
    # More than enough never becomes fewer: an audit trail only grows.
    return Polled(holds, len(records) > wanted, Trail(count, records))


def _records(result: ActionResult) -> list[Any]:
    for key in ("records", "items", "events", "messages", "rows"):
        if isinstance(result.get(key), list):
            found: list[Any] = result[key]
            return found
    raise ActionError(
        "Harness.AuditTrail",
        "the source of the audit trail has no records",
        why="its result holds no list",
        fix="Use ledger.expect, dynamodb.query, sql.query, sqs.receive or eventbridge.read_tap",
    )


def _each(trail: AuditTrail, scope: Values, records: list[Any]) -> list[CheckFinding]:
    findings: list[CheckFinding] = []
    redactor = baseline()
    for number, record in enumerate(records):
        findings += [
            replace(one, select=f"records[{number}].{one.select}")
            for one in run_checks(trail.records, record, scope)
        ]
        if trail.no_pii is not False:
            leaks = find_pii(record, rule=trail.no_pii, redactor=redactor)
            told = [f"{leak.kind} at {leak.path} ({leak.digest})" for leak in leaks]
            findings.append(CheckFinding(f"records[{number}]", "no_pii", [], told, not told))
    return findings


def _closed(step: StepResult, findings: Sequence[CheckFinding], mask: Mask) -> StepResult:
    passed = all(one.holds for one in findings)
    return replace(
        step,
        state=StepState.PASSED if passed else StepState.FAILED,
        findings=shown(findings, mask, sensitive=False),
    )
