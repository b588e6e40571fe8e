"""Find what slips past an audit in a source tree: `affidavit lint`. Reads text, runs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(summary="Find statements, logging and handlers that slip past an audit")


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `affidavit lint`."""
    return [
        LazyCommand(
            "lint",
            "Find what slips past an audit in Python code.",
            "affidavit_lint.lint_command:lint",
        ),
    ]
