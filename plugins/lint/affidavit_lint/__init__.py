"""Find what slips past an audit in a source tree: `affidavit lint`. Reads text, runs nothing."""

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
    return About(summary="Find statements, logging and handlers that slip past an audit")


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `affidavit lint`."""
    from affidavit_lint.commands import lint  # noqa: PLC0415 - the command line only

    return [lint]
