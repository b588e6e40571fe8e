"""`affidavit add`: a function or a source, in functions.toml and in files beside it."""

from __future__ import annotations

from pathlib import Path

import click

from affidavit.plugin import CommandResult
from affidavit_scaffold.additions import add_function, add_source

FILE = click.option(
    "--service",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("functions.toml"),
    help="The definition.",
)


@click.group()
def add() -> None:
    """Add a function or a source to a service."""


@add.command("function")
@click.argument("name")
@FILE
def function(name: str, path: Path) -> CommandResult:
    """Add the function NAME: its handler, its tests, and its part of functions.toml.

    affidavit add function orders
    """
    made = add_function(path, name)
    return CommandResult(
        data={"function": name, "files": [*made]},
        text="\n".join(made),
        notes=("Next: make test",),
    )


@add.command("source")
@click.argument("source")
@FILE
@click.option("--function", "of", help="Which function reads it; the first one unless said.")
@click.option("--environment", help="Only there, e.g. local; everywhere unless said.")
def add_one(source: str, path: Path, of: str | None, environment: str | None) -> CommandResult:
    """Let a function read another SOURCE: its name, `=`, and its URL.

    affidavit add source 'prices=sqlite:///prices.db' --environment local
    """
    name, is_one, url = source.partition("=")
    if not is_one:
        raise click.BadParameter("write NAME=URL", param_hint="SOURCE")
    changed = add_source(path, name, url, function=of, environment=environment)
    return CommandResult(
        data={"source": name, "function": changed},
        text=f"{changed} reads {name}",
        notes=(f"Data for this machine: seed/{name}.sql, then affidavit service seed",),
    )
