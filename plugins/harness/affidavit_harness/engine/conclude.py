"""The end of a run: one report as JSON, from which everything else is made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from affidavit_harness.files.budget import DOLLARS_PER_TRANSITION
from affidavit_harness.files.model import Scenario

FORMAT: Final = "affidavit-report/v1"
LARGEST: Final = 180_000
"""Characters of a run's state. Step Functions carries 256 KiB; what is said of passing checks
goes first."""


def conclude(
    scenario: Scenario,
    state: Mapping[str, Any],
    cleaned: Sequence[Mapping[str, Any]],
    *,
    now_ms: int,
    transitions: int = 0,
) -> dict[str, Any]:
    """Return the report of a run. Its verdict is that of the test; leaks stand beside it."""
    run = state["run"]
    done = {item["id"] for item in state["actions"]}
    missing = [
        {"id": action.id, "uses": action.uses, "state": "not run"}
        for action in scenario.actions
        if action.id not in done
    ]
    judged = {item["id"] for item in state["assertions"]}
    unjudged = [
        {"id": one.id, "state": "not run"} for one in scenario.assertions if one.id not in judged
    ]
    leaked = [dict(one) for one in cleaned if not one["ok"]]
    return {
        "schema": FORMAT,
        "run": run["id"],
        "scenario": run["scenario"],
        "case": run["case"],
        "env": run["env"],
        "verdict": state.get("verdict", "ERROR"),
        "error": state.get("error"),
        "began_ms": run["started_ms"],
        "took_ms": now_ms - run["started_ms"],
        "actions": [*state["actions"], *missing],
        "assertions": [*state["assertions"], *unjudged],
        "cleanup": [dict(one) for one in cleaned],
        "leaked": len(leaked),
        "polls": sum(max(0, item.get("tries", 1) - 1) for item in state["actions"]),
        "transitions": transitions,
        "dollars": round(transitions * DOLLARS_PER_TRANSITION, 6),
    }


def slim(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state small enough to be carried.

    First the results go, then what is said of findings that hold.
    """
    told = dict(state)
    if len(json.dumps(told)) > LARGEST:
        told["actions"] = [{**item, "result": None} for item in told["actions"]]
    if len(json.dumps(told)) > LARGEST:
        told["actions"] = [
            {**item, "findings": [one for one in item.get("findings", []) if not one["holds"]][:20]}
            for item in told["actions"]
        ]
    return told
