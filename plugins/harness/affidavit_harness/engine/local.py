"""Run a scenario in this process: the same steps as the state machine, in a loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from affidavit.plugin import ActionError
from affidavit_harness.engine.conclude import conclude
from affidavit_harness.engine.final_checks import verify
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.run_steps import act, act_branch, broken, join, prepare
from affidavit_harness.engine.stop import Stop
from affidavit_harness.engine.undo import undo_all
from affidavit_harness.errors import StoppedError
from affidavit_harness.files.scenario_model import Scenario
from affidavit_harness.files.transition_budget import PER_ACTION, PER_BRANCH, PER_FAN
from affidavit_harness.protocol import (
    Branch,
    RunEvent,
    RunReport,
    RunState,
    StepOutcome,
    UndoResult,
)

Tell = Callable[[RunEvent], None]
"""Called with what happens as the run goes on."""

Step = Callable[[Scenario, RunState, RunContext], RunState]


class _Loop(NamedTuple):
    """One run in this process."""

    scenario: Scenario
    context: RunContext
    tell: Tell
    stop: Stop

    def step(self, state: RunState, step: Step) -> tuple[RunState, int]:
        """Do one step; wait if it asks for that. What breaks is told as the machine would."""
        try:
            if self.stop.is_set():
                self.context.ledger.ask_to_stop(state.run.id)
            moved = step(self.scenario, state, self.context)
            if moved.cursor.outcome is StepOutcome.POLL:
                self.stop.sleep(moved.cursor.wait)
                return moved, 1
        except StoppedError as stopped:
            return broken(state, stopped), 0
        except Exception as raised:  # noqa: BLE001 - as Catch of the state machine
            why = f"it raised {type(raised).__name__}"
            error = ActionError("Harness.Broken", "the harness broke", why=why, fix="Report this")
            return broken(state, error), 0
        return moved, 0

    def act(self, state: RunState) -> tuple[RunState, int]:
        """Do one action after the other, as far as they go."""
        steps = 0
        while state.cursor.outcome.goes_on:
            if state.cursor.outcome is StepOutcome.OK:
                for going in self.scenario.of_step(state.cursor.i):
                    began = RunEvent(event="action.began", id=going.id, uses=going.uses)
                    self.tell(replace(began, state="began"))
            told, branches = len(state.actions), len(state.branches)
            fan = state.cursor.outcome is StepOutcome.FAN
            state, moved = self.step(state, self.fan_out if fan else act)
            steps += moved + (PER_FAN + PER_BRANCH * branches if fan else PER_ACTION)
            for ended in state.actions[told:]:
                self.tell(RunEvent.of_step("action", ended))
        return state, steps

    def fan_out(self, scenario: Scenario, state: RunState, context: RunContext) -> RunState:
        """Do the branches of a step side by side, each to its end."""

        def one(branch: Branch) -> Branch:
            while True:
                branch = act_branch(scenario, state, branch, context)
                if branch.cursor.outcome is not StepOutcome.POLL:
                    return branch
                self.stop.sleep(branch.cursor.wait)

        with ThreadPoolExecutor(state.cursor.at_once) as pool:
            ended = tuple(pool.map(one, state.branches))
        return join(scenario, replace(state, branches=ended), context)

    def verify(self, state: RunState) -> tuple[RunState, int]:
        """Judge in the end, if every action passed."""
        steps, waiting = 0, state.cursor.outcome is StepOutcome.DONE
        while waiting:
            state, moved = self.step(state, verify)
            steps += 2 + moved
            waiting = state.cursor.outcome is StepOutcome.POLL
        for judged in state.assertions:
            self.tell(RunEvent.of_step("assertion", judged))
        return state, steps

    def clean_up(self, run: str) -> list[UndoResult]:
        """Take back what was written."""
        cleaned = undo_all(self.context.ledger.entries(run), self.context, pause=time.sleep)
        self.context.ledger.forget(run)
        for one in cleaned:
            self.tell(RunEvent.of_undo(one))
        return cleaned


def run_local(
    scenario: Scenario,
    begun: RunState,
    context: RunContext,
    *,
    tell: Tell,
    stop: Stop,
    keep: bool,
) -> RunReport:
    """Run one case to its end and return the report. Cleaning up is part of it."""
    loop = _Loop(scenario, context, tell, stop)
    state = prepare(scenario, begun, context)
    tell(RunEvent(event="run.began", id=state.run.id))
    state, acted = loop.act(state)
    state, verified = loop.verify(state)
    cleaned = [] if keep else loop.clean_up(state.run.id)
    steps = 5 + acted + verified + len(cleaned)  # as the state machine counts them
    report = conclude(scenario, state, cleaned, now_ms=context.now_ms(), transitions=steps)
    tell(RunEvent.of_end(report))
    return report
