"""Take back what a run wrote: newest first, each with tries of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.kit import Run
from affidavit_harness.engine.steps import told_error
from affidavit_harness.engine.undo_ledger import UndoEntry
from affidavit_harness.engine.world import World
from affidavit_harness.errors import ActionError
from affidavit_harness.files.budget import UNDO_TRIES

TIMEOUT_S: Final = 60.0
_PAUSES_S: Final = (0.2, 1.0)


def undo_one(entry: UndoEntry, world: World) -> None:
    """Do one undo, and forget it once it was done.

    Raises:
        ActionError: It could not be done. The entry stays.

    """
    if entry.env != world.env:
        raise ActionError(
            "Harness.Environment",
            f"the undo of {entry.action} is for another environment",
            why=f"it was kept in {entry.env}, and this is {world.env}",
            fix="Name the environment with --env",
        )
    run = Run(entry.run, "", "", entry.env, 0, 0)
    secrets = {
        name: world.references.read(entry.run, str(one["source"]), str(one["name"]), {})
        for name, one in entry.secrets.items()
        if f"inputs.{name}" in str(entry.params)
    }
    action, params = prepare_call(entry.uses, entry.params, {"inputs": secrets}, world)
    perform(action, params, run, world, TIMEOUT_S)
    world.ledger.done(entry)


def undo_all(
    entries: Iterable[UndoEntry], world: World, *, pause: Callable[[float], None]
) -> list[dict[str, Any]]:
    """Undo every entry, whatever happens to the others; return how each went."""
    return [_tried(entry, world, pause) for entry in entries]


def _tried(entry: UndoEntry, world: World, pause: Callable[[float], None]) -> dict[str, Any]:
    told: dict[str, Any] = {"action": entry.action, "uses": entry.uses, "run": entry.run}
    for attempt in range(UNDO_TRIES):
        try:
            undo_one(entry, world)
        except ActionError as error:
            told.update(ok=False, tries=attempt + 1, error=told_error(error))
        except Exception as error:  # noqa: BLE001 - one undo that breaks must not stop the others
            failed = ActionError(
                "Harness.Undo",
                f"the undo of {entry.action} broke",
                why=f"it raised {type(error).__name__}",
                fix="Run affidavit scenario cleanup",
            )
            told.update(ok=False, tries=attempt + 1, error=told_error(failed))
        else:
            told.update(ok=True, tries=attempt + 1)
            told.pop("error", None)
            return told
        if attempt < len(_PAUSES_S):
            pause(_PAUSES_S[attempt])
    return told
