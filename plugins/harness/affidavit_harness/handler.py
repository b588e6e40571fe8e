"""The one function of a deployed harness: AWS Lambda calls `affidavit_harness.handler.handler`.

Step Functions calls it with one step of a run; EventBridge when an execution
ended badly, and every hour, to sweep. Where it is, what it may call and
whether it may write is in its own environment (HARNESS), never in an event.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from affidavit.plugin import build_runtime, load_plugins
from affidavit_harness.actions.guard import resolve
from affidavit_harness.engine.conclude import conclude, slim
from affidavit_harness.engine.inputs import References
from affidavit_harness.engine.kit import Clients, Run
from affidavit_harness.engine.steps import Asked, act, prepare, told_error
from affidavit_harness.engine.undo import undo_all, undo_one
from affidavit_harness.engine.undo_ledger import UndoEntry
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.engine.verify import verify
from affidavit_harness.engine.world import World, now_ms
from affidavit_harness.errors import ActionError
from affidavit_harness.files.budget import INLINE_S
from affidavit_harness.files.model import Scenario
from affidavit_harness.registry import load_registry
from affidavit_harness.reports.told import troubles

LONGEST_SUMMARY: Final = 1_000
_BAD_ENDS: Final = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


class Deployed(NamedTuple):
    """What HARNESS says: where this harness is, and what it may do."""

    world: World
    notes: Clients
    bucket: str
    namespace: str
    scenarios: dict[str, Scenario]


@functools.cache
def deployed() -> Deployed:
    """Open the world of this process, once."""
    said = json.loads(os.environ["HARNESS"])
    clients = Clients(read_only=bool(said["read_only"]))
    # The harness's own notes are writes, too, also where a scenario may only read.
    notes = Clients(read_only=False)
    world = World(
        registry=load_registry(load_plugins(said.get("plugins"))),
        env=str(said["env"]),
        read_only=bool(said["read_only"]),
        client=clients,
        references=References(clients, said["outputs"]),
        ledger=TableUndoLedger(notes("dynamodb"), said["undo_table"]),
        hosts=tuple(said["hosts"]),
        resolve=resolve,
        now_ms=now_ms,
        sleep=time.sleep,
        inline_s=INLINE_S,
        cache={},
        runtime=functools.cache(build_runtime),
    )
    return Deployed(world, notes, str(said["bucket"]), str(said["namespace"]), {})


# affidavit: allow AFF201 - it plays tests on data of tests; what else it reads, it reads audited
def handler(event: Mapping[str, Any], _: object) -> Any:
    """Do one step, or sweep."""
    here = deployed()
    if "detail" in event:
        return _swept(here, _run_of(event["detail"]))
    if event.get("op") == "sweep":
        return _swept(here, None)
    return STEPS[event["op"]](event, here)


def _prepare(event: Mapping[str, Any], here: Deployed) -> dict[str, Any]:
    state = event["state"]
    asked = Asked(Run(**state["run"]), state["case"], state["overrides"], state["manifest"])
    told = prepare(_scenario(state, here), asked, here.world)
    return {**told, "scenario": state["scenario"], "execution": event["execution"]}


def _act(event: Mapping[str, Any], here: Deployed) -> dict[str, Any]:
    state = event["state"]
    return slim(act(_scenario(state, here), state, here.world))


def _verify(event: Mapping[str, Any], here: Deployed) -> dict[str, Any]:
    state = event["state"]
    return slim(verify(_scenario(state, here), state, here.world))


def _list(event: Mapping[str, Any], here: Deployed) -> dict[str, Any]:
    """Ask the ledger, not the state: a step that died left its note there and nowhere else."""
    state = event["state"]
    entries = [one.json() for one in here.world.ledger.entries(state["run"]["id"])]
    return {**slim(state), "undo": entries}


def _undo(event: Mapping[str, Any], here: Deployed) -> dict[str, Any]:
    entry = UndoEntry(**event["entry"])
    undo_one(entry, here.world)
    told = {"ok": True, "tries": 1, "error": None}
    return {**told, "action": entry.action, "uses": entry.uses, "run": entry.run}


def _conclude(event: Mapping[str, Any], here: Deployed) -> dict[str, Any]:
    state = {"actions": [], "assertions": [], "cursor": {"i": 0}, **event["state"]}
    run = Run(**state["run"])
    if "broken" in state and state.get("verdict") != "FAILED":
        why = str(state["broken"].get("Error", "unknown"))
        error = ActionError(
            "Harness.Broken", "a step of the harness broke", why=why, fix="See its log"
        )
        state = {**state, "verdict": "ERROR", "error": told_error(error)}
    steps = 6 + 2 * len(state["actions"]) + len(state.get("cleaned", []))
    report = conclude(
        _scenario(state, here), state, state.get("cleaned", []), now_ms=now_ms(), transitions=steps
    )
    report["execution"] = event["execution"]
    here.world.ledger.forget(run.id)
    here.notes("s3").put_object(
        Bucket=here.bucket,
        Key=f"reports/{run.id}.json",
        Body=json.dumps(report).encode(),
        ContentType="application/json",
    )
    _count(here, report)
    summary = " | ".join(troubles(report))[:LONGEST_SUMMARY]
    return {"verdict": report["verdict"], "leaked": report["leaked"], "summary": summary}


STEPS: Final[Mapping[str, Callable[[Mapping[str, Any], Deployed], dict[str, Any]]]] = {
    "prepare": _prepare,
    "act": _act,
    "verify": _verify,
    "list": _list,
    "undo": _undo,
    "conclude": _conclude,
}


def _swept(here: Deployed, run: str | None) -> dict[str, int]:
    """Undo what a run left behind, or whatever should have been undone by now."""
    now_s = now_ms() // 1000
    entries = [
        one for one in here.world.ledger.entries(run) if run is not None or one.expires_s < now_s
    ]
    done = undo_all(entries, here.world, pause=time.sleep)
    left = sum(not one["ok"] for one in done)
    _emit(here, {"Swept": len(done) - left, "LeakedItems": left})
    return {"swept": len(done) - left, "left": left}


def _run_of(detail: Mapping[str, Any]) -> str:
    """Return the run of an execution that ended badly: its name ends with it."""
    if detail.get("status") not in _BAD_ENDS:
        return "none"
    return str(detail["name"]).rpartition("-")[2]


def _scenario(state: Mapping[str, Any], here: Deployed) -> Scenario:
    """Return the scenario that was uploaded, by version and hash, from our own bucket."""
    wanted = state["scenario"]
    if wanted["sha256"] not in here.scenarios:
        told = here.world.client("s3").get_object(
            Bucket=here.bucket, Key=wanted["key"], VersionId=wanted["version"]
        )
        data = told["Body"].read()
        if hashlib.sha256(data).hexdigest() != wanted["sha256"]:
            raise ActionError(
                "Harness.Scenario",
                "the scenario is not the one that was started",
                why="its hash differs",
                fix="Start it again",
            )
        here.scenarios[wanted["sha256"]] = Scenario.model_validate_json(data)
    return here.scenarios[wanted["sha256"]]


def _count(here: Deployed, report: Mapping[str, Any]) -> None:
    verdict = {"PASSED": "Passed", "FAILED": "Failed"}.get(report["verdict"], "Errored")
    metrics = {verdict: 1, "LeakedItems": report["leaked"], "Polls": report["polls"]}
    _emit(here, {**metrics, "RunDuration": report["took_ms"]})


def _emit(here: Deployed, metrics: Mapping[str, int]) -> None:
    """Write metrics as CloudWatch takes them from a log.

    `ExecutionsFailed` of Step Functions says neither whether the test or the
    harness failed, nor what was left behind.
    """
    units = {name: "Milliseconds" if name == "RunDuration" else "Count" for name in metrics}
    line = {
        "_aws": {
            "Timestamp": now_ms(),
            "CloudWatchMetrics": [
                {
                    "Namespace": here.namespace,
                    "Dimensions": [["Environment"]],
                    "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
                }
            ],
        },
        "Environment": here.world.env,
        **metrics,
    }
    sys.stdout.write(json.dumps(line) + "\n")
