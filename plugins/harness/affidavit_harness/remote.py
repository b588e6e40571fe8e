"""Run scenarios in the deployed state machine: start, follow, and fetch the reports."""

from __future__ import annotations

import functools
import json
import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from importlib import import_module
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit.plugin import now_ms
from affidavit_harness.engine.call import error_name
from affidavit_harness.engine.clients import Clients
from affidavit_harness.engine.stop import Stop
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.execution_polling import (
    FEW,
    ActionTracker,
    ExecutionPoller,
    HistoryPoller,
    ListPoller,
    asked,
)
from affidavit_harness.function_room import at_once, places
from affidavit_harness.json_form import from_json, get_ready, to_json
from affidavit_harness.machine import TIMEOUT_S
from affidavit_harness.parallel_runs import (
    Batch,
    BatchResult,
    Job,
    Listener,
    begin,
    interruptible,
    known,
    not_run,
)
from affidavit_harness.protocol import (
    KnownRun,
    RunEvent,
    RunReport,
    RunVerdict,
    StoredScenario,
    Trouble,
)
from affidavit_harness.run_ids import execution_name, trace_root
from affidavit_harness.run_store import RunStore

LONGEST_POLL_S: Final = 5.0
LATE: Final = 0.1
"""A run's end is seen after this part of its time at most, or after the least or longest pause."""
FORGOTTEN_MS: Final = (TIMEOUT_S + 120) * 1000
"""The machine ends every execution before that; whoever still waits then waits for nothing."""

UNASKED: Final = 8
"""Of so many polls one asks the execution itself, whatever its history says."""

UNTAKEN_S: Final = 10.0
"""A run that is still at its first state then may be one that no function takes."""

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
        place = batch.here.settings
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
        self._few = min(batch.max_parallel, len(batch.jobs)) <= FEW

    @functools.cached_property
    def _poller(self) -> ExecutionPoller:
        client = self._client("stepfunctions")
        return HistoryPoller(client) if self._few else ListPoller(client, self._machine)

    def at_once(self) -> int:
        """Return how many runs to play at once; a few are not asked about before they start.

        Raises:
            SettingsError: The function takes none.

        """
        wanted = min(self._batch.max_parallel, len(self._batch.jobs))
        function = self._batch.here.settings.function
        if function is None or self._few:
            return wanted
        return at_once(self._client("lambda"), function, wanted)

    def _see_that_it_is_taken(self, started: Started) -> None:
        """End a run that the function never takes.

        Raises:
            SettingsError: It takes none.

        """
        function = self._batch.here.settings.function
        try:
            if function is not None:
                places(self._client("lambda"), function)
        except SettingsError:
            self._client("stepfunctions").stop_execution(executionArn=started.execution)
            raise

    def start(self, job: Job) -> Started:
        """Upload the scenario, by its hash, and start one execution."""
        key = f"scenarios/{job.loaded.sha256}.json"
        told = self._client("s3").put_object(Bucket=self._bucket, Key=key, Body=job.loaded.as_json)
        stored = StoredScenario(key, told.get("VersionId", "null"), job.loaded.sha256)
        begun = replace(begin(job, self._batch), scenario=stored)
        run = begun.run
        execution = self._client("stepfunctions").start_execution(
            stateMachineArn=self._machine,
            name=execution_name(run.scenario, run.id),
            input=json.dumps(to_json(begun)),
            traceHeader=f"Root={trace_root(run.id)};Sampled=1",
        )["executionArn"]
        logs = self._batch.here.settings.logs
        about = known(job, run, execution=execution, bucket=self._bucket, logs=logs)
        self._store.begin(about)
        return Started(job.title, run.id, execution, job, run.started_ms)

    def follow(self, started: Started, listener: Listener, stop: Stop) -> RunReport:
        """Wait for the end of one execution and return its report."""
        seen, states, polls, asked_at = 0, 0, 0, None
        began = time.monotonic()
        untaken_at = began + UNTAKEN_S if self._few else math.inf
        tracker = ActionTracker(started.job.loaded.scenario)
        listener.tell(started.run, started.name, RunEvent(event="run.began", id=started.run))
        while True:
            polls += 1
            if now_ms() - started.began_ms > FORGOTTEN_MS:
                return self._report(started, listener, "not known")
            entered, ended, status = self._poller.poll(started.execution, seen)
            for one in entered:
                seen, states = one.number, states + 1
                told = RunEvent(event="state.entered", id=one.name, state="entered")
                self._store.tell(started.run, told)
            for event in tracker.events(entered):
                listener.tell(started.run, started.name, event)
            if states < 2 and time.monotonic() > untaken_at:  # noqa: PLR2004 - the first one waits
                untaken_at = math.inf
                self._see_that_it_is_taken(started)
            if ended or polls % UNASKED == 0:
                status = status or self._status(started)
                if status != "RUNNING":
                    return self._report(started, listener, status)
            if stop.is_set() and asked_at is None:
                asked_at = time.monotonic()
                self._ask_to_stop(started)
            if asked_at is not None and time.monotonic() - asked_at > GRACE_S:
                self._client("stepfunctions").stop_execution(executionArn=started.execution)
            pause = LATE * (time.monotonic() - began)
            time.sleep(min(max(pause, self._poller.least_s), LONGEST_POLL_S))

    def _status(self, started: Started) -> str:
        client = self._client("stepfunctions")
        told = asked(lambda: client.describe_execution(executionArn=started.execution))
        return str(told["status"]) if told is not None else "RUNNING"

    def _ask_to_stop(self, started: Started) -> None:
        """Let the run go to its clean-up: ending the execution at once would skip it."""
        if self._table is not None:
            TableUndoLedger(self._client("dynamodb"), self._table).ask_to_stop(started.run)
        else:
            self._client("stepfunctions").stop_execution(executionArn=started.execution)

    def _report(self, started: Started, listener: Listener, status: str) -> RunReport:
        report = _keep(self._store, started.run, self._client, status)
        for one in (*_endings(report), *map(RunEvent.of_undo, report.cleanup)):
            listener.tell(started.run, started.name, one)
        listener.tell(started.run, started.name, RunEvent.of_end(report))
        return report


def start_remote(batch: Batch) -> tuple[list[Started], list[RunReport]]:
    """Start every job and return without waiting; and reports of those that did not start."""
    remote = Remote(batch)
    started, failed = [], []
    for job in batch.jobs:
        try:
            started.append(remote.start(job))
        except Exception as error:  # noqa: BLE001 - boto3's; the others go on
            failed.append(_not_asked(job, batch, error))
    return started, failed


def run_remote(batch: Batch, listener: Listener) -> BatchResult:
    """Run every job in the state machine and return the reports."""
    remote, stop = Remote(batch), Stop()
    failed: list[str] = []
    begun = threading.Event()

    def one(job: Job) -> RunReport:
        try:
            if stop.is_set() or (batch.fail_fast and failed):
                return not_run(job, batch.here.env)
            started = remote.start(job)
            begun.set()
            report = remote.follow(started, listener, stop)
        except Exception as error:  # noqa: BLE001 - boto3's; the others go on
            report = _not_asked(job, batch, error)
        finally:
            begun.set()
        if report.verdict is not RunVerdict.PASSED:
            failed.append(report.run)
        return report

    with interruptible(stop), ThreadPoolExecutor(remote.at_once()) as pool:
        futures = [pool.submit(one, job) for job in batch.jobs]
        begun.wait()
        _get_ready()
        while wait(futures, timeout=1).not_done:
            listener.heartbeat()
        return BatchResult([future.result() for future in futures], stop.is_set())


def _get_ready() -> None:
    """Import and make what the end of a run needs, while the first one goes on."""
    get_ready(RunReport, KnownRun, RunEvent)
    for name in ("rich.console", "rich.table", "rich.text"):  # what shows the result
        import_module(name)


def _not_asked(job: Job, batch: Batch, failed: Exception) -> RunReport:
    """Return the report of a run that could not be started, or not be followed to its end."""
    name = error_name(failed)
    if isinstance(failed, SettingsError):
        trouble = Trouble(name, failed.what, failed.why, failed.fix)
    else:
        trouble = Trouble(
            name,
            "AWS could not be asked to run this, or how it went",
            f"it raised {name}",
            "Check credentials, region and machine:; see affidavit scenario runs",
        )
    return replace(not_run(job, batch.here.env), verdict=RunVerdict.ERROR, error=trouble)


def refresh(store: RunStore, run: str) -> None:
    """Ask AWS how a run stands that was started without waiting, and keep its report."""
    about = store.about(run)
    if not about.execution or store.report(run) is not None:
        return
    client = _reading()
    told = client("stepfunctions").describe_execution(executionArn=about.execution)
    if told["status"] != "RUNNING":
        _keep(store, run, client, told["status"])


@functools.cache
def _reading() -> Clients:
    """Return clients that only read. Who watches a run asks several times a second."""
    return Clients(read_only=True)


def _keep(store: RunStore, run: str, client: Clients, status: str) -> RunReport:
    """Fetch the report of a run that has ended, keep it with what happened, and return it."""
    about = store.about(run)
    report = _fetch(client("s3"), about.bucket, run) or _without_report(about, status)
    report = replace(report, file=about.file, execution=about.execution)
    for event in _endings(report):
        store.tell(run, event)
    store.end(report)
    return report


def _endings(report: RunReport) -> Iterator[RunEvent]:
    """Yield what is to be told of each action and each assertion."""
    yield from (RunEvent.of_step("action", one) for one in report.actions)
    yield from (RunEvent.of_step("assertion", one) for one in report.assertions)


def _fetch(client: Any, bucket: str, run: str) -> RunReport | None:
    try:
        told = client.get_object(Bucket=bucket, Key=f"reports/{run}.json")
    except client.exceptions.NoSuchKey:
        return None
    return from_json(RunReport, json.loads(told["Body"].read()))


def _without_report(about: KnownRun, status: str) -> RunReport:
    """Return what is known of a run that ended without a report: it timed out, or was ended."""
    trouble = Trouble(
        "Harness.NoReport",
        "the execution ended without a report",
        f"its status is {status}",
        "See the execution; what it wrote is swept",
    )
    return RunReport(
        run=about.run,
        scenario=about.scenario,
        case=about.case,
        env=about.env,
        verdict=RunVerdict.ERROR,
        error=trouble,
        began_ms=about.started_ms,
        took_ms=now_ms() - about.started_ms,
    )
