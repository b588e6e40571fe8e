"""Policies as YAML: read them strictly, resolve what they extend, compile them."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

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
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `affidavit policy`."""
    return [
        LazyCommand(
            "policy",
            "Read, check, explain and compile policies.",
            "affidavit_policy.policy_commands:policy",
        ),
    ]
