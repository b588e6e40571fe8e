"""`affidavit scenario`: every command of the harness."""

from __future__ import annotations

import click

from affidavit_harness.console.cleanup_command import cleanup
from affidavit_harness.console.follow_commands import logs, report, status, watch
from affidavit_harness.console.listing_commands import list_actions, list_runs, list_scenarios
from affidavit_harness.console.publish_commands import machine, rights, schema, validate
from affidavit_harness.console.run_command import run

COMMANDS = (
    *(run, validate, list_scenarios, list_runs, list_actions),
    *(watch, status, logs, report, cleanup, schema, rights, machine),
)


@click.group(commands=COMMANDS)
def scenario() -> None:
    """Run scenarios, look at their runs, and clean up after them."""
