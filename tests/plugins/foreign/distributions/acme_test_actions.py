"""A foreign action for scenarios: it counts letters."""

from collections.abc import Sequence

from affidavit.plugin import (
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    hookimpl,
)


class Weigh(ActionParams):
    thing: str


def weigh(params: Weigh, context: ActionContext) -> ActionResult:
    if not params.thing:
        raise ActionError("Acme.Empty", "nothing to weigh", why="it is empty", fix="Name it")
    return {"letters": len(params.thing)}


@hookimpl
def affidavit_test_actions() -> Sequence[AtomicAction]:
    return [AtomicAction(name="acme.weigh", summary="Weigh a thing", params=Weigh, run=weigh)]
