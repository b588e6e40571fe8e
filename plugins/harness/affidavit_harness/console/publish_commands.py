"""`affidavit scenario validate`, and what is published: schema, rights, machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_harness.console.options import NOTHING, SCENARIOS, config_option
from affidavit_harness.console.run_command import problems_told
from affidavit_harness.files.environments_file import find_environment
from affidavit_harness.files.find import load_all, scenario_files
from affidavit_harness.files.schema import scenario_schema
from affidavit_harness.registry import load_registry


@click.command()
@click.argument("paths", nargs=-1, required=True, type=SCENARIOS)
@click.option("--env", help="Also say whether they may run there.")
@config_option
def validate(paths: tuple[Path, ...], env: str | None, config: Path | None) -> CommandResult:
    """Check scenarios without running them, every mistake with line, column and the mend.

    Exit code 0: they are valid. 2: they are not. 5: there are none.
    """
    registry = load_registry()
    here = find_environment(env, config, paths[0]) if env is not None else None
    loaded, problems = load_all(scenario_files(paths), registry, here)
    if problems:
        return problems_told(problems)
    rows = [(one.file, one.scenario.name, len(one.cases()), one.cost.transitions) for one in loaded]
    data: list[Any] = [
        {"file": file, "scenario": name, "cases": cases, "transitions": transitions}
        for file, name, cases, transitions in rows
    ]
    columns = ("file", "scenario", "cases", "transitions at worst")
    note = f"{len(loaded)} scenario(s) are valid." if loaded else "There is no scenario."
    return CommandResult(data, columns, rows, (note,), 0 if loaded else NOTHING)


@click.command("schema")
def schema() -> CommandResult:
    """Print the JSON Schema of scenarios, put together from the installed actions."""
    told = scenario_schema(load_registry())
    return CommandResult(data=told, text=json.dumps(told, indent=2))


@click.command("rights")
def rights() -> CommandResult:
    """Print what the roles of a deployed harness need, for Terraform."""
    registry = load_registry()
    told: dict[str, Any] = {
        "manifest": registry.manifest(),
        "read": list(registry.statements("read")),
        "write": list(registry.statements("write")),
        "sweep": list(registry.statements("sweep")),
    }
    return CommandResult(data=told, text=json.dumps(told, indent=2))


@click.command("machine")
def machine() -> CommandResult:
    """Print the definition of the state machine, for Terraform."""
    from affidavit_harness.machine import machine as definition  # noqa: PLC0415 - rarely needed

    told: dict[str, Any] = definition()
    return CommandResult(data=told, text=json.dumps(told, indent=2))
