"""`affidavit local`: start, look at, use and end the local cloud."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_localcloud.local_function_commands import deploy, invoke, logs, seed, status
from affidavit_localcloud.local_options import (
    environment_of,
    read_debugged,
    region_option,
    require,
    state_option,
)
from affidavit_localcloud.running import (
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
@click.option(
    "--debug",
    "debugged",
    multiple=True,
    metavar="FUNCTION[=PORT]",
    help="Let it wait for a debugger; off ends that. In a cloud that runs, too.",
)
@click.option(
    "--with-process",
    "process",
    type=click.IntRange(1),
    metavar="PID",
    help="End as soon as that process has, however it ends; a shell's is $$.",
)
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
    debugged: tuple[str, ...],
    process: int | None,
    region: str,
) -> CommandResult | int:
    """Start the local cloud. It listens on the loopback only.

    affidavit local up --debug shop-local-read

    In the foreground it serves until Ctrl-C. With --detach it prints where it is
    and goes on; `affidavit local down` ends it.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    named, wanted = _interpreters(interpreters), read_debugged(debugged)
    found = find_running(folder)
    if found is not None:
        if debugged:
            found.ask("POST", "/_affidavit/debug", json.dumps(wanted).encode())
        return _endpoints(found, "It was running already.", region)
    began = time.monotonic()
    if detach:
        arguments = [f"--state={folder}", f"--port={free_port(port)}", f"--retry={retry_s}"]
        arguments += [f"--rights={rights}", *["--keep"] * keep, *["--no-freeze"] * no_freeze]
        arguments += [f"--interpreter={one}" for one in interpreters]
        arguments += [f"--debug={one}" for one in debugged]
        arguments += [f"--with-process={process}"] * (process is not None)
        ready = wait_until_ready(folder, start_detached(arguments, folder))
        return _endpoints(ready, f"Ready after {time.monotonic() - began:.1f} s.", region)
    said: dict[str, Any] = {"rights": rights == "on", "debug": wanted, "process": process}
    said |= {"freeze": not no_freeze, "retry_s": retry_s, "keep": keep}
    return _serve(free_port(port), folder, named, **said)


def _serve(
    port: int, folder: Path, interpreters: dict[str, str], *, freeze: bool, **said: Any
) -> int:
    from affidavit_localcloud.cloud import Options  # noqa: PLC0415 - heavy
    from affidavit_localcloud.functions.environment_start import Limits  # noqa: PLC0415 - heavy
    from affidavit_localcloud.serving import serve  # noqa: PLC0415 - heavy

    options = Options(port, folder, interpreters, Limits(freeze=freeze), **said)
    sys.stderr.write(f"local cloud at {options.endpoint}; Ctrl-C ends it\n")
    serve(options, pid_file(options.folder), {"port": options.port})
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
    environment = environment_of(found, region)
    data: dict[str, Any] = {
        "running": True,
        "pid": found.pid,
        "endpoint": found.endpoint,
        "environment": environment,
        "debugged": told["debugged"],
        "rights": "on" if told["rights"] else "off",
    }
    off = "" if told["rights"] else " Rights are off: everybody may do everything."
    sys.stderr.write(f"{note}{off}\n")
    text = "\n".join(f"export {name}={value}" for name, value in environment.items())
    return CommandResult(data=data, text=text)


for command in (deploy, invoke, logs, seed, status):
    local.add_command(command)
