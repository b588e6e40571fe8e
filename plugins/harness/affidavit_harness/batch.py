"""Run many cases at once in this process, with a limit, and end them all decently."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from affidavit_harness.engine.conclude import FORMAT
from affidavit_harness.engine.kit import Run
from affidavit_harness.engine.local import Stop, run_local
from affidavit_harness.engine.steps import Asked
from affidavit_harness.engine.world import World, now_ms
from affidavit_harness.files.durations import seconds
from affidavit_harness.files.load import Loaded
from affidavit_harness.files.model import Case
from affidavit_harness.open_world import open_world
from affidavit_harness.places_file import Here
from affidavit_harness.registry import Registry
from affidavit_harness.run_ids import new_run_id
from affidavit_harness.run_store import RunStore


class Job(NamedTuple):
    """One case of one scenario."""

    loaded: Loaded
    case: Case

    @property
    def title(self) -> str:
        """Return `scenario[case]`."""
        name = self.loaded.scenario.name
        return name if self.case.id == "only" else f"{name}[{self.case.id}]"


class Batch(NamedTuple):
    """What to run, where, and how many at once."""

    jobs: Sequence[Job]
    registry: Registry
    here: Here
    state: Path
    inputs: Mapping[str, Any] = {}
    max_parallel: int = 4
    fail_fast: bool = False
    keep: bool = False


class Done(NamedTuple):
    """Every report, in the order of the jobs."""

    reports: list[dict[str, Any]]
    stopped: bool


class Listener(Protocol):
    """Who is told how runs go on."""

    def tell(self, run: str, name: str, event: str, data: Mapping[str, Any]) -> None:
        """Hear one event."""
        ...

    def heartbeat(self) -> None:
        """Hear that time passes."""
        ...


def run_batch(batch: Batch, listener: Listener, stop: Stop | None = None) -> Done:
    """Run every job and return the reports. Ctrl-C stops, cleans up, and then returns."""
    stop = stop or Stop()
    store = RunStore(batch.state)
    world = open_world(batch.here, batch.registry, batch.state, stop)
    reports: dict[int, dict[str, Any]] = {}
    with interruptible(stop), ThreadPoolExecutor(batch.max_parallel) as pool:
        left = list(enumerate(batch.jobs))
        going: dict[Future[dict[str, Any]], int] = {}
        failed = False
        while left or going:
            while left and len(going) < batch.max_parallel:
                number, job = left.pop(0)
                if stop.is_set() or (batch.fail_fast and failed):
                    reports[number] = not_run(job, batch.here.env)
                    continue
                future = pool.submit(
                    _one, job, batch, world=world, store=store, listener=listener, stop=stop
                )
                going[future] = number
            ended, _ = wait(going, timeout=1, return_when=FIRST_COMPLETED)
            listener.heartbeat()
            for future in ended:
                report = future.result()
                reports[going.pop(future)] = report
                failed = failed or report["verdict"] != "PASSED"
    return Done([reports[number] for number in range(len(batch.jobs))], stop.is_set())


def _one(
    job: Job, batch: Batch, *, world: World, store: RunStore, listener: Listener, stop: Stop
) -> dict[str, Any]:
    asked = ask(job, batch)
    run = asked.run
    store.begin(run.id, about(job, run))

    def tell(event: str, data: dict[str, Any]) -> None:
        store.tell(run.id, {"at_ms": now_ms(), "event": event, **data})
        listener.tell(run.id, job.title, event, data)

    report = run_local(job.loaded.scenario, asked, world, tell=tell, stop=stop, keep=batch.keep)
    report["file"] = job.loaded.file
    store.end(run.id, report)
    return report


def ask(job: Job, batch: Batch) -> Asked:
    """Return what starts a run of this job, with an id of its own."""
    began = now_ms()
    scenario = job.loaded.scenario
    run = Run(
        id=new_run_id(began),
        scenario=scenario.name,
        case=job.case.id,
        env=batch.here.env,
        started_ms=began,
        deadline_ms=began + int(seconds(scenario.timeout) * 1000),
    )
    case = {"id": job.case.id, **(job.case.model_extra or {})}
    return Asked(run, case, dict(batch.inputs), batch.registry.manifest())


def about(job: Job, run: Run) -> dict[str, Any]:
    """Return what is known of a run when it begins."""
    return {
        "scenario": run.scenario,
        "case": run.case,
        "env": run.env,
        "file": job.loaded.file,
        "started_ms": run.started_ms,
        "deadline_ms": run.deadline_ms,
    }


def not_run(job: Job, env: str) -> dict[str, Any]:
    """Return the report of a case that was not started. It is no pass."""
    run = f"not-run-{uuid.uuid5(uuid.NAMESPACE_OID, job.title).hex[:8]}"
    report = nothing_known(run, job.loaded.scenario.name, job.case.id, env)
    return {**report, "file": job.loaded.file}


def nothing_known(run: str, scenario: str, case: str, env: str) -> dict[str, Any]:
    """Return a report in which nothing has happened yet."""
    return {
        "schema": FORMAT,
        "run": run,
        "scenario": scenario,
        "case": case,
        "env": env,
        "verdict": "NOT RUN",
        "error": None,
        "began_ms": now_ms(),
        "took_ms": 0,
        "actions": [],
        "assertions": [],
        "cleanup": [],
        "leaked": 0,
        "polls": 0,
        "transitions": 0,
        "dollars": 0.0,
    }


@contextlib.contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Let the first Ctrl-C stop decently; the second one ends this process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, _: object) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            sys.stderr.write("once more ends at once; then: affidavit scenario cleanup --all\n")
            return
        stop.set()
        sys.stderr.write("stopping: cleaning up first\n")

    held = {one: signal.signal(one, hear) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, before in held.items():
            signal.signal(one, before)
