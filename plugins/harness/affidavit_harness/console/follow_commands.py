"""`affidavit scenario status`, `watch`, `logs` and `report`: look at a run, going on or ended."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from affidavit import SettingsError
from affidavit.plugin import CommandResult, iso_utc, now_ms
from affidavit_harness.console.listing_commands import run_row
from affidavit_harness.console.options import ERROR, exit_code, state_option
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunEvent
from affidavit_harness.reports.summary import troubles
from affidavit_harness.reports.write import write_report
from affidavit_harness.run_store import RunStore

LOOK_S = 0.3
LATE_S = 60.0
"""So long after its deadline a run without a verdict is taken for dead."""

run_argument = click.argument("run", default="@last")


@click.command()
@run_argument
@state_option
def status(run: str, state: Path) -> CommandResult:
    """Say how a run stands. RUN is a short id, a whole one, an ARN, or @last (the default).

    The exit code is the one of its verdict; 3 while there is none.
    """
    store, found = _find(state, run)
    told: dict[str, Any] = run_row(store, found)
    report = store.report(found)
    notes = list(troubles(report)) if report is not None else []
    code = exit_code([report]) if report is not None else ERROR
    columns = tuple(told)
    return CommandResult(told, columns, [tuple(told.values())], notes, code)


@click.command()
@run_argument
@state_option
def watch(run: str, state: Path) -> CommandResult:
    """Follow a run until it has ended; the exit code is the one of its verdict."""
    store, found = _find(state, run)
    for event in _follow(store, found):
        sys.stderr.write(_line(event) + "\n")
    report = store.report(found)
    if report is None:
        return CommandResult(data=None, notes=("It ended without a verdict.",), exit_code=ERROR)
    told: Any = {"run": found, "verdict": str(report.verdict), "leaked": report.leaked}
    notes = (*troubles(report), f"{report.verdict}.")
    return CommandResult(told, notes=notes, exit_code=exit_code([report]))


@click.command()
@run_argument
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended.")
@click.option("--services", is_flag=True, help="Also what services have written about it.")
@state_option
def logs(run: str, follow: bool, services: bool, state: Path) -> CommandResult:
    """Show what happened in a run, event by event.

    With --services also each line of the environment's log groups that names the
    run, or its trace.
    """
    store, found = _find(state, run)
    events = list(_follow(store, found) if follow else store.events(found))
    told = [(one.at_ms, _line(one), to_json(one)) for one in events]
    if services:
        from affidavit_harness.service_lines import service_lines  # noqa: PLC0415 - heavy

        told += [
            (one.at_ms, f"{iso_utc(one.at_ms)} {one.group}: {one.text}", one._asdict())
            for one in service_lines(store.about(found))
        ]
    told.sort(key=lambda one: one[0])
    data: list[Any] = [one for _, _, one in told]
    return CommandResult(data=data, text="\n".join(line for _, line, _ in told))


@click.command()
@run_argument
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it: .xml (JUnit), .html, .json, .md or .tap.",
)
@state_option
def report(run: str, file: Path | None, state: Path) -> CommandResult:
    """Show the report of a run that has ended, or write it in another form."""
    store, name = _find(state, run)
    found = store.report(name)
    if found is None:
        raise SettingsError(
            "this run has no report",
            why="it is going on, or it was killed",
            fix="See affidavit scenario status and affidavit scenario cleanup",
        )
    if file is None:
        told = to_json(found)
        return CommandResult(data=told, text=json.dumps(told, indent=2, ensure_ascii=False))
    write_report(file, [found])
    return CommandResult(data={"file": str(file)}, notes=(f"written: {file}",))


def _find(state: Path, run: str) -> tuple[RunStore, str]:
    """Return the runs that are known and the one that is meant, as it stands now."""
    store = RunStore(state)
    found = store.find(run)
    _refresh(store, found)
    return store, found


def _refresh(store: RunStore, run: str) -> None:
    if store.about(run).execution:
        from affidavit_harness.remote import refresh  # noqa: PLC0415 - heavy

        refresh(store, run)


def _follow(store: RunStore, run: str) -> Iterator[RunEvent]:
    seen = 0
    deadline_ms = store.about(run).deadline_ms + LATE_S * 1000
    while True:
        ended = store.report(run) is not None or now_ms() > deadline_ms
        for event in store.events(run, seen):
            seen += 1
            yield event
        if ended:
            return
        time.sleep(LOOK_S)
        _refresh(store, run)


def _line(event: RunEvent) -> str:
    return f"{iso_utc(event.at_ms)} {event.event:16} {event.id} {event.state}".rstrip()
