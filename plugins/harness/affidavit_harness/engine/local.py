"""Run a scenario in this process: the same steps as the state machine, in a loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from affidavit_harness.engine.conclude import conclude
from affidavit_harness.engine.steps import GOING, Asked, act, broken, prepare
from affidavit_harness.engine.undo import undo_all
from affidavit_harness.engine.verify import verify
from affidavit_harness.engine.world import World
from affidavit_harness.errors import ActionError, StoppedError
from affidavit_harness.files.model import Scenario

Tell = Callable[[str, dict[str, Any]], None]
"""Called with an event's name and its data as the run goes on."""


class Stop:
    """A flag that ends every wait. Set it once; runs then clean up and end."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._event.is_set()

    def sleep(self, pause_s: float) -> None:
        """Wait.

        Raises:
            StoppedError: Somebody asked to stop.

        """
        if self._event.wait(pause_s):
            raise StoppedError


def run_local(
    scenario: Scenario,
    asked: Asked,
    world: World,
    *,
    tell: Tell,
    stop: Stop,
    keep: bool = False,
) -> dict[str, Any]:
    """Run one case to its end and return the report. Cleaning up is part of it."""
    state: dict[str, Any] = prepare(scenario, asked, world)
    tell("run.began", {"run": asked.run.id, "scenario": asked.run.scenario, "case": asked.run.case})
    steps = 5  # as the state machine counts them
    while state["cursor"]["outcome"] in GOING:
        if state["cursor"]["outcome"] != "POLL":
            going = scenario.actions[state["cursor"]["i"]]
            tell("action.began", {"id": going.id, "uses": going.uses, "state": "began"})
        state, moved = _step(scenario, state, world, act, stop)
        steps += 2 + moved
        if state["cursor"]["outcome"] != "POLL" and state["actions"]:
            tell("action.ended", state["actions"][-1])
    if state["cursor"]["outcome"] == "DONE":
        waiting = True
        while waiting:
            state, moved = _step(scenario, state, world, verify, stop)
            steps += 2 + moved
            waiting = state["cursor"]["outcome"] == "POLL"
        for item in state["assertions"]:
            tell("assertion.ended", item)
    cleaned: list[dict[str, Any]] = []
    if not keep:
        entries = list(world.ledger.entries(asked.run.id))
        steps += len(entries)
        cleaned = undo_all(entries, world, pause=time.sleep)
        world.ledger.forget(asked.run.id)
    for one in cleaned:
        tell("undo.ended", one)
    report = conclude(scenario, state, cleaned, now_ms=world.now_ms(), transitions=steps)
    tell("run.ended", {"verdict": report["verdict"], "leaked": report["leaked"]})
    return report


def _step(
    scenario: Scenario, state: dict[str, Any], world: World, step: Any, stop: Stop
) -> tuple[dict[str, Any], int]:
    """Do one step, and wait if it asks for that. What breaks here is told as the machine would."""
    try:
        if stop.is_set():
            world.ledger.ask_to_stop(state["run"]["id"])
        told: dict[str, Any] = step(scenario, state, world)
        if told["cursor"]["outcome"] == "POLL":
            stop.sleep(told["cursor"]["wait"])
            return told, 1
        return told, 0
    except StoppedError as stopped:
        return broken({**state}, stopped), 0
    except Exception as raised:  # noqa: BLE001 - as Catch of the state machine
        why = f"it raised {type(raised).__name__}"
        error = ActionError("Harness.Broken", "the harness broke", why=why, fix="Report this")
        return broken({**state}, error), 0
