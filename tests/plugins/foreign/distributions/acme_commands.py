"""A foreign command: it returns rows, and prints nothing."""

from collections.abc import Sequence

import click

from affidavit.plugin import CommandResult, hookimpl


@click.command("acme-sheets")
def sheets() -> CommandResult:
    """List the sheets."""
    return CommandResult(data=["one"], columns=("sheet",), rows=[("one",)])


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    return [sheets]
