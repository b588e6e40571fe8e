"""`affidavit scenario run`: run scenarios, show how they go, and judge."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_harness.console.again import Again
from affidavit_harness.console.inputs_file import from_file
from affidavit_harness.console.options import (
    MEANINGS,
    NOTHING,
    PASSED,
    SCENARIOS,
    USAGE,
    config_option,
    env_option,
    exit_code,
    state_option,
)
from affidavit_harness.console.progress import Progress, animated
from affidavit_harness.files.environments_file import find_environment
from affidavit_harness.files.find import load_all, scenario_files
from affidavit_harness.files.scenario_loader import LoadedScenario
from affidavit_harness.json_form import to_json
from affidavit_harness.parallel_runs import Batch, BatchResult, Job, run_batch
from affidavit_harness.protocol import RunVerdict
from affidavit_harness.registry import load_registry
from affidavit_harness.reports.summary import remarks, steps_told, troubles
from affidavit_harness.reports.write import FORMS, add_summary, write_report
from affidavit_harness.run_ids import short


@click.command(
    epilog="Exit codes: " + "; ".join(f"{code} {means}" for code, means in MEANINGS.items())
)
@click.argument("paths", nargs=-1, required=True, type=SCENARIOS)
@env_option
@config_option
@click.option("-k", "--tag", "tags", multiple=True, help="Only scenarios with this tag.")
@click.option("--case", "cases", multiple=True, help="Only cases with this id.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="Set an input.")
@click.option(
    "--inputs",
    "inputs_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Set inputs from a YAML or JSON file; --input goes before it.",
)
@click.option(
    "--backend",
    type=click.Choice(["local", "aws"]),
    default="local",
    show_default=True,
    help="In this process, or in the state machine.",
)
@click.option(
    "--max-parallel", type=click.IntRange(1, 200), default=4, show_default=True, help="At once."
)
@click.option("--fail-fast", is_flag=True, help="Start nothing after the first that did not pass.")
@click.option("--no-wait", is_flag=True, help="Start and return, without verdicts (aws only).")
@click.option("--keep", is_flag=True, help="Leave test data, to look at it; cleanup removes it.")
@click.option("--read-only", is_flag=True, help="Refuse writes, also where they are allowed.")
@click.option("--budget", type=float, metavar="DOLLARS", help="Run nothing that may cost more.")
@click.option("--debug", is_flag=True, help="Show what each step found, also where all is well.")
@click.option("--dry-run", is_flag=True, help="Say what would run, and what it may cost.")
@click.option("--no-progress", is_flag=True, help="Lines instead of a tree that moves.")
@click.option(
    "--report",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report: .xml (JUnit), .html, .json, .md or .tap. May be repeated.",
)
@state_option
def run(
    paths: tuple[Path, ...],
    env: str,
    config: Path | None,
    tags: tuple[str, ...],
    cases: tuple[str, ...],
    files: tuple[Path, ...],
    **options: Any,
) -> CommandResult:
    """Run scenarios: files, or folders with all that is below.

    Each case of each scenario is one run, with test data of its own, which is
    removed in the end whatever happens. Ctrl-C stops and cleans up first.
    """
    _check_options(files, options)
    registry = load_registry()
    here = find_environment(env, config, paths[0])
    here = here.only_reading() if options["read_only"] else here
    loaded, problems = load_all(scenario_files(paths), registry, here, tags)
    if problems:
        return problems_told(problems)
    jobs = _jobs(loaded, cases)
    if not jobs:
        return CommandResult(data=[], notes=("Nothing was selected.",), exit_code=NOTHING)
    if options["dry_run"]:
        return _dry(jobs)
    batch = Batch(
        jobs=jobs,
        registry=registry,
        here=here,
        inputs={**from_file(options["inputs_file"]), **_inputs(options["inputs"])},
        **{name: options[name] for name in ("state", "max_parallel", "fail_fast", "keep")},
    )
    _check_batch(batch, options["budget"])
    for one in loaded:
        if one.not_undone:
            told = f"{one.scenario.name}: nothing takes back {', '.join(one.not_undone)}\n"
            sys.stderr.write(told)
    again = Again({"env": env, "config": config, **options})
    return _play(batch, files, options, again)


def _play(
    batch: Batch, files: tuple[Path, ...], options: Mapping[str, Any], again: Again
) -> CommandResult:
    with _progress(batch, plain=options["no_progress"]) as progress:
        if options["backend"] == "local":
            done = run_batch(batch, progress)
        elif options["no_wait"]:
            return _start(batch)
        else:
            done = _wait_for(batch, progress)
    return _finish(done, files, env=batch.here.env, again=again, debug=options["debug"])


def _progress(batch: Batch, *, plain: bool) -> Progress:
    loaded = [job.loaded for job in batch.jobs]
    lines = {
        f"{one.scenario.name}/{action}": (one.file, line)
        for one in loaded
        for action, line in one.lines.items()
    }
    github = os.environ.get("GITHUB_ACTIONS") == "true"
    return Progress(live=animated() and not plain, github=github, files=lines)


def _start(batch: Batch) -> CommandResult:
    from affidavit_harness.remote import start_remote  # noqa: PLC0415 - heavy

    started, failed = start_remote(batch)
    rows = [(one.name, short(one.run), one.execution) for one in started]
    data: list[Any] = [{"scenario": a, "run": b, "execution": c} for a, b, c in rows]
    notes = [f"{one.title}: {told}" for one in failed for told in troubles(one)]
    notes.append("Started; without a verdict. See affidavit scenario watch.")
    columns = ("scenario", "run", "execution")
    return CommandResult(data, columns, rows, notes, exit_code(failed) if failed else PASSED)


def _wait_for(batch: Batch, progress: Progress) -> BatchResult:
    from affidavit_harness.remote import run_remote  # noqa: PLC0415 - heavy

    return run_remote(batch, progress)


def problems_told(problems: list[tuple[str, Any]]) -> CommandResult:
    """Return what is wrong with scenario files, one line each."""
    data: list[Any] = [{"file": file, **one._asdict()} for file, one in problems]
    text = "\n".join(f"{file}:{one}" for file, one in problems)
    return CommandResult(data, text=text, notes=(f"{len(problems)} problem(s).",), exit_code=USAGE)


def _check_options(files: tuple[Path, ...], options: dict[str, Any]) -> None:
    """Refuse what would be ignored, before anything runs."""
    for file in files:
        if file.suffix not in FORMS:
            raise click.BadParameter(f"a report's name ends with {', '.join(FORMS)}")
    if options["keep"] and options["backend"] == "aws":
        raise click.UsageError("--keep is for this process: deployed, the sweeper takes it away.")
    if options["no_wait"] and options["backend"] == "local":
        raise click.UsageError("--no-wait is for --backend aws: here it would end the runs.")


def _inputs(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter("write NAME=VALUE", param_hint="--input")
        found[name] = value
    return found


def _check_batch(batch: Batch, budget: float | None) -> None:
    """Refuse what is too dear, and a secret that would stand in the state of a run."""
    dear = sum(job.loaded.cost.dollars for job in batch.jobs)
    if budget is not None and dear > budget:
        raise click.UsageError(f"These may cost ${dear:.6f} at worst, and --budget is less.")
    for job in batch.jobs:
        for name, given in job.loaded.scenario.inputs.items():
            if given.secret and name in batch.inputs:
                raise click.UsageError(
                    f"{name} is secret in {job.title}: it would stand in the run's state. "
                    "Put it where its `from` says."
                )


def _jobs(loaded: list[LoadedScenario], cases: tuple[str, ...]) -> list[Job]:
    return [
        Job(one, case) for one in loaded for case in one.cases() if not cases or case.id in cases
    ]


def _dry(jobs: list[Job]) -> CommandResult:
    rows = [
        (
            job.title,
            job.loaded.cost.actions,
            job.loaded.cost.transitions,
            f"${job.loaded.cost.dollars:.6f}",
            ", ".join(job.loaded.not_undone),
        )
        for job in jobs
    ]
    keys = ("scenario", "actions", "transitions", "cost", "not_undone")
    data: list[Any] = [dict(zip(keys, row, strict=True)) for row in rows]
    columns = ("scenario", "actions", "transitions at worst", "cost at worst", "not taken back")
    return CommandResult(data, columns, rows, ("Nothing was run.",))


_AGAIN = (RunVerdict.ERROR, RunVerdict.FAILED)


def _finish(
    done: BatchResult, files: tuple[Path, ...], *, env: str, again: Again, debug: bool
) -> CommandResult:
    reports = done.reports
    for file in files:
        write_report(file, reports)
        sys.stderr.write(f"written: {file}\n")
    add_summary(os.environ, reports)
    rows = [
        (
            one.title,
            one.verdict,
            f"{one.took_ms / 1000:.1f} s",
            one.leaked,
            short(one.run),
        )
        for one in reports
    ]
    telling = (steps_told, troubles, remarks) if debug else (troubles, remarks)
    notes = [f"{one.title}: {told}" for tell in telling for one in reports for told in tell(one)]
    notes += [f"again: {again.command(one)}" for one in reports if one.verdict in _AGAIN]
    words = [one.verdict for one in reports]
    counted = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    transitions = sum(one.transitions for one in reports)
    dollars = sum(one.dollars for one in reports)
    notes.append(f"{counted} in {env}; {transitions} transitions (${dollars:.6f}).")
    data: list[Any] = [to_json(one) for one in reports]
    return CommandResult(
        data=data,
        columns=("scenario", "verdict", "took", "leaked", "run"),
        rows=rows,
        notes=notes,
        exit_code=exit_code(reports, stopped=done.stopped),
    )
