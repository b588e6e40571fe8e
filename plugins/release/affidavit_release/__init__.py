"""Releases: one artifact, built once, promoted through gates, with every decision on record."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

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
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `release`."""
    return [
        LazyCommand(
            "release",
            "Build once, promote many: one signed artifact, every decision on record.",
            "affidavit_release.release_commands:release",
        ),
    ]
