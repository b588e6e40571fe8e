"""What bundles and layers are asked for with: the same options, and the order that they make."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

FOLDER: Final = click.Path(path_type=Path, file_okay=False)
EXISTING: Final = click.Path(path_type=Path, exists=True)

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS: Final = (
    click.option(
        "--to",
        type=FOLDER,
        default=Path("build/bundles"),
        show_default=True,
        help="Folder of what is made.",
    ),
    click.option("--python", default="3.11", show_default=True, help="3.11, 3.12, 3.13 or 3.14."),
    click.option(
        "--arch",
        type=click.Choice(["x86_64", "arm64"]),
        default="x86_64",
        show_default=True,
        help="The processor.",
    ),
    click.option(
        "--plugin",
        "plugins",
        multiple=True,
        default=("dynamodb",),
        show_default=True,
        help="Plugin of affidavit that the function uses; again for more.",
    ),
    click.option("--require", "requirements", multiple=True, help="Another distribution."),
    click.option("--wheels", type=EXISTING, multiple=True, help="Folder with wheels of your own."),
    click.option("--lock", type=EXISTING, help="Pinned versions, with hashes."),
    click.option(
        "--affidavit",
        type=EXISTING,
        help="A wheel, a folder of wheels, or a checkout. Default: as this one is installed.",
    ),
    click.option("--with-boto3", is_flag=True, help="Take what the runtime has, in your version."),
    click.option("--no-bytecode", is_flag=True, help="Leave the compiling to each cold start."),
    click.option("--no-source", is_flag=True, help="Byte code instead of sources."),
    click.option("--unstarted", is_flag=True, help="Accept one that this machine cannot start."),
)


def ordered(command: F) -> F:
    """Give a command the options of an order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def order_of(options: Mapping[str, Any]) -> Any:
    """Return the order that the options say; what a command does not have is left at nothing."""
    from affidavit_bundle.make import Order  # noqa: PLC0415 - heavy together
    from affidavit_bundle.policy import read_policy  # noqa: PLC0415
    from affidavit_bundle.requirements import read_needs  # noqa: PLC0415
    from affidavit_bundle.target import check_target  # noqa: PLC0415

    if options["no_bytecode"] and options["no_source"]:
        raise click.UsageError("Without sources there has to be byte code.")
    files, extras, groups = (options.get(name, ()) for name in ("files", "extras", "groups"))
    needs = read_needs(files, extras, groups, options["lock"])
    return Order(
        target=check_target(options["python"], options["arch"]),
        source=options.get("source", Path()),
        to=options["to"],
        plugins=tuple(sorted(set(options["plugins"]))),
        requirements=tuple(dict.fromkeys((*needs.requirements, *options["requirements"]))),
        includes=options.get("includes", ()),
        wheels=options["wheels"],
        lock=needs.lock,
        policy=read_policy(options.get("policy")),
        affidavit=options["affidavit"],
        with_provided=options["with_boto3"],
        fresh=options.get("fresh", True),
        variables=options.get("variables", {}),
        unstarted=options["unstarted"],
        bytecode=not options["no_bytecode"],
        keep_sources=not options["no_source"],
        layer=options.get("layer"),
        unaudited=frozenset(options.get("unaudited", ())),
    )


def variables_of(told: Sequence[str]) -> dict[str, str]:
    """Return what `--env` says."""
    for text in told:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*=.*", text, re.DOTALL):
            raise click.BadParameter("a variable is NAME=VALUE", param_hint="--env")
    return {name: value for name, _, value in (text.partition("=") for text in told)}


def notes_of(order: Any, entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what somebody should know who did not ask for it."""
    notes = []
    if not order.lock.pins:
        notes.append("Versions are not pinned: another day may bring other ones. Name a --lock.")
    for entry in entries:
        where = f"{entry['runtime']} on {entry['architecture']}"
        if entry["kernel"] == "pure" and not entry["layer"]:
            notes.append(f"The kernel is the pure one: no compiled wheel for {where} was given.")
        if order.bytecode and entry["bytecode"] is None:
            notes.append(f"No byte code: this machine has no CPython {order.target.python}.")
    return notes
