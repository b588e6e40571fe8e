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
from dataclasses import replace
from typing import Final, NamedTuple

from affidavit.plugin import ActionError, build_runtime, emf_line, load_plugins, now_ms
from affidavit_harness.actions.guard import resolve
from affidavit_harness.engine.bucket_shelf import BucketShelf
from affidavit_harness.engine.clients import Clients
from affidavit_harness.engine.conclude import conclude, slim
from affidavit_harness.engine.final_checks import verify
from affidavit_harness.engine.input_lookup import References
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.run_steps import act, act_branch, join, prepare
from affidavit_harness.engine.undo import undo_all, undo_one, undone
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.files.scenario_model import Scenario
from affidavit_harness.files.transition_budget import INLINE_S
from affidavit_harness.json_form import from_json, to_json
from affidavit_harness.protocol import (
    Branch,
    RunReport,
    RunState,
    RunVerdict,
    Trouble,
    UndoEntry,
    Values,
)
from affidavit_harness.registry import load_registry
from affidavit_harness.reports.summary import troubles

LONGEST_SUMMARY: Final = 1_000
_BAD_ENDS: Final = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


class Deployed(NamedTuple):
    """What HARNESS says: where this harness is, and what it may do."""

    context: RunContext
    notes: Clients
    bucket: str
    namespace: str
    scenarios: dict[str, Scenario]


@functools.cache
def deployed() -> Deployed:
    """Open the context of this process, once."""
    said = json.loads(os.environ["HARNESS"])
    clients = Clients(read_only=bool(said["read_only"]))
    # The harness's own notes are writes, too, also where a scenario may only read.
    notes = Clients(read_only=False)
    context = RunContext(
        registry=load_registry(load_plugins(said.get("plugins"))),
        env=str(said["env"]),
        read_only=bool(said["read_only"]),
        client=clients,
        references=References(clients, said["outputs"]),
        ledger=TableUndoLedger(notes("dynamodb"), said["undo_table"]),
        hosts=tuple(one for one in said["hosts"] if not _is_runtime(one)),
        resolve=resolve,
        now_ms=now_ms,
        sleep=time.sleep,
        inline_s=INLINE_S,
        cache={},
        loopback=bool(said["local_targets"]),
        runtime=functools.cache(build_runtime),
        shelf=lambda: BucketShelf(notes("s3"), str(said["bucket"])),
    )
    return Deployed(context, notes, str(said["bucket"]), str(said["namespace"]), {})


def _is_runtime(host: str) -> bool:
    """Tell whether a listed host is where Lambda itself listens: that is nobody's target."""
    ours = os.environ.get("AWS_LAMBDA_RUNTIME_API", "").rpartition(":")[2]
    return bool(ours) and host.rpartition(":")[2] == ours


# affidavit: allow AFF201 - it plays tests on data of tests; what else it reads, it reads audited
def handler(event: Values, _: object) -> Values:
    """Do one step, or sweep."""
    here = deployed()
    if "detail" in event:
        return _swept(here, _run_of(event["detail"]))
    if event.get("op") == "sweep":
        return _swept(here, None)
    told = STEPS[event["op"]](event, here)
    _log(event, told)
    return told


def _prepare(event: Values, here: Deployed) -> Values:
    begun = replace(_state(event), execution=str(event["execution"]))
    return to_json(prepare(_scenario(begun, here), begun, here.context))


def _act(event: Values, here: Deployed) -> Values:
    state = _state(event)
    return to_json(slim(act(_scenario(state, here), state, here.context)))


def _branch(event: Values, here: Deployed) -> Values:
    state = _state(event)
    branch = from_json(Branch, event["branch"])
    return to_json(act_branch(_scenario(state, here), state, branch, here.context))


def _join(event: Values, here: Deployed) -> Values:
    state = _state(event)
    return to_json(slim(join(_scenario(state, here), state, here.context)))


def _verify(event: Values, here: Deployed) -> Values:
    state = _state(event)
    return to_json(slim(verify(_scenario(state, here), state, here.context)))


def _list(event: Values, here: Deployed) -> Values:
    """Ask the ledger, not the state: a step that died left its note there and nowhere else."""
    state = _state(event)
    return to_json(replace(slim(state), undo=tuple(here.context.ledger.entries(state.run.id))))


def _undo(event: Values, here: Deployed) -> Values:
    entry = from_json(UndoEntry, event["entry"])
    undo_one(entry, here.context)
    return to_json(undone(entry, 1))


def _conclude(event: Values, here: Deployed) -> Values:
    state = replace(_state(event), execution=str(event["execution"]))
    if state.broken is not None and state.verdict is not RunVerdict.FAILED:
        why = str(state.broken.get("Error", "unknown"))
        trouble = Trouble("Harness.Broken", "a step of the harness broke", why, "See its log")
        state = replace(state, verdict=RunVerdict.ERROR, error=trouble)
    steps = 6 + 2 * len(state.actions) + len(state.cleaned)
    report = conclude(
        _scenario(state, here), state, state.cleaned, now_ms=now_ms(), transitions=steps
    )
    if not report.leaked:  # the sweep needs what was captured; it expires after a day
        here.context.ledger.forget(state.run.id)
    here.notes("s3").put_object(
        Bucket=here.bucket,
        Key=f"reports/{state.run.id}.json",
        Body=json.dumps(to_json(report)).encode(),
        ContentType="application/json",
    )
    _count(here, report)
    summary = " | ".join(troubles(report))[:LONGEST_SUMMARY]
    return {"verdict": report.verdict, "leaked": report.leaked, "summary": summary}


def _state(event: Values) -> RunState:
    return from_json(RunState, event["state"])


STEPS: Final[Mapping[str, Callable[[Values, Deployed], Values]]] = {
    "prepare": _prepare,
    "act": _act,
    "branch": _branch,
    "join": _join,
    "verify": _verify,
    "list": _list,
    "undo": _undo,
    "conclude": _conclude,
}


def _swept(here: Deployed, run: str | None) -> Values:
    """Undo what a run left behind, or whatever should have been undone by now."""
    now_s = now_ms() // 1000
    entries = [
        one for one in here.context.ledger.entries(run) if run is not None or one.expires_s < now_s
    ]
    done = undo_all(entries, here.context, pause=time.sleep)
    left = sum(not one.ok for one in done)
    _emit(here, {"Swept": len(done) - left, "LeakedItems": left})
    return {"swept": len(done) - left, "left": left}


def _run_of(detail: Values) -> str:
    """Return the run of an execution that ended badly: its name ends with it."""
    if detail.get("status") not in _BAD_ENDS:
        return "none"
    return str(detail["name"]).rpartition("-")[2]


def _scenario(state: RunState, here: Deployed) -> Scenario:
    """Return the scenario that was uploaded, by version and hash, from our own bucket."""
    wanted = state.scenario
    if wanted is None:
        raise _another("nobody says which one")
    if wanted.sha256 not in here.scenarios:
        told = here.context.client("s3").get_object(
            Bucket=here.bucket, Key=wanted.key, VersionId=wanted.version
        )
        data = told["Body"].read()
        if hashlib.sha256(data).hexdigest() != wanted.sha256:
            raise _another("its hash differs")
        here.scenarios[wanted.sha256] = Scenario.model_validate_json(data)
    return here.scenarios[wanted.sha256]


def _another(why: str) -> ActionError:
    what = "the scenario is not the one that was started"
    return ActionError("Harness.Scenario", what, why=why, fix="Start it again")


_COUNTED: Final = {RunVerdict.PASSED: "Passed", RunVerdict.FAILED: "Failed"}


def _count(here: Deployed, report: RunReport) -> None:
    metrics = {_COUNTED.get(report.verdict, "Errored"): 1}
    metrics |= {"LeakedItems": report.leaked, "Polls": report.polls}
    _emit(here, {**metrics, "RunDuration": report.took_ms})


def _log(event: Values, told: Values) -> None:
    """Write which step of which run this was: how logs of many functions are put in one order."""
    state = event.get("state") or {}
    run = state.get("run", {}).get("id") or event.get("entry", {}).get("run")
    at = (told.get("cursor") or {}).get("i")
    line = json.dumps({"run": run, "op": event["op"], "step": at})
    sys.stdout.write(line + "\n")  # affidavit: allow AFF301 - a run's id and the number of a step


def _emit(here: Deployed, metrics: Mapping[str, int]) -> None:
    """Write metrics as CloudWatch takes them from a log.

    `ExecutionsFailed` of Step Functions says neither whether the test or the
    harness failed, nor what was left behind.
    """
    dimensions = {"Environment": here.context.env}
    units = {"RunDuration": "Milliseconds"}
    line = emf_line(metrics, here.namespace, dimensions, at_ms=now_ms(), units=units)
    sys.stdout.write(line + "\n")
