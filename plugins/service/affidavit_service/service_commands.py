"""`affidavit service`: check a definition, and write what others read of it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
ENVIRONMENT = click.option("--environment", default="dev", show_default=True, help="Which one.")


@click.group()
def service() -> None:
    """Check functions.toml, and write what Terraform and editors read of it."""


@service.command("check")
@click.argument("path", type=FILE, default=Path("functions.toml"))
@ENVIRONMENT
def check(path: Path, environment: str) -> CommandResult:
    """Check the definition at PATH in every environment, and show its functions in one.

    affidavit service check functions.toml --environment prod
    """
    from affidavit_service.read import read_service  # noqa: PLC0415 - pydantic's models

    held = read_service(path, environment)
    return CommandResult(
        data=[
            {"name": name, **one.model_dump(mode="json")} for name, one in held.functions.items()
        ],
        columns=("function", "handler", "runtime", "plugins", "triggers"),
        rows=[_row(name, one) for name, one in held.functions.items()],
        notes=(f"{held.about.name}, as it is in {environment}.",),
    )


def _row(name: str, one: Any) -> tuple[str, ...]:
    triggers = ", ".join(trigger.type for trigger in one.triggers)
    runtime = f"{one.runtime} on {one.architecture}"
    return (name, one.handler, runtime, ", ".join(one.plugins), triggers)


@service.command("seed")
@click.argument("path", type=FILE, default=Path("functions.toml"))
@click.option("--environment", default="local", show_default=True, help="Which one.")
@click.option("--endpoint", envvar="AWS_ENDPOINT_URL", default="", help="AWS_ENDPOINT_URL.")
@click.option("--region", envvar="AWS_REGION", default="eu-west-1", help="AWS_REGION.")
@click.option("--fresh", is_flag=True, help="Make it anew, also what is there.")
def seed_sources(
    path: Path, environment: str, endpoint: str, region: str, fresh: bool
) -> CommandResult:
    """Make the data of this machine: SQLite files, tables of the local cloud, from seed/.

    affidavit service seed --fresh
    """
    from affidavit_service.read import read_service  # noqa: PLC0415 - pydantic's models
    from affidavit_service.seed import seed  # noqa: PLC0415

    found = seed(read_service(path, environment), endpoint=endpoint, region=region, fresh=fresh)
    return CommandResult(
        data=[one._asdict() for one in found], columns=("source", "kind", "state"), rows=found
    )


@service.command("schema")
def schema() -> CommandResult:
    """Print the JSON Schema of functions.toml, for editors.

    affidavit service schema > functions.schema.json
    """
    from affidavit_service.service_model import json_schema  # noqa: PLC0415 - pydantic's models

    return CommandResult(data=json_schema(), text=json.dumps(json_schema(), indent=1))


@service.command("terraform")
@click.argument("path", type=FILE, default=Path("functions.toml"))
@ENVIRONMENT
@click.option("--to", type=click.Path(path_type=Path), help="The file; otherwise it is printed.")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if the file differs.")
def terraform(path: Path, environment: str, to: Path | None, check: bool) -> CommandResult:
    """Write the variables of Terraform that the definition at PATH decides.

    affidavit service terraform functions.toml --to terraform/functions.auto.tfvars.json
    """
    from affidavit_service.read import read_service  # noqa: PLC0415 - pydantic's models
    from affidavit_service.tfvars import tfvars  # noqa: PLC0415

    text = json.dumps(tfvars(read_service(path, environment)), indent=2, sort_keys=True) + "\n"
    if to is None:
        return CommandResult(data=json.loads(text), text=text)
    same = to.is_file() and to.read_text("utf-8") == text
    if not check:
        to.write_text(text, "utf-8")
    state = "as it should be" if same else "differs" if check else "written"
    return CommandResult(
        data=[{"file": to.name, "state": state}],
        columns=("file", "state"),
        rows=[(to.name, state)],
        exit_code=int(check and not same),
    )


@service.command("off-record")
@click.argument("path", type=FILE, default=Path("functions.toml"))
@ENVIRONMENT
def off_record(path: Path, environment: str) -> CommandResult:
    """Write what a policy would list as expected, from the rights of the functions at PATH.

    affidavit service off-record functions.toml --environment prod
    """
    from affidavit_service.allow_list import operations  # noqa: PLC0415 - pydantic's models
    from affidavit_service.read import read_service  # noqa: PLC0415

    listed, others = operations(read_service(path, environment).functions.values())
    lines = ["off_record:", "  operations:" if listed else "  operations: []"]
    lines += [f"    - {one}" for one in listed]
    lines += [f"  # A right to {one} names no single operation." for one in others]
    return CommandResult(
        data={"operations": [*listed], "left": [*others]},
        text="\n".join([*lines, ""]),
    )


@service.command("agree")
@click.argument("manifest", type=FILE)
@click.option("--function", help="The function; the one of the bundle's name unless said.")
@click.option("--service", "path", type=FILE, default=Path("functions.toml"), help="The file.")
@ENVIRONMENT
def agree(manifest: Path, function: str | None, path: Path, environment: str) -> CommandResult:
    """Hold the MANIFEST of a bundle against its function; exit code 1 if they differ.

    affidavit service agree build/bundles/orders-python3.13-arm64.manifest.json
    """
    from affidavit_service.agreement import differences  # noqa: PLC0415 - pydantic's models
    from affidavit_service.functions import read_manifest  # noqa: PLC0415
    from affidavit_service.read import read_service  # noqa: PLC0415

    held, told = read_service(path, environment), read_manifest(manifest)
    found = differences(held, function or str(told.get("name")), told)
    return CommandResult(
        data=[one._asdict() for one in found],
        columns=("what", "bundle", "function"),
        rows=[tuple(one) for one in found],
        notes=(f"{len(found)} difference(s)." if found else "The bundle is for this function.",),
        exit_code=1 if found else 0,
    )


@service.command("invoke")
@click.argument("name")
@click.option("--event", default="{}", show_default=True, help="JSON, or @ and a file with JSON.")
@click.option("--service", "path", type=FILE, default=Path("functions.toml"), help="The file.")
@click.option("--environment", default="local", show_default=True, help="Which one.")
@click.option("--env", "variables", multiple=True, help="NAME=VALUE before the definition's.")
@click.option(
    "--ledger",
    default="sqlite:///ledger.db",
    show_default=True,
    help="Where its records go; a file beside the definition.",
)
@click.option("--log", is_flag=True, help="Show what it printed, too.")
def invoke(name: str, event: str, path: Path, environment: str, **options: Any) -> CommandResult:
    """Call the function NAME here, under AWS's runtime client, as the definition says.

    affidavit service invoke orders --event @event.json

    Exit code 1 if it raised.
    """
    from affidavit_service.function_process import FunctionProcess  # noqa: PLC0415 - pydantic's
    from affidavit_service.read import read_service  # noqa: PLC0415
    from affidavit_service.read_event import read_event  # noqa: PLC0415

    said = dict(one.partition("=")[::2] for one in options["variables"])
    sent, held = read_event(event), read_service(path, environment)
    process = FunctionProcess(held, name, variables=said, ledger=options["ledger"])
    with contextlib.closing(process):
        done = process.call(sent)
    told = done._asdict() if options["log"] else {**done._asdict(), "log": ""}
    text = json.dumps(done.answer, indent=1) if not done.error else f"raised {done.error}"
    notes = (f"{name} took {done.milliseconds} ms with its start.",)
    log = f"{done.log}\n" if options["log"] else ""
    return CommandResult(
        data=told, text=f"{log}{text}", notes=notes, exit_code=1 if done.error else 0
    )
