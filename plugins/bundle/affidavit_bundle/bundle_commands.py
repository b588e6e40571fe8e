"""`affidavit bundle`: zips for Lambda, made and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_bundle.layer_commands import layer, publish
from affidavit_bundle.order_options import EXISTING, notes_of, order_of, ordered, variables_of


@click.group()
def bundle() -> None:
    """Make one zip per function, from wheels, the same bytes each time, and check it."""


@bundle.command("make")
@click.argument("handlers", nargs=-1, metavar="[NAME=]MODULE:FUNCTION...")
@click.option("--from", "source", type=EXISTING, default=Path(), help="Folder of the packages.")
@ordered
@click.option(
    "--requirements",
    "files",
    type=EXISTING,
    multiple=True,
    help="requirements.txt, pyproject.toml or pylock.toml; again for more.",
)
@click.option("--extra", "extras", multiple=True, help="Extra of the pyproject.toml.")
@click.option("--group", "groups", multiple=True, help="Dependency group of the pyproject.toml.")
@click.option("--include", "includes", type=EXISTING, multiple=True, help="Another file or folder.")
@click.option("--policy", help="A shipped policy, or a YAML file; compiled into the bundle.")
@click.option("--env", "variables", multiple=True, help="NAME=VALUE of the function.")
@click.option("--layer", type=EXISTING, help="Zip of a layer: leave out what is in it.")
@click.option("--service", type=EXISTING, help="functions.toml; HANDLERS are names then.")
@click.option("--environment", default="dev", show_default=True, help="Of the definition.")
@click.option("--unaudited", multiple=True, help="Name of a bundle whose handler is not audited.")
@click.option("--fresh", is_flag=True, help="Make it even if nothing has changed.")
@click.option("--why", "path", help="Make it, and say why PATH is in it or is not.")
def make(handlers: tuple[str, ...], **options: Any) -> CommandResult:
    """Make the bundles of HANDLERS that are not there yet.

    affidavit bundle make price_fetcher.handler:handler --from examples --to build/bundles

    Writes NAME-RUNTIME-ARCH.zip, its manifest and bill of materials, and
    bundles.json, which lists them all for Terraform.
    """
    asked = options.pop("path")
    options["variables"] = variables_of(options["variables"])
    order = order_of(options | ({"fresh": True} if asked else {}))
    made = _made(handlers, order, options["service"], options["environment"])
    if asked:
        return _reasons(made, asked)
    return CommandResult(
        data=[{"state": one.state, **one.entry} for one in made],
        columns=("bundle", "state", "zip", "unpacked", "started by", "sha256"),
        rows=[_row(one) for one in made],
        notes=tuple(dict.fromkeys(notes_of(order, [one.entry for one in made]) + _startup(made))),
    )


def _made(handlers: Sequence[str], order: Any, service: Path | None, environment: str) -> Any:
    if service is not None:
        from affidavit_bundle.from_service import make_service  # noqa: PLC0415 - heavy together
        from affidavit_service.read import read_service  # noqa: PLC0415

        return list(make_service(read_service(service, environment), handlers, order))
    if not handlers:
        raise click.UsageError("Name a handler, or a definition with --service.")
    from affidavit_bundle.handler_reference import read_handler  # noqa: PLC0415 - heavy together
    from affidavit_bundle.make import make_bundles  # noqa: PLC0415

    return make_bundles([read_handler(text) for text in handlers], order)


def _row(one: Any) -> tuple[str, ...]:
    return (
        one.path.name,
        one.state,
        f"{one.entry['zip_bytes'] / 2**20:.2f} MB",
        f"{one.entry['unpacked_bytes'] / 2**20:.2f} MB",
        one.entry["started"] or "not started",
        one.entry["sha256"][:12],
    )


def _startup(made: Sequence[Any]) -> list[str]:
    """Say what a wheel wants to do when Python starts, which Lambda does not let it."""
    return [
        f"{held.name} has a .pth file, which Lambda does not read; call it yourself."
        for one in made
        for held in (one.contents.distributions if one.contents else ())
        if held.startup
    ]


def _reasons(made: Sequence[Any], path: str) -> CommandResult:
    from affidavit_bundle.why import reasons  # noqa: PLC0415 - rarely asked for

    found = [(one.name, reason) for one in made for reason in reasons(path, one.contents)]
    return CommandResult(
        data=[{"bundle": name, **reason._asdict()} for name, reason in found],
        columns=("bundle", "path", "state", "why", "from"),
        rows=[(name, *reason) for name, reason in found],
    )


@bundle.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--sha256", help="What it has to be, in hexadecimal.")
@click.option("--env", "variables", multiple=True, help="NAME=VALUE of the function.")
@click.option("--unstarted", is_flag=True, help="Accept one that this machine cannot start.")
@click.option("--layer", type=EXISTING, help="Zip of the layer that it runs with.")
@click.option("--service", type=EXISTING, help="functions.toml that has the function.")
@click.option("--function", help="The function that it is for; its own name unless said.")
@click.option("--environment", default="dev", show_default=True, help="Of the definition.")
def verify(path: Path, variables: tuple[str, ...], **options: Any) -> CommandResult:
    """Check a bundle or a layer: contents, binaries, byte code, sizes, and that it starts.

    Exit code 1 if something is wrong.
    """
    from affidavit_bundle.verify_bundle import (  # noqa: PLC0415 - heavy together
        VerifyRequest,
        verify_bundle,
        verify_function,
    )

    found: list[Any] = []
    held = variables_of(variables)
    if options["service"] is not None:
        named = options["service"], options["function"], options["environment"]
        found, own = verify_function(path, *named)
        held = own | held
    asked = VerifyRequest(options["sha256"], held, options["unstarted"], options["layer"])
    found += verify_bundle(path, asked)
    wrong = [one for one in found if one.wrong]
    return CommandResult(
        data=[one._asdict() for one in found],
        columns=("", "what", "found", "wrong"),
        rows=[("x" if one.wrong else "ok", one.what, one.found, one.wrong) for one in found],
        notes=(f"{len(wrong)} thing(s) wrong." if wrong else "As it should be.",),
        exit_code=1 if wrong else 0,
    )


bundle.add_command(layer)
bundle.add_command(publish)
