"""The end of a run: one report, from which everything else is made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from affidavit_harness.files.scenario_model import Scenario
from affidavit_harness.files.transition_budget import DOLLARS_PER_TRANSITION
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunReport, RunState, RunVerdict, StepResult, UndoResult

LARGEST: Final = 180_000
"""Characters of a run's state. Step Functions carries 256 KiB; what is said of passing checks
goes first."""


LEFT_OUT: Final = "(left out)"
MOST_FINDINGS: Final = 50


def conclude(
    scenario: Scenario,
    state: RunState,
    cleaned: Sequence[UndoResult],
    *,
    now_ms: int,
    transitions: int = 0,
) -> RunReport:
    """Return the report of a run. Its verdict is that of the test; leaks stand beside it."""
    run = state.run
    done = {one.id for one in state.actions}
    missing = (
        StepResult(id=action.id, uses=action.uses)
        for _, _, action in scenario.placed
        if action.id not in done
    )
    judged = {one.id for one in state.assertions}
    unjudged = (StepResult(id=one.id) for one in scenario.assertions if one.id not in judged)
    return RunReport(
        run=run.id,
        scenario=run.scenario,
        case=run.case,
        env=run.env,
        verdict=state.verdict or RunVerdict.ERROR,
        error=state.error,
        began_ms=run.started_ms,
        took_ms=now_ms - run.started_ms,
        actions=(*state.actions, *missing),
        assertions=(*state.assertions, *unjudged),
        cleanup=tuple(cleaned),
        leaked=sum(not one.ok for one in cleaned),
        polls=sum(max(0, one.tries - 1) for one in state.actions),
        transitions=transitions,
        dollars=round(transitions * DOLLARS_PER_TRANSITION, 6),
        execution=state.execution,
    )


def slim(state: RunState) -> RunState:
    """Return the state small enough to be carried.

    First the results go, then what is said of findings that hold.
    """
    if _size(state) > LARGEST:
        state = replace(state, actions=tuple(replace(one, result=None) for one in state.actions))
    if _size(state) > LARGEST:
        state = replace(state, actions=tuple(map(_failing, state.actions)))
    return state


def slim_step(step: StepResult, most: int) -> StepResult:
    """Return a step in about so many characters: first its result goes, then its findings."""
    if _size(step) > most:
        step = replace(step, result=None)
    return _failing(step) if _size(step) > most else step


def _size(value: RunState | StepResult) -> int:
    return len(json.dumps(to_json(value)))


def _failing(step: StepResult) -> StepResult:
    """Keep what failed in full, and of what holds that it was checked."""
    return replace(
        step,
        findings=tuple(
            replace(one, expected=LEFT_OUT, actual=LEFT_OUT) if one.holds else one
            for one in step.findings[:MOST_FINDINGS]
        ),
    )
