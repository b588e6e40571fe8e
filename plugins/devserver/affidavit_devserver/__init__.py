"""Serve a service on this machine: routes over HTTP, the rest by command, live to look at."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="Serves the functions of functions.toml on this machine, anew on save",
        extra="dev",
        needs=("awslambdaric", "watchfiles"),
        linux_only=True,  # AWS's client of the runtime is
    )


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `dev`."""
    return [
        LazyCommand(
            "dev",
            "Serve the functions on http://127.0.0.1:3000, started anew on save, until Ctrl-C.",
            "affidavit_devserver.dev_command:dev",
        ),
    ]
