"""One action, done once: what it may, what it finds, what is kept of it, how it looks in a report.

What a test finds is data; an exception leaves only if the harness itself is broken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from affidavit.plugin import ActionError, ActionResult
from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.captures import NOTHING, Captured, capture, learn_secrets
from affidavit_harness.engine.check_operators import run_checks
from affidavit_harness.engine.input_lookup import secret_places
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.planning import plan_undo
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.scope import scope_of
from affidavit_harness.engine.waiting import Decision, Polled, PollResult, poll
from affidavit_harness.errors import StoppedError, trouble_of
from affidavit_harness.files.durations import seconds
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_model import Action, Scenario
from affidavit_harness.files.selects import select
from affidavit_harness.files.transition_budget import MOST_ITEMS
from affidavit_harness.protocol import (
    CheckFinding,
    Cursor,
    PollProgress,
    RunState,
    StepResult,
    StepState,
    Values,
)

Judged = tuple[ActionResult, list[CheckFinding]]
"""What an action found, and what its checks say of it."""


class Tried(NamedTuple):
    """How far one try of an action came, and what it has captured."""

    step: StepResult
    captured: Captured = NOTHING
    cursor: Cursor | None = None
    """Set if it has to be polled again; then it has no result yet."""


def attempt(
    scenario: Scenario, action: Action, state: RunState, context: RunContext, branch: int = 0
) -> Tried:
    """Do one action once, or go on polling; an error is one of the step. `state` has its cursor."""
    began_ms = state.cursor.began_ms
    began_ms = context.now_ms() if began_ms is None else began_ms
    step = StepResult(id=action.id, uses=action.uses, began_ms=began_ms)
    try:
        may_go_on(state, context)
        done = _once(scenario, action, state, step, context=context, branch=branch)
    except ActionError as error:
        step = replace(step, state=StepState.ERROR, error=trouble_of(error))
        if error.seen is not None:
            step = replace(step, result=opened(scenario, state, context)[1].shown(error.seen))
        done = Tried(step)
    if done.cursor is not None:
        return done
    return done._replace(step=replace(done.step, took_ms=context.now_ms() - began_ms))


def may_go_on(state: RunState, context: RunContext) -> None:
    """End the run if somebody asked for that, or if its time is over.

    Raises:
        ActionError: It is to end.

    """
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


def _once(
    scenario: Scenario,
    action: Action,
    state: RunState,
    step: StepResult,
    *,
    context: RunContext,
    branch: int,
) -> Tried:
    scope, mask = opened(scenario, state, context)
    scope |= {"item": items_of(action, scope)[branch]} if action.for_each is not None else {}
    if action.when is not None and not _wanted(action.when, scope):
        return Tried(replace(step, state=StepState.SKIPPED))
    kind, params = prepare_call(action.uses, action.params, scope, context)
    plan_undo(scenario, action, params, state, context=context, mask=mask, scope=scope, n=branch)

    def once() -> ActionResult:
        timeout_s, old_s = seconds(action.timeout), seconds(action.cache or "0s")
        return perform(kind, params, state.run, context, timeout_s, no_older_s=old_s)

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
    step = replace(step, retried=tuple(retried))
    if polled.decision is Decision.AGAIN:
        cursor = polled.cursor(state.cursor, step.began_ms or 0)
        progress = replace(polled.progress, retried=step.retried)
        return Tried(step, cursor=replace(cursor, progress=progress))
    result = polled.polled.found[0]
    learn_secrets(action, result, mask)
    holds = polled.decision is Decision.HOLDS
    captured = capture(action, result, state, context, branch=branch) if holds else NOTHING
    return Tried(_ended(action, step, polled, mask), captured)


def _ended(action: Action, step: StepResult, polled: PollResult[Judged], mask: Mask) -> StepResult:
    result, findings = polled.polled.found
    return replace(
        step,
        state=StepState.PASSED if polled.decision is Decision.HOLDS else StepState.FAILED,
        tries=polled.progress.tries,
        why=polled.why,
        findings=shown(findings, mask, sensitive=action.sensitive),
        result=_evidence(result, mask, sensitive=action.sensitive),
    )


def items_of(action: Action, scope: Values) -> list[Any]:
    """Return what `for_each` lists.

    Raises:
        ActionError: It is no list, or too long.

    """
    found = render(action.for_each, scope)
    if isinstance(found, list) and len(found) <= MOST_ITEMS:
        return found
    raise ActionError(
        "Harness.ForEach",
        f"{action.id} cannot be done for each of this",
        why="it is no list" if not isinstance(found, list) else f"it has over {MOST_ITEMS} items",
        fix="Capture a list, or less of it: select takes slices such as rows[:20]",
    )


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


def opened(scenario: Scenario, state: RunState, context: RunContext) -> tuple[Values, Mask]:
    """Return what templates may refer to now, and a mask that knows every secret of it."""
    mask = Mask()
    secrets = secrets_of(scenario, state, context)
    captured = context.ledger.remembered(state.run.id)
    for value in (*secrets.values(), *captured.values()):
        mask.learn(value)
    scope = scope_of(state.run, {**state.inputs, **secrets}, state.case)
    scope["vars"] = {**state.vars, **_large(state, context), **captured}
    return scope, mask


def secrets_of(scenario: Scenario, state: RunState, context: RunContext) -> Values:
    """Return the secret inputs of a run."""
    return context.references.secrets(state.run.id, secret_places(scenario, state.run.env))


def _large(state: RunState, context: RunContext) -> Values:
    shelf = context.shelf()
    if shelf is None:
        return {}
    return {name: shelf.fetch(place) for name, place in state.large.items()}


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
