"""Run many cases at once in this process, with a limit, and end them all decently."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from affidavit.plugin import ScenarioRun, now_ms
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.stop import Stop
from affidavit_harness.files.durations import seconds
from affidavit_harness.files.environments_file import ChosenEnvironment, outside
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_loader import LoadedScenario
from affidavit_harness.files.scenario_model import Case
from affidavit_harness.open_context import open_context
from affidavit_harness.protocol import KnownRun, RunEvent, RunReport, RunState, RunVerdict
from affidavit_harness.registry import Registry
from affidavit_harness.run_ids import new_run_id
from affidavit_harness.run_store import RunStore


class Job(NamedTuple):
    """One case of one scenario."""

    loaded: LoadedScenario
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
    here: ChosenEnvironment
    state: Path
    inputs: Mapping[str, Any] = {}
    max_parallel: int = 4
    fail_fast: bool = False
    keep: bool = False


class BatchResult(NamedTuple):
    """Every report, in the order of the jobs."""

    reports: list[RunReport]
    stopped: bool


class Listener(Protocol):
    """Who is told how runs go on."""

    def tell(self, run: str, name: str, event: RunEvent) -> None:
        """Hear one event."""
        ...

    def heartbeat(self) -> None:
        """Hear that time passes."""
        ...


def run_batch(batch: Batch, listener: Listener) -> BatchResult:
    """Run every job and return the reports. Ctrl-C stops, cleans up, and then returns."""
    stop = Stop()
    store = RunStore(batch.state)
    context = open_context(batch.here, batch.registry, batch.state, stop)
    reports: dict[int, RunReport] = {}
    with interruptible(stop), ThreadPoolExecutor(batch.max_parallel) as pool:
        left = list(enumerate(batch.jobs))
        going: dict[Future[RunReport], int] = {}
        failed = False
        while left or going:
            while left and len(going) < batch.max_parallel:
                number, job = left.pop(0)
                if stop.is_set() or (batch.fail_fast and failed):
                    reports[number] = not_run(job, batch.here.env)
                    continue
                future = pool.submit(
                    _one, job, batch, context=context, store=store, listener=listener, stop=stop
                )
                going[future] = number
            ended, _ = wait(going, timeout=1, return_when=FIRST_COMPLETED)
            listener.heartbeat()
            for future in ended:
                report = future.result()
                reports[going.pop(future)] = report
                failed = failed or report.verdict is not RunVerdict.PASSED
    return BatchResult([reports[number] for number in range(len(batch.jobs))], stop.is_set())


def _one(
    job: Job,
    batch: Batch,
    *,
    context: RunContext,
    store: RunStore,
    listener: Listener,
    stop: Stop,
) -> RunReport:
    from affidavit_harness.engine.local import run_local  # noqa: PLC0415 - heavy, for this process

    begun = begin(job, batch)
    run = begun.run.id
    store.begin(known(job, begun.run))

    def tell(event: RunEvent) -> None:
        store.tell(run, event)
        listener.tell(run, job.title, event)

    report = run_local(job.loaded.scenario, begun, context, tell=tell, stop=stop, keep=batch.keep)
    report = replace(report, file=job.loaded.file)
    store.end(report)
    return report


def begin(job: Job, batch: Batch) -> RunState:
    """Return what starts a run of this job, with an id of its own."""
    began = now_ms()
    scenario = job.loaded.scenario
    run = ScenarioRun(
        id=new_run_id(began),
        scenario=scenario.name,
        case=job.case.id,
        env=batch.here.env,
        started_ms=began,
        deadline_ms=began + int(seconds(scenario.timeout) * 1000),
    )
    case = {"id": job.case.id, **(job.case.model_extra or {})}
    overrides = {**_of_this_machine(job, batch.here), **batch.inputs}
    manifest = batch.registry.manifest(scenario.used)
    return RunState(run=run, case=case, overrides=overrides, manifest=manifest)


def _of_this_machine(job: Job, here: ChosenEnvironment) -> dict[str, Any]:
    """Return the inputs from variables and files: what is no secret goes along with the run."""
    found = {
        name: outside(here.folder, given.source, render(given.name, {"env": here.env}))
        for name, given in job.loaded.scenario.inputs.items()
        if given.source in {"env", "file"} and given.name is not None and not given.secret
    }
    return {name: value for name, value in found.items() if value is not None}


def known(
    job: Job,
    run: ScenarioRun,
    *,
    execution: str = "",
    bucket: str = "",
    logs: Sequence[str] = (),
) -> KnownRun:
    """Return what is known of a run when it begins."""
    return KnownRun(
        run=run.id,
        scenario=run.scenario,
        case=run.case,
        env=run.env,
        file=job.loaded.file,
        started_ms=run.started_ms,
        deadline_ms=run.deadline_ms,
        execution=execution,
        bucket=bucket,
        logs=tuple(logs),
    )


def not_run(job: Job, env: str) -> RunReport:
    """Return the report of a case that was not started. It is no pass."""
    return RunReport(
        run=f"not-run-{uuid.uuid5(uuid.NAMESPACE_OID, job.title).hex[:8]}",
        scenario=job.loaded.scenario.name,
        case=job.case.id,
        env=env,
        verdict=RunVerdict.NOT_RUN,
        began_ms=now_ms(),
        file=job.loaded.file,
    )


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
