"""Start a service: a repository that is ready, another function, another source."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(summary="Makes a repository that is ready, and adds functions and sources to it")


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `new` and `add`."""
    return [
        LazyCommand(
            "new",
            "Make a repository for a service that leaves evidence, ready to run.",
            "affidavit_scaffold.new_command:new",
        ),
        LazyCommand(
            "add",
            "Add a function or a source to a service.",
            "affidavit_scaffold.add_commands:add",
        ),
    ]
