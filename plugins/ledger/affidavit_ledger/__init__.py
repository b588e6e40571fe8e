"""The auditor's side of a ledger: who did what, and is the evidence intact?"""

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
    return About(summary="Ask a ledger who did what, and verify it")


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `affidavit who` and `affidavit verify`."""
    from affidavit_ledger.commands import verify, who  # noqa: PLC0415 - the command line only

    return [verify, who]
