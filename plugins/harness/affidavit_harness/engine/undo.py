"""Take back what a run wrote: newest first, each with tries of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from affidavit.plugin import ActionError, ScenarioRun
from affidavit_harness.engine.call import perform, prepare_call
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.errors import trouble_of
from affidavit_harness.files.transition_budget import UNDO_TRIES
from affidavit_harness.protocol import Trouble, UndoEntry, UndoResult

TIMEOUT_S: Final = 60.0

_PAUSES_S: Final = (0.2, 1.0)


def undo_one(entry: UndoEntry, context: RunContext) -> None:
    """Do one undo, and forget it once it was done.

    Raises:
        ActionError: It could not be done. The entry stays.

    """
    if entry.env != context.env:
        raise ActionError(
            "Harness.Environment",
            f"the undo of {entry.action} is for another environment",
            why=f"it was kept in {entry.env}, and this is {context.env}",
            fix="Name the environment with --env",
        )
    run = ScenarioRun(entry.run, "", "", entry.env, 0, 0)
    secrets = context.references.secrets(entry.run, entry.secrets)
    captured = context.ledger.remembered(entry.run) if "vars." in str(entry.params) else {}
    scope = {"inputs": secrets, "vars": captured}
    action, params = prepare_call(entry.uses, entry.params, scope, context)
    result = perform(action, params, run, context, TIMEOUT_S)
    why = action.refused(result)
    if why:
        raise ActionError(
            "Harness.Undo",
            f"the undo of {entry.action} was not done",
            why=why,
            fix="Correct undo: and run affidavit scenario cleanup",
        )
    context.ledger.done(entry)


def undo_all(
    entries: Iterable[UndoEntry], context: RunContext, *, pause: Callable[[float], None]
) -> list[UndoResult]:
    """Undo every entry, whatever happens to the others; return how each went."""
    return [_tried(entry, context, pause) for entry in entries]


def _tried(entry: UndoEntry, context: RunContext, pause: Callable[[float], None]) -> UndoResult:
    trouble = None
    for attempt in range(UNDO_TRIES):
        try:
            undo_one(entry, context)
        except ActionError as error:
            trouble = trouble_of(error)
        except Exception as error:  # noqa: BLE001 - one undo that breaks must not stop the others
            trouble = Trouble(
                "Harness.Undo",
                f"the undo of {entry.action} broke",
                f"it raised {type(error).__name__}",
                "Run affidavit scenario cleanup",
            )
        else:
            return undone(entry, attempt + 1)
        if attempt < len(_PAUSES_S):
            pause(_PAUSES_S[attempt])
    return undone(entry, UNDO_TRIES, trouble)


def undone(entry: UndoEntry, tries: int, error: Trouble | None = None) -> UndoResult:
    """Return how the undo of `entry` went: without an error, it was done."""
    return UndoResult(
        run=entry.run,
        action=entry.action,
        uses=entry.uses,
        ok=error is None,
        tries=tries,
        error=error,
    )
