"""`affidavit local`: start, look at, use and end the local cloud."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from affidavit import SettingsError
from affidavit.plugin import CommandResult
from affidavit_localcloud.running import (
    ANY_VALUE,
    Running,
    find_running,
    free_port,
    pid_file,
    start_detached,
    stop,
    wait_until_ready,
)
from affidavit_service.read_event import read_event
from affidavit_service.times import iso_ms

T = TypeVar("T")

PORT = 4599
DEFAULT_FOLDER = Path(".affidavit-local")

state_option = click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder of this cloud: who serves, its log, unpacked functions, saved state.",
)
region_option = click.option(
    "--region", envvar="AWS_REGION", default="us-east-1", show_default=True, help="AWS_REGION."
)


@click.group()
def local() -> None:
    """AWS on this machine, for development and tests: no account, no containers."""


@local.command()
@state_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0 for any that is free.",
)
@click.option("--detach", is_flag=True, help="Return as soon as it serves.")
@click.option("--keep", is_flag=True, help="Save everything when it ends, load it when it starts.")
@click.option(
    "--interpreter",
    "interpreters",
    multiple=True,
    metavar="RUNTIME=PATH",
    help="Another Python, with awslambdaric and boto3, for functions of that runtime.",
)
@click.option(
    "--retry",
    "retry_s",
    default=1.0,
    show_default=True,
    help="Seconds before an asynchronous event is tried again; AWS waits a minute.",
)
@click.option(
    "--rights",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    help="Weigh every call of a function, a machine or a service as AWS does.",
)
@click.option("--no-freeze", is_flag=True, help="Let functions go on between two events.")
def up(
    folder: Path,
    port: int,
    detach: bool,
    keep: bool,
    interpreters: tuple[str, ...],
    retry_s: float,
    rights: str,
    no_freeze: bool,
) -> CommandResult | int:
    """Start the local cloud. It listens on the loopback only.

    In the foreground it serves until Ctrl-C. With --detach it prints where it is
    and goes on; `affidavit local down` ends it.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    named = _interpreters(interpreters)
    found = find_running(folder)
    if found is not None:
        return _endpoints(found, "It was running already.")
    began = time.monotonic()
    if detach:
        arguments = ["--state", str(folder), "--port", str(free_port(port))]
        arguments += ["--keep"] * keep + ["--no-freeze"] * no_freeze + ["--retry", str(retry_s)]
        arguments += ["--rights", rights]
        for each in interpreters:
            arguments += ["--interpreter", each]
        ready = wait_until_ready(folder, start_detached(arguments, folder))
        return _endpoints(ready, f"Ready after {time.monotonic() - began:.1f} s.")
    from affidavit_localcloud.cloud import Options  # noqa: PLC0415 - heavy
    from affidavit_localcloud.functions.pool import Limits  # noqa: PLC0415 - heavy
    from affidavit_localcloud.serving import serve  # noqa: PLC0415 - heavy

    chosen = free_port(port)
    limits = Limits(freeze=not no_freeze)
    options = Options(chosen, folder, named, limits, retry_s, keep, rights == "on")
    sys.stderr.write(f"local cloud at {options.endpoint}; Ctrl-C ends it\n")
    serve(options, pid_file(folder), {"port": chosen})
    return 0


@local.command()
@state_option
def down(folder: Path) -> CommandResult:
    """End the local cloud and everything that it started."""
    found = find_running(folder.resolve())
    if found is None:
        return CommandResult(
            data={"stopped": False}, notes=("No local cloud runs in this folder.",)
        )
    gently = stop(found)
    note = "Stopped." if gently else "It did not end by itself and was killed."
    return CommandResult(data={"stopped": True, "killed": not gently}, notes=(note,))


@local.command()
@state_option
def status(folder: Path) -> CommandResult:
    """Say where the local cloud is and what runs in it. Exit code 1 if it does not run."""
    found = find_running(folder.resolve())
    if found is None:
        return CommandResult(
            data={"running": False}, notes=("No local cloud runs in this folder.",), exit_code=1
        )
    return _endpoints(found, "Running.")


@local.command()
@state_option
def reset(folder: Path) -> CommandResult:
    """Forget everything that was deployed, and go on."""
    require(folder).ask("POST", "/_affidavit/reset")
    return CommandResult(data={"reset": True}, notes=("Empty.",))


@local.command("rights")
@state_option
@click.option("--role", default="", help="Only the role or user whose ARN ends like this.")
@click.option("--policy", is_flag=True, help="Print a policy that allows what was used.")
def show(folder: Path, role: str, policy: bool) -> CommandResult:
    """Say what each role used, what was denied, and what it never used.

    Exit code 1 if something was denied.
    """
    from affidavit_localcloud.rights_command import show_rights  # noqa: PLC0415 - beside its use

    told: list[dict[str, Any]] = require(folder).ask("GET", "/_affidavit/rights")
    return show_rights(told, role, policy=policy)


@local.command()
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
    client = _aws(folder, "lambda", region)
    told = _found("function", lambda: client.invoke(**called))
    answer = told["Payload"].read().decode("utf-8", "replace")
    failed = "FunctionError" in told
    return CommandResult(
        data={"status": told["StatusCode"], "failed": failed, "answer": answer},
        text=answer or f"taken, status {told['StatusCode']}",
        notes=("The function failed.",) if failed else (),
        exit_code=1 if failed else 0,
    )


@local.command()
@click.argument("group")
@state_option
@click.option(
    "--minutes",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Only the last so many.",
)
@region_option
def logs(group: str, folder: Path, minutes: int, region: str) -> CommandResult:
    """Show the log of GROUP, or of the function of that name."""
    name = group if group.startswith("/") else f"/aws/lambda/{group}"
    pages = _aws(folder, "logs", region).get_paginator("filter_log_events")
    since = int((time.time() - minutes * 60) * 1000)
    asked = pages.paginate(logGroupName=name, startTime=since)
    found = _found("log group", lambda: [event for page in asked for event in page["events"]])
    lines = [f"{iso_ms(event['timestamp'])} {event['message']}" for event in found]
    data: list[Any] = [
        {"at": iso_ms(e["timestamp"]), "stream": e["logStreamName"], "message": e["message"]}
        for e in found
    ]
    return CommandResult(data=data, text="\n".join(lines), notes=(f"{len(found)} event(s).",))


def _found(kind: str, ask: Callable[[], T]) -> T:
    """Return what the cloud answers.

    Raises:
        SettingsError: It has nothing of that name.

    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - heavy

    try:
        return ask()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
    raise SettingsError(
        f"there is no {kind} of that name here",
        why="the local cloud has none in this region",
        fix="Deploy it first, correct the name, or name another --region or --state",
    )


def _interpreters(given: tuple[str, ...]) -> dict[str, str]:
    for each in given:
        if not re.fullmatch(r"python3\.[0-9]+=.+", each):
            raise click.BadParameter("write python3.12=PATH", param_hint="--interpreter")
    return dict(each.split("=", 1) for each in given)


def _endpoints(found: Running, note: str) -> CommandResult:
    told: dict[str, Any] = found.ask("GET", "/_affidavit/health")
    environment = {
        "AWS_ENDPOINT_URL": found.endpoint,
        "AWS_ACCESS_KEY_ID": ANY_VALUE,
        "AWS_SECRET_ACCESS_KEY": ANY_VALUE,
    }
    data: dict[str, Any] = {
        "running": True,
        "pid": found.pid,
        "endpoint": found.endpoint,
        "environment": environment,
        "environments": told["environments"],
        "rights": "on" if told["rights"] else "off",
    }
    off = "" if told["rights"] else " Rights are off: everybody may do everything."
    sys.stderr.write(f"{note}{off}\n")
    text = "\n".join(f"export {name}={value}" for name, value in environment.items())
    return CommandResult(data=data, text=text)


def _aws(folder: Path, service: str, region: str) -> Any:
    import boto3  # noqa: PLC0415 - heavy

    return boto3.client(
        service,
        endpoint_url=require(folder).endpoint,
        region_name=region,
        aws_access_key_id=ANY_VALUE,
        aws_secret_access_key=ANY_VALUE,
    )


def require(folder: Path) -> Running:
    """Return the running cloud.

    Raises:
        SettingsError: There is none.

    """
    found = find_running(folder.resolve())
    if found is None:
        raise SettingsError(
            "no local cloud runs in this folder",
            why="nothing answers there",
            fix="Start it with affidavit local up --detach",
        )
    return found
