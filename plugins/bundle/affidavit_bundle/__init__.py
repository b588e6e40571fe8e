"""Packages for Lambda: one reproducible zip per function, checked before it is deployed."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="Reproducible, checked zips for Lambda",
        extra="bundle",
        needs=("awslambdaric", "hatchling", "packaging", "pip", "ruff"),
        linux_only=True,  # AWS's client of the runtime is
    )


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `bundle`."""
    return [
        LazyCommand(
            "bundle",
            "Make one zip per function, from wheels, the same bytes each time, and check it.",
            "affidavit_bundle.bundle_commands:bundle",
        ),
    ]
