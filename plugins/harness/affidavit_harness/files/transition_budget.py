"""What a scenario costs at worst: transitions of the state machine, counted from the file."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from affidavit_harness.files.durations import seconds
from affidavit_harness.files.scenario_model import Action, Eventually, Scenario

DOLLARS_PER_TRANSITION: Final = 0.025 / 1000
"""Standard workflows in most regions, after the 4,000 that are free each month."""

OVERHEAD: Final = 9
"""Prepare, verify and its choice, list what to undo, undo, conclude, verdict, end, and start."""

PER_ACTION: Final = 2
PER_FAN: Final = 3
"""A step of several actions: its Map, what joins them, and the choice. Each of them takes three."""

PER_BRANCH: Final = 3
MOST_ITEMS: Final = 100
"""Items of one `for_each`; more would fill an execution's history."""

PER_POLL: Final = 3
PER_UNDO: Final = 1
UNDO_TRIES: Final = 3
INLINE_S: Final = 20.0
"""So long one invocation of the function goes on looking by itself; only then the machine waits."""


class Cost(NamedTuple):
    """The worst case of one execution."""

    actions: int
    transitions: int

    @property
    def dollars(self) -> float:
        """Return the price of the transitions, without the functions' time."""
        return self.transitions * DOLLARS_PER_TRANSITION


def worst_case(scenario: Scenario) -> Cost:
    """Count every action, every poll that its window allows, and every undo."""
    placed = scenario.placed
    trails = [one.audit_trail for one in scenario.assertions if one.audit_trail is not None]
    steps = len(scenario.actions)
    fans = [number for number in range(steps) if scenario.is_fan(number)]
    transitions = OVERHEAD + PER_ACTION * steps + PER_FAN * len(fans)
    transitions += sum(PER_POLL * _polls(trail.eventually) for trail in trails)
    for one in placed:
        each = PER_POLL * _polls(one.action.eventually)
        each += PER_BRANCH if one.step in fans else 0
        each += PER_UNDO * UNDO_TRIES if _has_undo(one.action) else 0
        transitions += each * _items(one.action)
    return Cost(len(placed), transitions)


def _items(action: Action) -> int:
    if isinstance(action.for_each, list):
        return len(action.for_each)
    return MOST_ITEMS if action.for_each is not None else 1


def _polls(eventually: Eventually | None) -> int:
    """Return how often the machine itself has to wait: once per 20 seconds of the window."""
    if eventually is None:
        return 0
    window = seconds(eventually.timeout) + seconds(eventually.settle)
    return max(0, math.ceil(window / INLINE_S) - 1)


def _has_undo(action: Action) -> bool:
    return action.undo is not None and action.undo != "none"
