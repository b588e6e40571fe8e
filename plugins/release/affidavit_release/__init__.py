"""Releases: one artifact, built once, promoted through gates, with every decision on record."""

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
        summary="Build once, promote many: vault, gates, release ledger, costs",
        extra="release",
        needs=("cryptography",),
    )


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `release` and `cost`."""
    # For the command line only.
    from affidavit_release.commands import release  # noqa: PLC0415
    from affidavit_release.cost_command import cost  # noqa: PLC0415

    return [cost, release]
