"""The last step before cleaning up: what must hold in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.kit import Run
from affidavit_harness.engine.masks import Mask, baseline
from affidavit_harness.engine.operators import Finding, run_checks, same
from affidavit_harness.engine.pii import find_pii
from affidavit_harness.engine.steps import opened, shown, stop_if_asked, told_error
from affidavit_harness.engine.waiting import Seen, look, progress_of
from affidavit_harness.engine.world import State, World
from affidavit_harness.errors import ActionError
from affidavit_harness.files.model import Assertion, AuditTrail, Scenario
from affidavit_harness.files.selects import select
from affidavit_harness.files.templates import render

SOURCE_S = 30.0


def verify(scenario: Scenario, state: State, world: World) -> dict[str, Any]:
    """Judge every assertion that is left; return the state with a verdict, or with POLL."""
    told: dict[str, Any] = {**state, "assertions": list(state["assertions"])}
    left = scenario.assertions[len(told["assertions"]) :]
    for assertion in left:
        item: dict[str, Any] = {"id": assertion.id, "began_ms": world.now_ms()}
        try:
            stop_if_asked(state, world)
            again = _judge(scenario, assertion, told, world, item)
        except ActionError as error:
            item.update(state="error", error=told_error(error))
            again = None
        if again is not None:
            told["cursor"] = {**state["cursor"], **again, "outcome": "POLL"}
            return told
        item["took_ms"] = world.now_ms() - item["began_ms"]
        told["assertions"].append(item)
        told["cursor"] = {**state["cursor"], "outcome": "DONE", "progress": None}
    told["cursor"] = {**told["cursor"], "outcome": "DONE"}
    told["verdict"], error_told = _verdict(told)
    if error_told is not None:
        told["error"] = error_told
    return told


def _verdict(state: Mapping[str, Any]) -> tuple[str, dict[str, str] | None]:
    items = [*state["actions"], *state["assertions"]]
    broken = [item["error"] for item in items if item["state"] == "error"]
    if broken:
        return "ERROR", broken[0]
    if any(item["state"] == "failed" for item in items):
        return "FAILED", None
    if not any(item.get("findings") for item in items):
        nothing = ActionError(
            "Harness.NothingChecked",
            "nothing was checked",
            why="every action with a check was skipped",
            fix="Give the case a check that applies to it",
        )
        return "ERROR", told_error(nothing)
    return "PASSED", None


def _judge(
    scenario: Scenario,
    assertion: Assertion,
    state: dict[str, Any],
    world: World,
    item: dict[str, Any],
) -> dict[str, Any] | None:
    """Fill `item`; return a cursor if somebody has to wait first."""
    scope, mask = opened(scenario, state, world)
    trail = assertion.audit_trail
    if trail is None:
        results = {one["id"]: one for one in state["actions"]}
        known = {key: scope[key] for key in ("vars", "case", "inputs", "run", "env")}
        findings = run_checks(assertion.check, {**known, "actions": results}, scope)
        _close(item, findings, mask)
        return None
    found: dict[str, Any] = {}
    verdict = look(
        lambda: _count(trail, scope, state, world, found),
        trail.eventually,
        progress_of(state["cursor"].get("progress"), world.now_ms()),
        now_ms=world.now_ms,
        sleep=world.sleep,
        inline_s=world.inline_s,
    )
    item["tries"] = verdict.progress.tries
    if verdict.what == "again":
        wait = max(1, round(verdict.pause_s))
        return {"wait": wait, "progress": verdict.progress.json()}
    if verdict.why:
        item["why"] = verdict.why
    findings = [found["count"], *_each(trail, scope, found["records"])]
    _close(item, findings, mask)
    return None


def _count(
    trail: AuditTrail,
    scope: Mapping[str, Any],
    state: Mapping[str, Any],
    world: World,
    found: dict[str, Any],
) -> Seen:
    kind, params = prepare_call(trail.source.uses, trail.source.params, scope, world)
    result = perform(kind, params, Run(**state["run"]), world, SOURCE_S)
    where = render(trail.where, scope)
    records = [
        record
        for record in _records(result)
        if all(same(select(key, record), wanted) for key, wanted in where.items())
    ]
    wanted = int(render(trail.exactly, scope))
    holds = len(records) == wanted
    found["records"] = records
    found["count"] = Finding("records that match where", "exactly", wanted, len(records), holds)
    # More than enough never becomes fewer: an audit trail only grows.
    return Seen(holds, len(records) > wanted, None)


def _records(result: Mapping[str, Any]) -> list[Any]:
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


def _each(trail: AuditTrail, scope: Mapping[str, Any], records: list[Any]) -> list[Finding]:
    findings: list[Finding] = []
    redactor = baseline()
    for number, record in enumerate(records):
        findings += [
            one._replace(select=f"records[{number}].{one.select}")
            for one in run_checks(trail.records, record, scope)
        ]
        if trail.no_pii is not False:
            leaks = find_pii(record, rule=trail.no_pii, redactor=redactor)
            told = [f"{leak.kind} at {leak.path} ({leak.digest})" for leak in leaks]
            findings.append(Finding(f"records[{number}]", "no_pii", [], told, not told))
    return findings


def _close(item: dict[str, Any], findings: list[Finding], mask: Mask) -> None:
    item["state"] = "passed" if all(one.holds for one in findings) else "failed"
    item["findings"] = shown(findings, mask, sensitive=False)
