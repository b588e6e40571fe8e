"""An action that writes and takes its process with it: a plugin, deployed beside the harness."""

from __future__ import annotations

import os
from collections.abc import Sequence

from affidavit.plugin import ActionContext, ActionResult, AtomicAction, always, hookimpl
from affidavit_harness.actions.dynamodb import ItemPut, put, undo_put


def write_and_die(params: ItemPut, context: ActionContext) -> ActionResult:
    """Write one item; then there is nobody to say so."""
    put(params, context)
    os._exit(1)


@hookimpl
def affidavit_test_actions() -> Sequence[AtomicAction]:
    """Offer it."""
    return [
        AtomicAction(
            name="crash.put",
            summary="Write one item and die",
            params=ItemPut,
            run=write_and_die,
            effects=always("write"),
            undo=undo_put,
        )
    ]
