"""The first two steps of a run: prepare and act. The state machine calls the same ones.

Each takes the run's state and returns the next. What a test finds is data; an
exception leaves a step only if the harness itself is broken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from affidavit.plugin import ActionError, ActionResult
from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.check_operators import run_checks
from affidavit_harness.engine.input_lookup import open_inputs
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.planning import plan_undo
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.scope import scope_of
from affidavit_harness.engine.waiting import Decision, Polled, poll
from affidavit_harness.errors import StoppedError, trouble_of
from affidavit_harness.files.durations import seconds
from affidavit_harness.files.scenario_model import Action, Capture, Scenario
from affidavit_harness.files.selects import select
from affidavit_harness.protocol import (
    CheckFinding,
    Cursor,
    PollProgress,
    RunState,
    RunVerdict,
    StepOutcome,
    StepResult,
    StepState,
    Values,
)

CARRIED: Final = 16_384
"""Characters of a capture that a run's state carries; where there is a shelf, more goes there."""

Judged = tuple[ActionResult, list[CheckFinding]]
"""What an action found, and what its checks say of it."""


class Moved(NamedTuple):
    """How far one call of a step came: the step's result, and what the run carries on."""

    state: RunState
    step: StepResult
    cursor: Cursor | None = None
    """Set if the step has to be polled again; then it has no result yet."""


def prepare(scenario: Scenario, state: RunState, context: RunContext) -> RunState:
    """Return a run's first state: inputs looked up, nothing done yet."""
    try:
        _agree(state, context)
        inputs = _inputs(scenario, state, context, secret=False)
        _inputs(scenario, state, context, secret=True)  # better now than after the first write
    except ActionError as error:
        return broken(state, error)
    return replace(state, inputs=inputs)


def _agree(state: RunState, context: RunContext) -> None:
    if state.manifest != context.registry.manifest():
        raise ActionError(
            "Harness.Manifest",
            "the actions here are not the ones that the scenario was checked with",
            why="plugins or versions differ between the command line and the harness",
            fix="Deploy the harness anew, or install what it has",
        )
    if state.run.env != context.env:
        raise ActionError(
            "Harness.Environment",
            f"this harness is not for {state.run.env}",
            why=f"it is for {context.env}",
            fix="Name the environment with --env",
        )


def act(scenario: Scenario, state: RunState, context: RunContext) -> RunState:
    """Do the action at the cursor once, or go on polling; return the next state."""
    before = state.cursor
    action = scenario.actions[before.i]
    began_ms = before.began_ms if before.began_ms is not None else context.now_ms()
    step = StepResult(id=action.id, uses=action.uses, began_ms=began_ms)
    try:
        _may_go_on(state, context)
        moved = _one(scenario, action, Moved(state, step), context)
    except ActionError as error:
        step = replace(step, state=StepState.ERROR, error=trouble_of(error))
        if error.seen is not None:
            step = replace(step, result=opened(scenario, state, context)[1].shown(error.seen))
        return broken(_with(state, step, context), error)
    if moved.cursor is not None:
        return replace(moved.state, cursor=moved.cursor)
    state = _with(moved.state, moved.step, context)
    if moved.step.state is StepState.FAILED:
        cursor = Cursor(before.i, StepOutcome.FAILED)
        return replace(state, cursor=cursor, verdict=RunVerdict.FAILED)
    following = before.i + 1
    done = following >= len(scenario.actions)
    return replace(state, cursor=Cursor(following, StepOutcome.DONE if done else StepOutcome.OK))


def _with(state: RunState, step: StepResult, context: RunContext) -> RunState:
    """Return the state with one more action that has ended."""
    ended = replace(step, took_ms=context.now_ms() - (step.began_ms or 0))
    return replace(state, actions=(*state.actions, ended))


def _may_go_on(state: RunState, context: RunContext) -> None:
    stop_if_asked(state, context)
    if context.now_ms() > state.run.deadline_ms:
        raise ActionError(
            "Harness.Timeout",
            "the scenario took too long",
            why="its timeout has passed",
            fix="Raise timeout:, or find what is slow in the report",
        )


def stop_if_asked(state: RunState, context: RunContext) -> None:
    """End the run before its next step.

    Raises:
        StoppedError: Somebody asked for that.

    """
    if context.ledger.asked_to_stop(state.run.id):
        raise StoppedError


def _one(scenario: Scenario, action: Action, moved: Moved, context: RunContext) -> Moved:
    state, step, _ = moved
    scope, mask = opened(scenario, state, context)
    if action.when is not None and not _wanted(action.when, scope):
        return Moved(state, replace(step, state=StepState.SKIPPED))
    kind, params = prepare_call(action.uses, action.params, scope, context)
    plan_undo(scenario, action, params, state, context=context, mask=mask)

    def once() -> ActionResult:
        return perform(kind, params, state.run, context, seconds(action.timeout))

    before = state.cursor.progress or PollProgress(context.now_ms())
    retried = list(before.retried)
    polled = poll(
        lambda: _polled(action, _tried(action, once, context, retried), scope),
        action.eventually,
        before,
        now_ms=context.now_ms,
        sleep=context.sleep,
        inline_s=context.inline_s,
    )
    if polled.decision is Decision.AGAIN:
        cursor = polled.cursor(state.cursor, step.began_ms or 0)
        progress = replace(cursor.progress or before, retried=tuple(retried))
        return Moved(state, step, replace(cursor, progress=progress))
    result, findings = polled.polled.found
    passed = polled.decision is Decision.HOLDS
    if passed:
        state = _capture(action, result, state, context, mask)
    step = replace(
        step,
        state=StepState.PASSED if passed else StepState.FAILED,
        tries=polled.progress.tries,
        retried=tuple(retried),
        why=polled.why,
        findings=shown(findings, mask, sensitive=action.sensitive),
        result=_evidence(result, mask, sensitive=action.sensitive),
    )
    return Moved(state, step)


def _polled(action: Action, result: ActionResult, scope: Values) -> Polled[Judged]:
    """Hold a result against the checks, and against what makes further polling useless."""
    findings = run_checks(action.check, result, scope)
    stop_when = action.eventually.stop_when if action.eventually is not None else []
    stops = run_checks(stop_when, result, scope)
    unreachable = bool(stops) and all(one.holds for one in stops)
    return Polled(all(one.holds for one in findings), unreachable, (result, findings))


def _wanted(expression: str, scope: Values) -> bool:
    found = select(expression, scope)
    if isinstance(found, bool):
        return found
    raise ActionError(
        "Harness.When",
        f"when: {expression} is neither true nor false",
        why="an action is not skipped by accident",
        fix="Compare with something, e.g. case.status == `200`",
    )


def _tried(
    action: Action, once: Callable[[], ActionResult], context: RunContext, retried: list[str]
) -> ActionResult:
    """Do it again if it could not be done, as `retry` says. What was found is no reason to.

    What was tried again joins `retried`: a report shows what a retry has hidden.
    """
    retry = action.retry
    attempts = retry.attempts if retry is not None else 1
    for attempt in range(attempts):
        try:
            return once()
        except ActionError as error:
            last = attempt + 1 == attempts
            wanted = retry is not None and (not retry.errors or error.name in retry.errors)
            if last or not wanted or error.name.startswith("Harness."):
                raise
            retried.append(error.name)
            context.sleep(seconds(retry.every) * retry.backoff**attempt)  # type: ignore[union-attr]
    raise AssertionError("attempts is at least one")


def _capture(
    action: Action, result: ActionResult, state: RunState, context: RunContext, mask: Mask
) -> RunState:
    kept, large = dict(state.vars), dict(state.large)
    shelf = context.shelf()
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
            context.ledger.remember(state.run.id, name, value)
        elif shelf is not None and len(json.dumps(value)) > CARRIED:
            large[name] = shelf.keep(state.run.id, name, value)
        else:
            kept[name] = value
    return replace(state, vars=kept, large=large)


def opened(scenario: Scenario, state: RunState, context: RunContext) -> tuple[Values, Mask]:
    """Return what templates may refer to now, and a mask that knows every secret of it."""
    mask = Mask()
    secrets = _inputs(scenario, state, context, secret=True)
    captured = context.ledger.remembered(state.run.id)
    for value in (*secrets.values(), *captured.values()):
        mask.learn(value)
    scope = scope_of(state.run, {**state.inputs, **secrets}, state.case)
    scope["vars"] = {**state.vars, **_large(state, context), **captured}
    return scope, mask


def _large(state: RunState, context: RunContext) -> Values:
    shelf = context.shelf()
    if shelf is None:
        return {}
    return {name: shelf.fetch(place) for name, place in state.large.items()}


def _inputs(scenario: Scenario, state: RunState, context: RunContext, *, secret: bool) -> Values:
    def read(source: str, name: str) -> Any:
        return context.references.read(state.run.id, source, name, state.case)

    return open_inputs(scenario, context.env, state.overrides, read, secret=secret)


def shown(
    findings: Sequence[CheckFinding], mask: Mask, *, sensitive: bool
) -> tuple[CheckFinding, ...]:
    """Return findings as a report may hold them."""
    return tuple(
        replace(
            one,
            expected=mask.shown(one.expected),
            actual="(sensitive)" if sensitive else mask.shown(one.actual),
            message=mask.shown(one.message),
        )
        for one in findings
    )


def _evidence(result: ActionResult, mask: Mask, *, sensitive: bool) -> Any:
    if not sensitive:
        return mask.shown(result)
    text = json.dumps(result, sort_keys=True).encode()
    digest = hashlib.sha256(text).hexdigest()
    return {"status": result.get("status"), "bytes": len(text), "sha256": digest}


def broken(state: RunState, error: ActionError) -> RunState:
    """Return the state of a run that an error has ended."""
    return replace(
        state,
        cursor=Cursor(state.cursor.i, StepOutcome.ERROR),
        verdict=RunVerdict.ERROR,
        error=trouble_of(error),
    )
