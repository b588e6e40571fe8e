"""`affidavit scenario cleanup`: take back what a run that was killed, or kept, has left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_harness.console.options import LEAKED, config_option, env_option, state_option
from affidavit_harness.engine.local import Stop
from affidavit_harness.engine.undo import undo_all
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.engine.world import World, now_ms
from affidavit_harness.open_world import open_world
from affidavit_harness.places_file import Here, find_place
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
    here = find_place(env, config, Path.cwd())
    found = RunStore(state).find(run) if run is not None else None
    done: list[Any] = []
    for world in _worlds(here, state):
        entries = [
            one
            for one in world.ledger.entries(found)
            if one.env == env and (not expired or one.expires_s < now_ms() // 1000)
        ]
        done += undo_all(entries, world, pause=time.sleep)
    return _told(done)


def _worlds(here: Here, state: Path) -> Iterator[World]:
    """Yield a world for the notes on this machine, and one for those of the deployed harness."""
    registry = load_registry()
    world = open_world(here, registry, state, Stop())
    yield world
    if here.place.undo_table is not None:
        yield world._replace(
            ledger=TableUndoLedger(world.client("dynamodb"), here.place.undo_table)
        )


def _told(done: list[Any]) -> CommandResult:
    left = sum(not one["ok"] for one in done)
    rows = [
        (short(one["run"]), one["action"], one["uses"], "done" if one["ok"] else "LEFT BEHIND")
        for one in done
    ]
    return CommandResult(
        data=done,
        columns=("run", "action", "undo", "state"),
        rows=rows,
        notes=(f"{len(done) - left} undone, {left} left behind.",),
        exit_code=LEAKED if left else 0,
    )
