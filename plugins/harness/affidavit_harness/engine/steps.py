"""The steps of a run: prepare, act, verify, undo, conclude. The state machine calls the same ones.

Each takes the run's state as JSON and returns the next. What a test finds is
data; an exception leaves a step only if the harness itself is broken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.inputs import open_inputs
from affidavit_harness.engine.kit import Run, scope_of
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.operators import Finding, run_checks
from affidavit_harness.engine.planning import plan_undo
from affidavit_harness.engine.waiting import Seen, look, progress_of
from affidavit_harness.engine.world import State, World
from affidavit_harness.errors import ActionError, StoppedError
from affidavit_harness.files.durations import seconds
from affidavit_harness.files.model import Action, Capture, Scenario
from affidavit_harness.files.selects import select

GOING: Final = ("OK", "POLL")
"""Outcomes after which there is another action, or another look."""


class Asked(NamedTuple):
    """What starts a run: which case of which scenario, where, and with which actions."""

    run: Run
    case: Mapping[str, Any]
    overrides: Mapping[str, Any]
    manifest: str


def prepare(scenario: Scenario, asked: Asked, world: World) -> dict[str, Any]:
    """Return a run's first state: inputs looked up, nothing done yet."""
    state: dict[str, Any] = {
        "run": asked.run._asdict(),
        "case": dict(asked.case),
        "overrides": dict(asked.overrides),
        "inputs": {},
        "vars": {},
        "cursor": {"i": 0, "outcome": "OK", "wait": 1},
        "actions": [],
        "assertions": [],
        "transitions": 0,
    }
    try:
        _agree(asked, world)
        state["inputs"] = _inputs(scenario, state, world, secret=False)
        _inputs(scenario, state, world, secret=True)  # better now than after the first write
    except ActionError as error:
        return broken(state, error)
    return state


def _agree(asked: Asked, world: World) -> None:
    if asked.manifest != world.registry.manifest():
        raise ActionError(
            "Harness.Manifest",
            "the actions here are not the ones that the scenario was checked with",
            why="plugins or versions differ between the command line and the harness",
            fix="Deploy the harness anew, or install what it has",
        )
    if asked.run.env != world.env:
        raise ActionError(
            "Harness.Environment",
            f"this harness is not for {asked.run.env}",
            why=f"it is for {world.env}",
            fix="Name the environment with --env",
        )


def act(scenario: Scenario, state: State, world: World) -> dict[str, Any]:
    """Do the action at the cursor once, or go on looking; return the next state."""
    told: dict[str, Any] = {**state, "actions": list(state["actions"])}
    cursor = state["cursor"]
    action = scenario.actions[cursor["i"]]
    began_ms = int(cursor.get("began_ms") or world.now_ms())
    item: dict[str, Any] = {"id": action.id, "uses": action.uses, "began_ms": began_ms}
    try:
        _may_go_on(state, world)
        verdict = _one(scenario, action, told, world, item)
    except ActionError as error:
        return _end(told, item, error, world)
    item["took_ms"] = world.now_ms() - began_ms
    if verdict == "again":
        told["cursor"] = {**item.pop("cursor"), "i": cursor["i"], "began_ms": began_ms}
        return told
    item.pop("cursor", None)
    told["actions"].append(item)
    if item["state"] == "failed":
        told["cursor"] = {"i": cursor["i"], "outcome": "FAILED", "wait": 1}
        told["verdict"] = "FAILED"
        return told
    done = cursor["i"] + 1 >= len(scenario.actions)
    told["cursor"] = {"i": cursor["i"] + 1, "outcome": "DONE" if done else "OK", "wait": 1}
    return told


def _may_go_on(state: State, world: World) -> None:
    stop_if_asked(state, world)
    if world.now_ms() > state["run"]["deadline_ms"]:
        raise ActionError(
            "Harness.Timeout",
            "the scenario took too long",
            why="its timeout has passed",
            fix="Raise timeout:, or find what is slow in the report",
        )


def stop_if_asked(state: State, world: World) -> None:
    """End the run before its next step.

    Raises:
        StoppedError: Somebody asked for that.

    """
    if world.ledger.asked_to_stop(state["run"]["id"]):
        raise StoppedError


def _one(
    scenario: Scenario, action: Action, state: dict[str, Any], world: World, item: dict[str, Any]
) -> str:
    scope, mask = opened(scenario, state, world)
    if action.when is not None and not _wanted(action.when, scope):
        item["state"] = "skipped"
        return "pass"
    kind, params = prepare_call(action.uses, action.params, scope, world)
    plan_undo(scenario, action, params, state, world=world, mask=mask)
    run = Run(**state["run"])

    def once() -> Mapping[str, Any]:
        return perform(kind, params, run, world, seconds(action.timeout))

    verdict = look(
        lambda: _seen(action, _tried(action, once, world), scope),
        action.eventually,
        progress_of(state["cursor"].get("progress"), world.now_ms()),
        now_ms=world.now_ms,
        sleep=world.sleep,
        inline_s=world.inline_s,
    )
    item["tries"] = verdict.progress.tries
    if verdict.what == "again":
        wait, progress = max(1, round(verdict.pause_s)), verdict.progress.json()
        item["cursor"] = {"outcome": "POLL", "wait": wait, "progress": progress}
        return "again"
    result, findings = verdict.seen.told
    item["state"] = "passed" if verdict.what == "pass" else "failed"
    if verdict.what == "pass":
        _capture(action, result, state, world, mask)
    if verdict.why:
        item["why"] = verdict.why
    item["findings"] = shown(findings, mask, sensitive=action.sensitive)
    item["result"] = _evidence(result, mask, sensitive=action.sensitive)
    return verdict.what


def _seen(action: Action, result: Mapping[str, Any], scope: Mapping[str, Any]) -> Seen:
    """Hold a result against the checks, and against what makes further looking hopeless."""
    findings = run_checks(action.check, result, scope)
    stop_when = action.eventually.stop_when if action.eventually is not None else []
    stops = run_checks(stop_when, result, scope)
    hopeless = bool(stops) and all(one.holds for one in stops)
    return Seen(all(one.holds for one in findings), hopeless, (result, findings))


def _wanted(expression: str, scope: Mapping[str, Any]) -> bool:
    found = select(expression, scope)
    if isinstance(found, bool):
        return found
    raise ActionError(
        "Harness.When",
        f"when: {expression} is neither true nor false",
        why="an action is not skipped by accident",
        fix="Compare with something, e.g. case.status == `200`",
    )


def _tried(action: Action, once: Any, world: World) -> Mapping[str, Any]:
    """Do it again if it could not be done, as `retry` says. What was found is no reason to."""
    retry = action.retry
    attempts = retry.attempts if retry is not None else 1
    for attempt in range(attempts):
        try:
            result: Mapping[str, Any] = once()
        except ActionError as error:
            last = attempt + 1 == attempts
            wanted = retry is not None and (not retry.errors or error.name in retry.errors)
            if last or not wanted or error.name.startswith("Harness."):
                raise
            world.sleep(seconds(retry.every) * retry.backoff**attempt)  # type: ignore[union-attr]
        else:
            return result
    raise AssertionError("attempts is at least one")


def _capture(action: Action, result: Any, state: dict[str, Any], world: World, mask: Mask) -> None:
    kept = dict(state["vars"])
    for name, rule in action.capture.items():
        chosen = Capture(select=rule) if isinstance(rule, str) else rule
        value = select(chosen.select, result)
        if value is None:
            if "default" not in chosen.model_fields_set:
                raise ActionError(
                    "Harness.Capture",
                    f"{action.id} has nothing to capture as {name}",
                    why=f"{chosen.select} finds nothing in its result",
                    fix="Correct the select, or give the capture a default",
                )
            value = chosen.default
        if chosen.secret:
            mask.learn(value)
            world.ledger.remember(state["run"]["id"], name, value)
        else:
            kept[name] = value
    state["vars"] = kept


def opened(scenario: Scenario, state: State, world: World) -> tuple[dict[str, Any], Mask]:
    """Return what templates may refer to now, and a mask that knows every secret of it."""
    run = Run(**state["run"])
    mask = Mask()
    secrets = _inputs(scenario, state, world, secret=True)
    captured = world.ledger.remembered(run.id)
    for value in (*secrets.values(), *captured.values()):
        mask.learn(value)
    scope = scope_of(run, {**state["inputs"], **secrets}, state["case"])
    scope["vars"] = {**state["vars"], **captured}
    return scope, mask


def _inputs(scenario: Scenario, state: State, world: World, *, secret: bool) -> dict[str, Any]:
    run, case = state["run"]["id"], state["case"]

    def read(source: str, name: str) -> Any:
        return world.references.read(run, source, name, case)

    return open_inputs(scenario, world.env, state["overrides"], read, secret=secret)


def shown(findings: list[Finding], mask: Mask, *, sensitive: bool) -> list[dict[str, Any]]:
    """Return findings as a report may hold them."""
    return [
        {
            **one.json(),
            "expected": mask.shown(one.expected),
            "actual": "(sensitive)" if sensitive else mask.shown(one.actual),
            "message": mask.shown(one.message),
        }
        for one in findings
    ]


def _evidence(result: Mapping[str, Any], mask: Mask, *, sensitive: bool) -> Any:
    if not sensitive:
        return mask.shown(result)
    text = json.dumps(result, sort_keys=True).encode()
    digest = hashlib.sha256(text).hexdigest()
    return {"status": result.get("status"), "bytes": len(text), "sha256": digest}


def _end(
    state: dict[str, Any], item: dict[str, Any], error: ActionError, world: World
) -> dict[str, Any]:
    item.pop("cursor", None)
    item.update(state="error", took_ms=world.now_ms() - item["began_ms"], error=told_error(error))
    state["actions"].append(item)
    return broken(state, error)


def broken(state: dict[str, Any], error: ActionError) -> dict[str, Any]:
    """Return `state`, which is changed, as that of a run that an error has ended."""
    state["cursor"] = {"i": state["cursor"]["i"], "outcome": "ERROR", "wait": 1}
    state["verdict"] = "ERROR"
    state["error"] = told_error(error)
    return state


def told_error(error: ActionError) -> dict[str, str]:
    """Return an error for a report. Its texts hold no values."""
    return {"name": error.name, "what": error.what, "why": error.why, "fix": error.fix}
