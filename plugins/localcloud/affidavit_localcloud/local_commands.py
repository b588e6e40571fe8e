"""`affidavit local`: start, look at, use and end the local cloud."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_localcloud.local_function_commands import deploy, invoke, logs
from affidavit_localcloud.local_options import region_option, require, state_option
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

PORT = 4599


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
@region_option
def up(
    folder: Path,
    port: int,
    detach: bool,
    keep: bool,
    interpreters: tuple[str, ...],
    retry_s: float,
    rights: str,
    no_freeze: bool,
    region: str,
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
        return _endpoints(found, "It was running already.", region)
    began = time.monotonic()
    if detach:
        arguments = ["--state", str(folder), "--port", str(free_port(port))]
        arguments += ["--keep"] * keep + ["--no-freeze"] * no_freeze + ["--retry", str(retry_s)]
        arguments += ["--rights", rights]
        for each in interpreters:
            arguments += ["--interpreter", each]
        ready = wait_until_ready(folder, start_detached(arguments, folder))
        return _endpoints(ready, f"Ready after {time.monotonic() - began:.1f} s.", region)
    return _serve(
        folder, free_port(port), named, retry_s, freeze=not no_freeze, keep=keep, rights=rights
    )


def _serve(
    folder: Path,
    port: int,
    interpreters: dict[str, str],
    retry_s: float,
    *,
    freeze: bool,
    keep: bool,
    rights: str,
) -> int:
    from affidavit_localcloud.cloud import Options  # noqa: PLC0415 - heavy
    from affidavit_localcloud.functions.pool import Limits  # noqa: PLC0415 - heavy
    from affidavit_localcloud.serving import serve  # noqa: PLC0415 - heavy

    limits = Limits(freeze=freeze)
    options = Options(port, folder, interpreters, limits, retry_s, keep, rights == "on")
    sys.stderr.write(f"local cloud at {options.endpoint}; Ctrl-C ends it\n")
    serve(options, pid_file(folder), {"port": port})
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
@region_option
def status(folder: Path, region: str) -> CommandResult:
    """Say where the local cloud is and what runs in it. Exit code 1 if it does not run."""
    found = find_running(folder.resolve())
    if found is None:
        return CommandResult(
            data={"running": False}, notes=("No local cloud runs in this folder.",), exit_code=1
        )
    return _endpoints(found, "Running.", region)


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


def _interpreters(given: tuple[str, ...]) -> dict[str, str]:
    for each in given:
        if not re.fullmatch(r"python3\.[0-9]+=.+", each):
            raise click.BadParameter("write python3.12=PATH", param_hint="--interpreter")
    return dict(each.split("=", 1) for each in given)


def _endpoints(found: Running, note: str, region: str) -> CommandResult:
    told: dict[str, Any] = found.ask("GET", "/_affidavit/health")
    environment = {
        "AWS_ENDPOINT_URL": found.endpoint,
        "AWS_ACCESS_KEY_ID": ANY_VALUE,
        "AWS_SECRET_ACCESS_KEY": ANY_VALUE,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,  # the one that Python's SDK reads outside of Lambda
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


for command in (deploy, invoke, logs):
    local.add_command(command)
