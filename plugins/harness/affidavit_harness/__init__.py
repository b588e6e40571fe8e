"""Integration tests from files: scenarios that act, look, judge, and clean up after themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

if TYPE_CHECKING:
    from affidavit.plugin import AtomicAction

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="Integration tests: scenarios, test actions, clean-up, reports",
        extra="harness",
        needs=("boto3", "jmespath", "jsonschema", "urllib3"),
    )


@hookimpl
def affidavit_test_actions() -> Sequence[AtomicAction]:
    """Offer the actions that come with the harness."""
    from affidavit_harness.actions.builtin import BUILTIN  # noqa: PLC0415 - heavy

    return BUILTIN


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `scenario`."""
    return [
        LazyCommand(
            "scenario",
            "Run scenarios, look at their runs, and clean up after them.",
            "affidavit_harness.console.scenario_group:scenario",
        )
    ]
