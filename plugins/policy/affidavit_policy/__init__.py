"""Policies as YAML: read them strictly, resolve what they extend, compile them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from affidavit import About, __version__, hookimpl

if TYPE_CHECKING:
    import click

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(
        summary="Read, check, explain and compile policies",
        extra="policy",
        needs=("yaml",),
    )


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `affidavit policy`."""
    from affidavit_policy.commands import policy  # noqa: PLC0415 - the command line only

    return [policy]
