"""AWS on this machine: no account, no containers. For development and tests only."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="AWS on this machine: moto, Lambda, API Gateway, triggers",
        extra="localcloud",
        needs=("moto", "awslambdaric", "boto3", "werkzeug"),
        linux_only=True,  # AWS's client of the runtime is
    )


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `local`."""
    return [
        LazyCommand(
            "local",
            "AWS on this machine, for development and tests: no account, no containers.",
            "affidavit_localcloud.local_commands:local",
        ),
    ]
