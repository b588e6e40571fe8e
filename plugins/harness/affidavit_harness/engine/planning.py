"""Write down the way back before going: the undo of an action, before the action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from affidavit_harness.action import Params, Undo
from affidavit_harness.engine.kit import Run, scope_of
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.undo_ledger import UndoEntry
from affidavit_harness.engine.world import World
from affidavit_harness.errors import ActionError
from affidavit_harness.files.model import Action, Call, Scenario
from affidavit_harness.files.templates import render

FORGOTTEN_S: Final = 3600
"""So long after its deadline a run's entries count as forgotten, and the sweep takes them."""


def plan_undo(
    scenario: Scenario,
    action: Action,
    params: Params,
    state: Mapping[str, Any],
    *,
    world: World,
    mask: Mask,
) -> None:
    """Keep the undo of `action`, if it has one. Again for the same action changes nothing.

    Secrets are left as references: what is kept is read by people.

    Raises:
        ActionError: It cannot be kept; then the action does not run.

    """
    if action.undo is None or action.undo == "none":
        return
    run = Run(**state["run"])
    undo = _undo(scenario, action, params, state, world)
    if mask.secrets(undo.params) != undo.params:
        raise _not_kept(action, "it would hold a secret; write undo: with a reference instead")
    entry = UndoEntry(
        run=run.id,
        number=state["cursor"]["i"] + 1,
        action=action.id,
        uses=undo.uses,
        params=undo.params,
        env=run.env,
        expires_s=run.deadline_ms // 1000 + FORGOTTEN_S,
        secrets=_where_secrets_are(scenario),
    )
    failed = ""
    try:
        world.ledger.put(entry)
    except Exception as error:  # noqa: BLE001 - a disk's or a network's
        failed = type(error).__name__
    if failed:
        raise _not_kept(action, f"it raised {failed}")


def _undo(
    scenario: Scenario, action: Action, params: Params, state: Mapping[str, Any], world: World
) -> Undo:
    run = Run(**state["run"])
    if isinstance(action.undo, Call):
        filled = render(action.undo.params, _without_secrets(scenario, run, state))
        return Undo(action.undo.uses, filled)
    own = world.registry.actions[action.uses].undo
    if own is None:
        raise _no_undo(action)
    call = own(params, world.kit(run, 30))
    return Undo(call.uses, dict(call.params))


def _without_secrets(scenario: Scenario, run: Run, state: Mapping[str, Any]) -> dict[str, Any]:
    secret = {name for name, given in scenario.inputs.items() if given.secret}
    inputs = {**state["inputs"], **{name: f"${{{{ inputs.{name} }}}}" for name in secret}}
    scope = scope_of(run, inputs, state["case"])
    scope["vars"] = state["vars"]
    return scope


def _where_secrets_are(scenario: Scenario) -> dict[str, dict[str, Any]]:
    return {
        name: {"source": given.source, "name": given.name}
        for name, given in scenario.inputs.items()
        if given.secret
    }


def _not_kept(action: Action, why: str) -> ActionError:
    return ActionError(
        "Harness.UndoLedger",
        f"the undo of {action.id} cannot be kept",
        why=f"{why}; without a way back the action does not run",
        fix="Check the folder or the table of the harness",
    )


def _no_undo(action: Action) -> ActionError:
    return ActionError(
        "Harness.Undo",
        f"{action.uses} has no undo of its own",
        why="undo: auto asks for it",
        fix="Write undo: with uses and with, or none",
    )
