"""The first steps of a run: prepare, act, and what a step of several actions is taken apart into.

The state machine calls the same ones. Each takes the run's state and returns the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from affidavit.plugin import ActionError
from affidavit_harness.engine.attempt import attempt, items_of, may_go_on, opened, secrets_of
from affidavit_harness.engine.captures import CARRIED, Captured
from affidavit_harness.engine.conclude import LARGEST, slim_step
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.errors import trouble_of
from affidavit_harness.files.scenario_model import Action, Scenario
from affidavit_harness.protocol import (
    Branch,
    Cursor,
    RunState,
    RunVerdict,
    StepOutcome,
    StepResult,
    StepState,
)


def prepare(scenario: Scenario, state: RunState, context: RunContext) -> RunState:
    """Return a run's first state: inputs looked up, nothing done yet."""
    try:
        _agree(scenario, state, context)
        inputs = context.references.inputs(scenario, state)
        secrets_of(scenario, state, context)  # one is missing: better now than after a write
    except ActionError as error:
        return broken(state, error)
    return replace(state, inputs=inputs)


def _agree(scenario: Scenario, state: RunState, context: RunContext) -> None:
    if state.manifest != context.registry.manifest(scenario.used):
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
    """Do the step at the cursor once, or go on polling; return the next state.

    A step of several actions is only taken apart: each is done by `act_branch`.
    """
    number = state.cursor.i
    if scenario.is_fan(number):
        return _taken_apart(scenario, state, context)
    (action,) = scenario.of_step(number)
    done = attempt(scenario, action, state, context)
    if done.cursor is not None:
        return replace(state, cursor=done.cursor)
    return _moved_on(scenario, done.captured.kept_in(state), [done.step])


def _moved_on(scenario: Scenario, state: RunState, ended: Sequence[StepResult]) -> RunState:
    """Return the state after a step, by what its actions have come to."""
    number = state.cursor.i
    state = replace(state, actions=(*state.actions, *ended), branches=())
    errors = [one.error for one in ended if one.error is not None]
    if errors:
        cursor = Cursor(number, StepOutcome.ERROR)
        return replace(state, cursor=cursor, verdict=RunVerdict.ERROR, error=errors[0])
    if any(one.state is StepState.FAILED for one in ended):
        cursor = Cursor(number, StepOutcome.FAILED)
        return replace(state, cursor=cursor, verdict=RunVerdict.FAILED)
    done = number + 1 >= len(scenario.actions)
    return replace(state, cursor=Cursor(number + 1, StepOutcome.DONE if done else StepOutcome.OK))


def _taken_apart(scenario: Scenario, state: RunState, context: RunContext) -> RunState:
    """Return the state in which each action of a step has a branch of its own."""
    number = state.cursor.i
    actions = scenario.of_step(number)
    first, at_once, size = actions[0], len(actions), len(actions)
    if first.for_each is not None:
        step = StepResult(id=first.id, uses=first.uses, began_ms=context.now_ms(), took_ms=0)
        try:
            may_go_on(state, context)
            size = len(items_of(first, opened(scenario, state, context)[0]))
        except ActionError as error:
            ended = replace(step, state=StepState.ERROR, error=trouble_of(error))
            return _moved_on(scenario, state, [ended])
        at_once = first.at_once
    cursor = Cursor(number, StepOutcome.FAN, at_once=at_once)
    return replace(state, cursor=cursor, branches=tuple(Branch(n) for n in range(size)))


def act_branch(scenario: Scenario, state: RunState, branch: Branch, context: RunContext) -> Branch:
    """Do one action of a step that has several, or go on polling it; return how it stands."""
    actions = scenario.of_step(state.cursor.i)
    action = actions[branch.n] if actions[0].for_each is None else actions[0]
    here = replace(state, cursor=replace(branch.cursor, i=state.cursor.i))
    done = attempt(scenario, action, here, context, branch.n)
    if done.cursor is not None:
        return replace(branch, cursor=done.cursor)
    step = slim_step(done.step, LARGEST // 2 // len(state.branches))
    cursor = Cursor(state.cursor.i, StepOutcome.DONE)
    return Branch(branch.n, cursor, step, done.captured.vars, done.captured.large)


def join(scenario: Scenario, state: RunState, context: RunContext) -> RunState:
    """Return the state after all branches of a step have ended. Each of them counts."""
    action = scenario.of_step(state.cursor.i)[0]
    ended = [one.step for one in state.branches if one.step is not None]
    if action.for_each is not None:
        state = _lists(action, state, context).kept_in(state)
        return _moved_on(scenario, state, [_together(action, ended, context)])
    for one in state.branches:
        state = Captured(one.vars, one.large).kept_in(state)
    return _moved_on(scenario, state, ended)


def _lists(action: Action, state: RunState, context: RunContext) -> Captured:
    """Return what was captured for each item, as lists; null where an item was skipped."""
    found, shelf = Captured({}, {}), context.shelf()
    for name in action.capture:
        values: list[Any] = []
        for one in state.branches:
            far = shelf is not None and name in one.large
            values.append(shelf.fetch(one.large[name]) if far else one.vars.get(name))  # type: ignore[union-attr]
        found.put(name, values, state.run.id, context, carried=CARRIED, label=name)
    return found


def _together(action: Action, ended: Sequence[StepResult], context: RunContext) -> StepResult:
    """Return what came of all items as one step: its findings say of which item they are."""
    states = {one.state for one in ended}
    bad = [one for one in (StepState.ERROR, StepState.FAILED, StepState.PASSED) if one in states]
    began_ms = min((one.began_ms or 0 for one in ended), default=context.now_ms())
    until_ms = max(((one.began_ms or 0) + (one.took_ms or 0) for one in ended), default=began_ms)
    errors = [
        replace(one.error, what=f"item {n}: {one.error.what}")
        for n, one in enumerate(ended)
        if one.error is not None
    ]
    whys = [f"item {n}: {one.why}" for n, one in enumerate(ended) if one.why]
    tries = [one.tries for one in ended if one.tries]  # more than one is polling, as of any step
    return StepResult(
        id=action.id,
        uses=action.uses,
        state=bad[0] if bad else StepState.SKIPPED,
        began_ms=began_ms,
        took_ms=until_ms - began_ms,
        tries=sum(tries) - len(tries) + 1 if tries else 0,
        retried=tuple(name for one in ended for name in one.retried),
        why=whys[0] if whys else ("" if ended else "there is no item"),
        findings=tuple(
            replace(found, select=f"[{n}].{found.select}")
            for n, one in enumerate(ended)
            for found in one.findings
        ),
        result=[one.result for one in ended],
        error=errors[0] if errors else None,
    )


def broken(state: RunState, error: ActionError) -> RunState:
    """Return the state of a run that an error has ended."""
    return replace(
        state,
        cursor=Cursor(state.cursor.i, StepOutcome.ERROR),
        verdict=RunVerdict.ERROR,
        error=trouble_of(error),
    )
