"""AWS on this machine: no account, no containers. For development and tests only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from affidavit import About, __version__, hookimpl

if TYPE_CHECKING:
    import click

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="AWS on this machine: moto, Lambda, API Gateway, triggers",
        extra="localcloud",
        needs=("moto", "awslambdaric", "boto3", "werkzeug"),
    )


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `local`."""
    from affidavit_localcloud.commands import local  # noqa: PLC0415 - command line only

    return [local]
