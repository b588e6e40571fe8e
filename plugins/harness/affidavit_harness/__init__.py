"""Integration tests from files: scenarios that act, look, judge, and clean up after themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from affidavit import About, __version__, hookimpl
from affidavit.commands import LazyCommand

if TYPE_CHECKING:
    from affidavit_harness.action import AtomicAction

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="Integration tests: scenarios, test actions, clean-up, reports",
        extra="harness",
        needs=("boto3", "jmespath"),
    )


@hookimpl
def affidavit_test_actions() -> Sequence[AtomicAction]:
    """Offer the actions that come with the harness."""
    from affidavit_harness.actions.builtin import BUILTIN  # noqa: PLC0415 - heavy

    return BUILTIN


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `run` and what belongs to it."""
    return [
        LazyCommand(
            "cleanup",
            "Undo what runs have left behind, newest first.",
            "affidavit_harness.console.cleanup_command:cleanup",
        ),
        LazyCommand(
            "list-actions",
            "List the actions that scenarios can use here, with their parameters.",
            "affidavit_harness.console.list_commands:list_actions",
        ),
        LazyCommand(
            "list-runs",
            "List the runs that are known here, newest first.",
            "affidavit_harness.console.list_commands:list_runs",
        ),
        LazyCommand(
            "list-scenarios",
            "List scenarios: name, cases, tags, environments.",
            "affidavit_harness.console.list_commands:list_scenarios",
        ),
        LazyCommand(
            "logs",
            "Show what happened in a run, event by event.",
            "affidavit_harness.console.look_commands:logs",
        ),
        LazyCommand(
            "report",
            "Show the report of a run that has ended, or write it in another form.",
            "affidavit_harness.console.look_commands:report",
        ),
        LazyCommand(
            "run",
            "Run scenarios: files, or folders with all that is below.",
            "affidavit_harness.console.run_command:run",
        ),
        LazyCommand(
            "scenario",
            "Print what is published about scenarios.",
            "affidavit_harness.console.scenario_commands:scenario",
        ),
        LazyCommand(
            "status",
            "Say how a run stands.",
            "affidavit_harness.console.look_commands:status",
        ),
        LazyCommand(
            "validate",
            "Check scenarios without running them, every mistake with line, column and the mend.",
            "affidavit_harness.console.scenario_commands:validate",
        ),
        LazyCommand(
            "watch",
            "Follow a run until it has ended; the exit code is the one of its verdict.",
            "affidavit_harness.console.look_commands:watch",
        ),
    ]
