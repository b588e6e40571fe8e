"""Integration tests from files: scenarios that act, look, judge, and clean up after themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from affidavit import About, __version__, hookimpl

if TYPE_CHECKING:
    import click

    from affidavit_harness.action import AtomicAction

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="Integration tests: scenarios, test actions, clean-up, reports",
        extra="harness",
        needs=("boto3", "jmespath", "yaml"),
    )


@hookimpl
def affidavit_test_actions() -> Sequence[AtomicAction]:
    """Offer the actions that come with the harness."""
    from affidavit_harness.actions.builtin import BUILTIN  # noqa: PLC0415 - heavy

    return BUILTIN


@hookimpl
def affidavit_commands() -> Sequence[click.Command]:
    """Offer `run` and what belongs to it."""
    # For the command line only.
    from affidavit_harness.console.cleanup_command import cleanup  # noqa: PLC0415
    from affidavit_harness.console.list_commands import (  # noqa: PLC0415
        list_actions,
        list_runs,
        list_scenarios,
    )
    from affidavit_harness.console.look_commands import (  # noqa: PLC0415
        logs,
        report,
        status,
        watch,
    )
    from affidavit_harness.console.run_command import run  # noqa: PLC0415
    from affidavit_harness.console.scenario_commands import scenario, validate  # noqa: PLC0415

    return [
        cleanup,
        list_actions,
        list_runs,
        list_scenarios,
        logs,
        report,
        run,
        scenario,
        status,
        validate,
        watch,
    ]
