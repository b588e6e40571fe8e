"""Packages for Lambda: one reproducible zip per function, checked before it is deployed."""

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
        summary="Reproducible, checked zips for Lambda",
        extra="bundle",
        needs=("hatchling", "packaging", "pip"),
    )


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `bundle`."""
    from affidavit_bundle.commands import bundle  # noqa: PLC0415 - command line only

    return [bundle]
