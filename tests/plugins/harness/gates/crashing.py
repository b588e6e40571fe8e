"""An action that writes and takes its process with it: a plugin, deployed beside the harness."""

from __future__ import annotations

import os
from collections.abc import Sequence

from affidavit.plugin import hookimpl
from affidavit_harness.action import AtomicAction, Result, always
from affidavit_harness.actions.dynamodb import Put, put, undo_put
from affidavit_harness.engine.kit import Kit


def write_and_die(params: Put, kit: Kit) -> Result:
    """Write one item; then there is nobody to say so."""
    put(params, kit)
    os._exit(1)


@hookimpl
def affidavit_test_actions() -> Sequence[AtomicAction]:
    """Offer it."""
    return [
        AtomicAction(
            name="crash.put",
            summary="Write one item and die",
            params=Put,
            run=write_and_die,
            effects=always("write"),
            undo=undo_put,
        )
    ]
