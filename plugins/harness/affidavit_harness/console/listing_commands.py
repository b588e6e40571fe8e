"""`affidavit scenario list`, `runs` and `actions`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult, iso_utc
from affidavit_harness.console.options import NOTHING, SCENARIOS, state_option
from affidavit_harness.console.run_command import problems_told
from affidavit_harness.files.find import load_all, scenario_files
from affidavit_harness.protocol import Values
from affidavit_harness.registry import load_registry
from affidavit_harness.run_ids import short, trace_root
from affidavit_harness.run_store import RunStore


@click.command("list")
@click.argument("paths", nargs=-1, type=SCENARIOS)
@click.option("-k", "--tag", "tags", multiple=True, help="Only scenarios with this tag.")
def list_scenarios(paths: tuple[Path, ...], tags: tuple[str, ...]) -> CommandResult:
    """List scenarios: name, cases, tags, environments. Default: the folder scenarios."""
    files = scenario_files(paths or (Path("scenarios"),))
    chosen, problems = load_all(files, load_registry(), None, tags)
    if problems:
        return problems_told(problems)
    rows = [
        (
            one.scenario.name,
            ", ".join(case.id for case in one.scenario.cases),
            ", ".join(one.scenario.tags),
            ", ".join(one.scenario.environments) or "all but read-only ones",
            one.file,
        )
        for one in chosen
    ]
    columns = ("scenario", "cases", "tags", "environments", "file")
    data: list[Any] = [
        {
            "scenario": one.scenario.name,
            "description": one.scenario.description or "",
            "cases": [case.id for case in one.scenario.cases],
            "tags": list(one.scenario.tags),
            "environments": list(one.scenario.environments),
            "file": one.file,
        }
        for one in chosen
    ]
    return CommandResult(data, columns, rows, exit_code=0 if chosen else NOTHING)


@click.command("runs")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@state_option
def list_runs(limit: int, state: Path) -> CommandResult:
    """List the runs that are known here, newest first."""
    store = RunStore(state)
    runs = store.runs()[:limit]
    unasked = [run for run in runs if not _learned(store, run)]
    data: list[Any] = [run_row(store, run) for run in runs]
    rows = [
        (short(one["run"]), one["scenario"], one["case"], one["env"], one["state"], one["began"])
        for one in data
    ]
    columns = ("run", "scenario", "case", "environment", "state", "began")
    notes = (f"AWS could not be asked about {len(unasked)} of them.",) if unasked else ()
    return CommandResult(data, columns, rows, notes)


def _learned(store: RunStore, run: str) -> bool:
    """Ask AWS how a deployed run has ended, if nobody has yet; False if it could not be asked."""
    if store.about(run).execution == "" or store.report(run) is not None:
        return True
    from affidavit_harness.remote import refresh  # noqa: PLC0415 - heavy

    try:
        refresh(store, run)
    except Exception:  # noqa: BLE001 - boto3's; the list is of use without it
        return False
    return True


def run_row(store: RunStore, run: str) -> dict[str, Any]:
    """Return what is known of one run: a verdict once it has ended."""
    about = store.about(run)
    report = store.report(run)
    return {
        "run": run,
        "scenario": about.scenario,
        "case": about.case,
        "env": about.env,
        "began": iso_utc(about.started_ms),
        "state": str(report.verdict) if report is not None else "no verdict yet",
        "leaked": report.leaked if report is not None else None,
        "execution": about.execution,
        "trace": trace_root(run),
    }


@click.command("actions")
def list_actions() -> CommandResult:
    """List the actions that scenarios can use here, with their parameters."""
    registry = load_registry()
    rows: list[tuple[str, str, str, str]] = []
    data: list[Any] = []
    for name in registry.names():
        action = registry.actions[name]
        schema: Values = action.params.model_json_schema(by_alias=True)
        needed = schema.get("required", [])
        params = ", ".join(key if key in needed else f"[{key}]" for key in schema["properties"])
        effect = registry.effect(name, {})
        undo = "auto" if action.undo is not None else ""
        rows.append((name, effect, params, action.summary))
        data.append(
            {
                "action": name,
                "effect": effect,
                "undo": undo,
                "summary": action.summary,
                "params": dict(schema),
                "grants": [one._asdict() for one in action.grants],
            }
        )
    note = f"Manifest {registry.manifest()}."
    return CommandResult(data, ("action", "effect", "with", "what it does"), rows, (note,))
