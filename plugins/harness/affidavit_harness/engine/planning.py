"""Write down the way back before going: the undo of an action, before the action."""

from __future__ import annotations

from typing import Final

from affidavit.plugin import ActionCall, ActionError, ActionParams
from affidavit_harness.engine.call import fill_in
from affidavit_harness.engine.input_lookup import secret_places
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.scope import scope_of
from affidavit_harness.files.expressions import LATER
from affidavit_harness.files.scenario_model import Action, Call, Scenario
from affidavit_harness.protocol import RunState, UndoEntry, Values

STEP: Final = 1000
"""Numbers of undos that one step may need; the newest step is undone first."""

FORGOTTEN_S: Final = 3600
"""So long after its deadline a run's entries count as forgotten, and the sweep takes them."""


def plan_undo(
    scenario: Scenario,
    action: Action,
    params: ActionParams,
    state: RunState,
    *,
    context: RunContext,
    mask: Mask,
    scope: Values,
    n: int,
) -> None:
    """Keep the undo of `action`, if it has one. Again for the same action changes nothing.

    Secrets are left as references: what is kept is read by people. `n` is the item
    or the branch of a step that has several; `scope` is what the action itself sees.

    Raises:
        ActionError: It cannot be kept; then the action does not run.

    """
    if action.undo is None or action.undo == "none":
        return
    undo = _undo(scenario, action, params, state, context=context, scope=scope)
    if mask.secrets(undo.params) != undo.params:
        raise _not_kept(action, "it would hold a secret; write undo: with a reference instead")
    places, written = secret_places(scenario, state.run.env), str(undo.params)
    entry = UndoEntry(
        run=state.run.id,
        number=(state.cursor.i + 1) * STEP + n,
        action=action.id,
        uses=undo.uses,
        params=dict(undo.params),
        env=state.run.env,
        expires_s=state.run.deadline_ms // 1000 + FORGOTTEN_S,
        secrets={name: place for name, place in places.items() if f"inputs.{name}" in written},
    )
    try:
        context.ledger.put(entry)
    except Exception as error:  # noqa: BLE001 - a disk's or a network's
        raise _not_kept(action, f"it raised {type(error).__name__}") from None


def _undo(
    scenario: Scenario,
    action: Action,
    params: ActionParams,
    state: RunState,
    *,
    context: RunContext,
    scope: Values,
) -> ActionCall:
    if isinstance(action.undo, Call):
        kind = context.registry.actions[action.undo.uses]
        filled = fill_in(kind, action.undo.params, _without_secrets(scenario, state, scope))
        return ActionCall(action.undo.uses, filled)
    own = context.registry.actions[action.uses].undo
    if own is None:
        raise _no_undo(action)
    return own(params, context.action_context(state.run, 30))


def _without_secrets(scenario: Scenario, state: RunState, told: Values) -> Values:
    """Return what an undo may refer to; what is secret is looked up when it is done."""
    secret = [name for name, given in scenario.inputs.items() if given.secret]
    scope = scope_of(state.run, {**state.inputs, **dict.fromkeys(secret, LATER)}, state.case)
    captured = [
        name
        for one in scenario.placed
        for name, rule in one.action.capture.items()
        if not isinstance(rule, str) and rule.secret and name in told["vars"]
    ]
    item = {"item": told["item"]} if "item" in told else {}
    return {**scope, "vars": {**told["vars"], **dict.fromkeys(captured, LATER)}, **item}


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
