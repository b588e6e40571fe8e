"""`affidavit plugins list`."""

from __future__ import annotations

import click

from affidavit.plugin import CommandResult, Json, Listing, Plugins, load_plugins


@click.group()
def plugins() -> None:
    """Look at the installed plugins."""


@plugins.command("list")
def list_plugins() -> CommandResult:
    """List every plugin: what it is for, and what it still needs."""
    loaded = load_plugins()
    found = list(loaded.listing())
    data: list[Json] = [
        {
            "name": item.name,
            "version": item.version,
            "summary": item.summary,
            "hooks": list(item.hooks),
            "missing": list(item.missing),
            "failed": item.failed,
        }
        for item in found
    ]
    return CommandResult(
        data=data,
        columns=("plugin", "version", "state", "what it is for"),
        rows=[(item.name, item.version, _state(item, loaded), item.summary) for item in found],
    )


def _state(item: Listing, loaded: Plugins) -> str:
    if item.failed:
        return f"unavailable: its import raised {item.failed}"
    return f"unavailable: {loaded.install_hint(item.name)}" if item.missing else "available"
