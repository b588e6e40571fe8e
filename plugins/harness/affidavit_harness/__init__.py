"""Integration tests from files: scenarios that act, look, judge, and clean up after themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

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


_COMMANDS: Final = (
    ("cleanup", "Undo what runs have left behind, newest first.", "cleanup_command:cleanup"),
    (
        "list-actions",
        "List the actions that scenarios can use here, with their parameters.",
        "list_commands:list_actions",
    ),
    ("list-runs", "List the runs that are known here, newest first.", "list_commands:list_runs"),
    (
        "list-scenarios",
        "List scenarios: name, cases, tags, environments.",
        "list_commands:list_scenarios",
    ),
    ("logs", "Show what happened in a run, event by event.", "look_commands:logs"),
    (
        "report",
        "Show the report of a run that has ended, or write it in another form.",
        "look_commands:report",
    ),
    ("run", "Run scenarios: files, or folders with all that is below.", "run_command:run"),
    ("scenario", "Print what is published about scenarios.", "scenario_commands:scenario"),
    ("status", "Say how a run stands.", "look_commands:status"),
    (
        "validate",
        "Check scenarios without running them, every mistake with line, column and the mend.",
        "scenario_commands:validate",
    ),
    (
        "watch",
        "Follow a run until it has ended; the exit code is the one of its verdict.",
        "look_commands:watch",
    ),
)
"""Name, summary, and the place below `affidavit_harness.console`."""


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `run` and what belongs to it."""
    return [
        LazyCommand(name, summary, f"affidavit_harness.console.{place}")
        for name, summary, place in _COMMANDS
    ]
