"""`affidavit bundle`: zips for Lambda, made and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult

FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING = click.Path(path_type=Path, exists=True)


@click.group()
def bundle() -> None:
    """Make one zip per function, from wheels, the same bytes each time, and check it."""


@bundle.command("make")
@click.argument("handlers", nargs=-1, metavar="[NAME=]MODULE:FUNCTION...")
@click.option("--from", "source", type=EXISTING, default=Path(), help="Folder of the packages.")
@click.option(
    "--to",
    type=FOLDER,
    default=Path("build/bundles"),
    show_default=True,
    help="Folder of the bundles.",
)
@click.option("--python", default="3.11", show_default=True, help="3.11, 3.12, 3.13 or 3.14.")
@click.option(
    "--arch",
    type=click.Choice(["x86_64", "arm64"]),
    default="x86_64",
    show_default=True,
    help="The processor.",
)
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    default=("dynamodb",),
    show_default=True,
    help="Plugin of affidavit that the function uses; again for more.",
)
@click.option("--require", "requirements", multiple=True, help="Another distribution.")
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
@click.option("--wheels", type=EXISTING, multiple=True, help="Folder with wheels of your own.")
@click.option("--lock", type=EXISTING, help="Pinned versions, with hashes.")
@click.option("--policy", help="A shipped policy, or a YAML file; compiled into the bundle.")
@click.option(
    "--affidavit",
    type=EXISTING,
    help="A wheel, or a checkout to build one from. Default: as this one is installed.",
)
@click.option("--with-boto3", is_flag=True, help="Bundle what the runtime has, in your version.")
@click.option("--env", "variables", multiple=True, help="NAME=VALUE of the function.")
@click.option("--unstarted", is_flag=True, help="Accept one that this machine cannot start.")
@click.option("--service", type=EXISTING, help="functions.toml; HANDLERS are names then.")
@click.option("--environment", default="dev", show_default=True, help="Of the definition.")
@click.option("--fresh", is_flag=True, help="Make it even if nothing has changed.")
@click.option("--why", "path", help="Make it, and say why PATH is in it or is not.")
def make(handlers: tuple[str, ...], **options: Any) -> CommandResult:
    """Make the bundles of HANDLERS that are not there yet.

    affidavit bundle make price_fetcher.handler:handler --from examples --to build/bundles

    Writes NAME-RUNTIME-ARCH.zip, its manifest and bill of materials, and
    bundles.json, which lists them all for Terraform.
    """
    asked = options.pop("path")
    order = _order(options | ({"fresh": True} if asked else {}))
    made = _made(handlers, order, options["service"], options["environment"])
    if asked:
        return _reasons(made, asked)
    unpinned = "Versions are not pinned: another day may bring other ones. Name a --lock."
    notes = [] if order.lock.pins else [unpinned]
    return CommandResult(
        data=[{"state": one.state, **one.entry} for one in made],
        columns=("bundle", "state", "zip", "unpacked", "started by", "sha256"),
        rows=[_row(one) for one in made],
        notes=(*notes, *(note for one in made for note in _startup(one))),
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


def _order(options: dict[str, Any]) -> Any:
    from affidavit_bundle.make import Order  # noqa: PLC0415 - heavy together
    from affidavit_bundle.policy import read_policy  # noqa: PLC0415
    from affidavit_bundle.requirements import read_needs  # noqa: PLC0415
    from affidavit_bundle.target import check_target  # noqa: PLC0415

    needs = read_needs(options["files"], options["extras"], options["groups"], options["lock"])
    return Order(
        target=check_target(options["python"], options["arch"]),
        source=options["source"],
        to=options["to"],
        plugins=tuple(sorted(set(options["plugins"]))),
        requirements=tuple(dict.fromkeys((*needs.requirements, *options["requirements"]))),
        includes=options["includes"],
        wheels=options["wheels"],
        lock=needs.lock,
        policy=read_policy(options["policy"]),
        affidavit=options["affidavit"],
        with_provided=options["with_boto3"],
        fresh=options["fresh"],
        variables=_variables(options["variables"]),
        unstarted=options["unstarted"],
    )


def _variables(told: Sequence[str]) -> dict[str, str]:
    for text in told:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*=.*", text, re.DOTALL):
            raise click.BadParameter("a variable is NAME=VALUE", param_hint="--env")
    return {name: value for name, _, value in (text.partition("=") for text in told)}


def _row(one: Any) -> tuple[str, ...]:
    return (
        one.path.name,
        one.state,
        f"{one.entry['zip_bytes'] / 2**20:.2f} MB",
        f"{one.entry['unpacked_bytes'] / 2**20:.2f} MB",
        one.entry["started"] or "not started",
        one.entry["sha256"][:12],
    )


def _startup(one: Any) -> Iterator[str]:
    """Say what a wheel wants to do when Python starts, which Lambda does not let it."""
    for held in one.contents.distributions if one.contents else ():
        if held.startup:
            yield f"{held.name} has a .pth file, which Lambda does not read; call it yourself."


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
@click.option("--service", type=EXISTING, help="functions.toml that has the function.")
@click.option("--function", help="The function that it is for; its own name unless said.")
@click.option("--environment", default="dev", show_default=True, help="Of the definition.")
def verify(path: Path, variables: tuple[str, ...], **options: Any) -> CommandResult:
    """Check a bundle: contents, binaries, sizes, and that its function starts.

    Exit code 1 if something is wrong.
    """
    from affidavit_bundle.verify_bundle import verify_bundle  # noqa: PLC0415 - heavy together

    found: list[Any] = []
    held = _variables(variables)
    if options["service"] is not None:
        from affidavit_bundle.verify_bundle import verify_function  # noqa: PLC0415

        named = options["service"], options["function"], options["environment"]
        found, own = verify_function(path, *named)
        held = own | held
    sha256, unstarted = options["sha256"], options["unstarted"]
    found += verify_bundle(path, sha256=sha256, variables=held, unstarted=unstarted)
    wrong = [one for one in found if one.wrong]
    return CommandResult(
        data=[one._asdict() for one in found],
        columns=("", "what", "found", "wrong"),
        rows=[("x" if one.wrong else "ok", one.what, one.found, one.wrong) for one in found],
        notes=(f"{len(wrong)} thing(s) wrong." if wrong else "As it should be.",),
        exit_code=1 if wrong else 0,
    )
