"""`affidavit scenario cleanup`: take back what a run that was killed, or kept, has left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

from affidavit.plugin import CommandResult, now_ms
from affidavit_harness.console.options import LEAKED, config_option, env_option, state_option
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.stop import Stop
from affidavit_harness.engine.undo import undo_all
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.files.environments_file import ChosenEnvironment, find_environment
from affidavit_harness.json_form import to_json
from affidavit_harness.open_context import open_context
from affidavit_harness.protocol import UndoResult
from affidavit_harness.registry import load_registry
from affidavit_harness.run_ids import short
from affidavit_harness.run_store import RunStore


@click.command()
@click.option("--run", "run", help="Of one run: a short id, a whole one, or @last.")
@click.option("--expired", is_flag=True, help="Of runs that should have ended an hour ago.")
@click.option("--all", "everything", is_flag=True, help="Of every run; none may be going on.")
@env_option
@config_option
@state_option
def cleanup(
    run: str | None,
    expired: bool,
    everything: bool,
    env: str,
    config: Path | None,
    state: Path,
) -> CommandResult:
    """Undo what runs have left behind, newest first. It is harmless to do it twice.

    Exit code 6: something could not be undone; it stays on the list.
    """
    if (run is not None) + expired + everything != 1:
        raise click.UsageError("Say one of --run, --expired and --all.")
    here = find_environment(env, config, Path.cwd())
    found = RunStore(state).find(run) if run is not None else None
    done: list[UndoResult] = []
    for context in _contexts(here, state):
        entries = [
            one
            for one in context.ledger.entries(found)
            if one.env == env and (not expired or one.expires_s < now_ms() // 1000)
        ]
        done += undo_all(entries, context, pause=time.sleep)
    return _told(done)


def _contexts(here: ChosenEnvironment, state: Path) -> Iterator[RunContext]:
    """Yield a context for the notes on this machine, and one for those of the deployed harness."""
    registry = load_registry()
    context = open_context(here, registry, state, Stop())
    yield context
    if here.settings.undo_table is not None:
        yield context._replace(
            ledger=TableUndoLedger(context.client("dynamodb"), here.settings.undo_table)
        )


def _told(done: list[UndoResult]) -> CommandResult:
    left = sum(not one.ok for one in done)
    rows = [
        (short(one.run), one.action, one.uses, "done" if one.ok else "LEFT BEHIND") for one in done
    ]
    return CommandResult(
        data=[to_json(one) for one in done],
        columns=("run", "action", "undo", "state"),
        rows=rows,
        notes=(f"{len(done) - left} undone, {left} left behind.",),
        exit_code=LEAKED if left else 0,
    )
