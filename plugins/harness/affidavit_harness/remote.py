"""Run scenarios in the deployed state machine: start, follow, and fetch the reports."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit_harness.batch import (
    Batch,
    Done,
    Job,
    Listener,
    about,
    ask,
    interruptible,
    not_run,
    nothing_known,
)
from affidavit_harness.engine.call import error_name
from affidavit_harness.engine.kit import Clients
from affidavit_harness.engine.local import Stop
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.engine.world import now_ms
from affidavit_harness.machine import TIMEOUT_S
from affidavit_harness.run_ids import execution_name
from affidavit_harness.run_store import RunStore
from affidavit_harness.watching import FEW, ByHistory, ByList, Steps, Watch, asked

FIRST_POLL_S: Final = 0.1
LONGEST_POLL_S: Final = 5.0
FORGOTTEN_MS: Final = (TIMEOUT_S + 120) * 1000
"""The machine ends every execution before that; whoever still waits then waits for nothing."""

UNASKED: Final = 8
"""Of so many polls one asks the execution itself, whatever its history says."""

GRACE_S: Final = 120.0
"""So long a run that was asked to stop has to clean up, before its execution is ended."""


class Started(NamedTuple):
    """One execution."""

    name: str
    run: str
    execution: str
    job: Job
    began_ms: int


class Remote:
    """The state machine of one environment, as `harness.yaml` names it."""

    def __init__(self, batch: Batch) -> None:
        place = batch.here.place
        if place.machine is None or place.bucket is None:
            raise SettingsError(
                f"nobody says where the state machine of {batch.here.env} is",
                why="harness.yaml has no machine: or no bucket: for it",
                fix="Add both; Terraform's outputs say them",
            )
        self._batch = batch
        self._machine, self._bucket, self._table = place.machine, place.bucket, place.undo_table
        self._client = Clients(read_only=False)
        self._store = RunStore(batch.state)

    @functools.cached_property
    def _watch(self) -> Watch:
        client = self._client("stepfunctions")
        few = min(self._batch.max_parallel, len(self._batch.jobs)) <= FEW
        return ByHistory(client) if few else ByList(client, self._machine)

    def start(self, job: Job) -> Started:
        """Upload the scenario, by its hash, and start one execution."""
        wanted = ask(job, self._batch)
        key = f"scenarios/{job.loaded.sha256}.json"
        told = self._client("s3").put_object(
            Bucket=self._bucket, Key=key, Body=job.loaded.canonical
        )
        where = {"key": key, "version": told.get("VersionId", "null"), "sha256": job.loaded.sha256}
        state = {
            "run": wanted.run._asdict(),
            "case": wanted.case,
            "overrides": wanted.overrides,
            "manifest": wanted.manifest,
            "scenario": where,
        }
        execution = self._client("stepfunctions").start_execution(
            stateMachineArn=self._machine,
            name=execution_name(wanted.run.scenario, wanted.run.id),
            input=json.dumps(state),
        )["executionArn"]
        known = {"execution": execution, "bucket": self._bucket}
        self._store.begin(wanted.run.id, {**about(job, wanted.run), **known})
        return Started(job.title, wanted.run.id, execution, job, wanted.run.started_ms)

    def follow(self, started: Started, listener: Listener, stop: Stop) -> dict[str, Any]:
        """Wait for the end of one execution and return its report."""
        seen, polls, pause, asked_at = 0, 0, FIRST_POLL_S, None
        steps = Steps(started.job.loaded.scenario)
        listener.tell(started.run, started.name, "run.began", {})
        while True:
            polls += 1
            if now_ms() - started.began_ms > FORGOTTEN_MS:
                return self._report(started, listener, "not known")
            events, ended = self._watch.look(started.execution, seen)
            seen = max([seen, *(event["id"] for event in events)])
            self._tell(started, events, steps, listener)
            if ended or polls % UNASKED == 0:
                status = self._status(started)
                if status != "RUNNING":
                    return self._report(started, listener, status)
            if stop.is_set() and asked_at is None:
                asked_at = time.monotonic()
                self._ask_to_stop(started)
            if asked_at is not None and time.monotonic() - asked_at > GRACE_S:
                self._client("stepfunctions").stop_execution(executionArn=started.execution)
            time.sleep(pause)
            pause = min(pause * 1.15, LONGEST_POLL_S)

    def _status(self, started: Started) -> str:
        client = self._client("stepfunctions")
        told = asked(lambda: client.describe_execution(executionArn=started.execution))
        return str(told["status"]) if told is not None else "RUNNING"

    def _tell(
        self, started: Started, events: list[Mapping[str, Any]], steps: Steps, listener: Listener
    ) -> None:
        for event in events:
            name = event.get("stateEnteredEventDetails", {}).get("name")
            if name is not None:
                told = {"id": name, "state": "entered"}
                self._store.tell(started.run, {"at_ms": now_ms(), "event": "state.entered", **told})
        for what, data in steps.told(events):
            listener.tell(started.run, started.name, what, data)

    def _ask_to_stop(self, started: Started) -> None:
        """Let the run go to its clean-up: ending the execution at once would skip it."""
        if self._table is not None:
            TableUndoLedger(self._client("dynamodb"), self._table).ask_to_stop(started.run)
        else:
            self._client("stepfunctions").stop_execution(executionArn=started.execution)

    def _report(self, started: Started, listener: Listener, status: str) -> dict[str, Any]:
        report = _keep(self._store, started.run, self._client, status)
        for what, item in _endings(report):
            listener.tell(started.run, started.name, what, item)
        for one in report["cleanup"]:
            listener.tell(started.run, started.name, "undo.ended", one)
        end = {"verdict": report["verdict"], "leaked": report["leaked"]}
        listener.tell(started.run, started.name, "run.ended", end)
        return report


def start_remote(batch: Batch) -> tuple[list[Started], list[dict[str, Any]]]:
    """Start every job and return without waiting; and reports of those that did not start."""
    remote = Remote(batch)
    started, failed = [], []
    for job in batch.jobs:
        try:
            started.append(remote.start(job))
        except Exception as error:  # noqa: BLE001 - boto3's; the others go on
            failed.append(_not_asked(job, batch, error))
    return started, failed


def run_remote(batch: Batch, listener: Listener) -> Done:
    """Run every job in the state machine and return the reports."""
    remote, stop = Remote(batch), Stop()
    failed: list[str] = []

    def one(job: Job) -> dict[str, Any]:
        if stop.is_set() or (batch.fail_fast and failed):
            return not_run(job, batch.here.env)
        try:
            report = remote.follow(remote.start(job), listener, stop)
        except Exception as error:  # noqa: BLE001 - boto3's; the others go on
            report = _not_asked(job, batch, error)
        if report["verdict"] != "PASSED":
            failed.append(report["run"])
        return report

    with interruptible(stop), ThreadPoolExecutor(batch.max_parallel) as pool:
        futures = [pool.submit(one, job) for job in batch.jobs]
        while not all(future.done() for future in futures):
            time.sleep(0.05)
            listener.heartbeat()
        return Done([future.result() for future in futures], stop.is_set())


def _not_asked(job: Job, batch: Batch, failed: Exception) -> dict[str, Any]:
    """Return the report of a run that could not be started, or not be followed to its end."""
    name = error_name(failed)
    error = {
        "name": name,
        "what": "AWS could not be asked to run this, or how it went",
        "why": f"it raised {name}",
        "fix": "Check credentials, region and machine:; see affidavit scenario runs",
    }
    return {**not_run(job, batch.here.env), "verdict": "ERROR", "error": error}


def refresh(store: RunStore, run: str) -> None:
    """Ask AWS how a run stands that was started without waiting, and keep its report."""
    known = store.about(run)
    if "execution" not in known or store.report(run) is not None:
        return
    client = _reading()
    told = client("stepfunctions").describe_execution(executionArn=known["execution"])
    if told["status"] != "RUNNING":
        _keep(store, run, client, told["status"])


@functools.cache
def _reading() -> Clients:
    """Return clients that only read. Who watches a run asks several times a second."""
    return Clients(read_only=True)


def _keep(store: RunStore, run: str, client: Clients, status: str) -> dict[str, Any]:
    """Fetch the report of a run that has ended, keep it with what happened, and return it."""
    known = store.about(run)
    report = _fetch(client("s3"), known["bucket"], run) or _without_report(known, status)
    report.update(file=known["file"], execution=known["execution"])
    for what, item in _endings(report):
        store.tell(run, {"at_ms": now_ms(), "event": what, **item})
    store.end(run, report)
    return report


def _endings(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is to be told of each action and each assertion."""
    for kind in ("action", "assertion"):
        for item in report[f"{kind}s"]:
            yield f"{kind}.ended", item


def _fetch(client: Any, bucket: str, run: str) -> dict[str, Any] | None:
    try:
        told = client.get_object(Bucket=bucket, Key=f"reports/{run}.json")
    except client.exceptions.NoSuchKey:
        return None
    report: dict[str, Any] = json.loads(told["Body"].read())
    return report


def _without_report(known: Mapping[str, Any], status: str) -> dict[str, Any]:
    """Return what is known of a run that ended without a report: it timed out, or was ended."""
    error = {
        "name": "Harness.NoReport",
        "what": "the execution ended without a report",
        "why": f"its status is {status}",
        "fix": "See the execution; what it wrote is swept",
    }
    report = nothing_known(known["run"], known["scenario"], known["case"], known["env"])
    report.update(verdict="ERROR", error=error, began_ms=known["started_ms"])
    report["took_ms"] = now_ms() - int(known["started_ms"])
    return report
