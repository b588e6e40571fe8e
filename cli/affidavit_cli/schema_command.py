"""`affidavit schema events`: what does an event have to look like?"""

from __future__ import annotations

import json

import click

from affidavit.plugin import CommandResult, event_names, event_schema


@click.group()
def schema() -> None:
    """Print the contracts that affidavit publishes."""


@schema.command("events")
@click.argument("name", required=False)
def schema_events(name: str | None) -> CommandResult:
    """Print the JSON Schema of the event source NAME, or list all of them.

    A name is what records say in `src.via`. With --output json and no NAME,
    every schema is printed, by name.
    """
    if name is not None:
        if name not in event_names():
            raise click.BadParameter(f"known: {', '.join(event_names())}", param_hint="NAME")
        found = event_schema(name)
        return CommandResult(data=found, text=json.dumps(found, indent=2))
    schemas = {one: event_schema(one) for one in event_names()}
    return CommandResult(
        data=dict(schemas),
        columns=("event source", "what it is"),
        rows=[(one, told["title"]) for one, told in schemas.items()],
    )
