"""Terraform modules that come with the wheel, and what is wrong with a plan before an apply."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(summary="Terraform modules and policies to take along, and checks before an apply")


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `affidavit terraform`."""
    return [
        LazyCommand(
            "terraform",
            "Take the modules along, and check a plan before anything is created.",
            "affidavit_terraform.terraform_commands:terraform",
        ),
    ]
