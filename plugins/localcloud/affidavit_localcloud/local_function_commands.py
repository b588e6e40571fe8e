"""`affidavit local`, for what is deployed: call functions, give them code and data, look."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_localcloud.local_options import (
    client_of,
    environment_of,
    found_in_cloud,
    region_option,
    require,
    state_option,
)
from affidavit_localcloud.running import find_running
from affidavit_service.read_event import read_event

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("function")
@state_option
@click.option("--event", default="{}", help="The event as JSON, or @FILE.")
@click.option("--qualifier", default="", help="A version or an alias.")
@click.option("--later", is_flag=True, help="Do not wait for the answer.")
@region_option
def invoke(
    function: str, folder: Path, event: str, qualifier: str, later: bool, region: str
) -> CommandResult:
    """Call FUNCTION and show its answer. Exit code 1 if it failed."""
    called: dict[str, Any] = {"FunctionName": function, "Payload": read_event(event)}
    if qualifier:
        called["Qualifier"] = qualifier
    if later:
        called["InvocationType"] = "Event"
    client = client_of(folder, "lambda", region)
    told = found_in_cloud("function", lambda: client.invoke(**called))
    answer = told["Payload"].read().decode("utf-8", "replace")
    failed = "FunctionError" in told
    return CommandResult(
        data={"status": told["StatusCode"], "failed": failed, "answer": answer},
        text=answer or f"taken, status {told['StatusCode']}",
        notes=("The function failed.",) if failed else (),
        exit_code=1 if failed else 0,
    )


@click.command()
@click.argument("function")
@state_option
@click.option("--service", "path", type=FILE, default=Path("functions.toml"), help="The file.")
@region_option
def deploy(function: str, folder: Path, path: Path, region: str) -> CommandResult:
    """Give FUNCTION, which Terraform deployed here, the code as it is now.

    affidavit local deploy read

    Its dependencies and its settings stay.
    """
    from affidavit_localcloud.deploy_code import deploy_code  # noqa: PLC0415 - pydantic's models
    from affidavit_service.read import read_service  # noqa: PLC0415

    began = time.monotonic()
    client = client_of(folder, "lambda", region)
    service = read_service(path, "local")
    full = found_in_cloud("function", lambda: deploy_code(service, function, client))
    note = f"Live after {time.monotonic() - began:.1f} s."
    return CommandResult(data={"function": full}, text=full, notes=(note,))


@click.command()
@state_option
@click.option("--service", "path", type=FILE, default=Path("functions.toml"), help="The file.")
@click.option("--fresh", is_flag=True, help="Make anew what is there.")
@region_option
def seed(folder: Path, path: Path, fresh: bool, region: str) -> CommandResult:
    """Make the data of a service, its tables in this cloud, from its folder seed.

    affidavit local seed --fresh
    """
    from affidavit_service.read import read_service  # noqa: PLC0415 - pydantic's models
    from affidavit_service.seed import seed as make  # noqa: PLC0415

    endpoint = require(folder).endpoint
    service = read_service(path.resolve(), "local")
    found = make(service, endpoint=endpoint, region=region, fresh=fresh)
    return CommandResult(
        data=[one._asdict() for one in found], columns=("source", "kind", "state"), rows=found
    )


@click.command()
@state_option
@region_option
def status(folder: Path, region: str) -> CommandResult:
    """Say where the local cloud is, and what runs, ran and failed in it.

    Memory is the most that an environment has had, of what the function may have.
    Exit code 1 if no cloud runs.
    """
    found = find_running(folder.resolve())
    if found is None:
        return CommandResult(
            data={"running": False}, notes=("No local cloud runs in this folder.",), exit_code=1
        )
    told: dict[str, Any] = found.ask("GET", "/_affidavit/health")
    ran: list[dict[str, Any]] = told["functions"]
    rights = "on" if told["rights"] else "off"
    notes = [f"Running at {found.endpoint}, process {found.pid}, rights {rights}."]
    notes += ["No function was called yet."] * (not ran)
    return CommandResult(
        data={
            "running": True,
            "pid": found.pid,
            "endpoint": found.endpoint,
            "environment": {**environment_of(found, region)},
            "functions": list(ran),
            "rights": rights,
        },
        columns=("function", "environments", "memory", "calls", "errors", "last error", "debugger"),
        rows=[
            (
                one["function"],
                one["environments"],
                f"{one['peak_mb'] or '-'} of {one['memory_mb'] or '-'} MB",
                one["calls"],
                one["errors"],
                one["last_error"],
                one["debugger"] or "",
            )
            for one in ran
        ],
        notes=notes,
    )


@click.command()
@click.argument("group", required=False)
@state_option
@click.option(
    "--minutes",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Only the last so many.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C.")
@region_option
def logs(group: str | None, folder: Path, minutes: int, follow: bool, region: str) -> CommandResult:
    """Show the log of GROUP, or of the function of that name; of all functions without one."""
    from affidavit_localcloud.log_lines import follow_logs, read_logs  # noqa: PLC0415 - beside

    client = client_of(folder, "logs", region)
    since = int((time.time() - minutes * 60) * 1000)
    if follow:
        found_in_cloud("log group", lambda: follow_logs(client, group, since, sys.stdout))
    found = found_in_cloud("log group", lambda: read_logs(client, group, since))
    text = "" if follow else "\n".join(one.text(named=group is None) for one in found)
    data: list[Any] = [one._asdict() for one in found]
    return CommandResult(data=data, text=text, notes=(f"{len(found)} event(s).",))
