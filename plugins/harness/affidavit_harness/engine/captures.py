"""What is captured of an action's result: found by JMESPath and a pattern, carried or put away."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any, Final, NamedTuple

from affidavit.plugin import ActionError, ActionResult
from affidavit_harness.engine.check_operators import found_in
from affidavit_harness.engine.masks import Mask
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.files.scenario_model import Action, Capture
from affidavit_harness.files.selects import select
from affidavit_harness.protocol import RunState, Values

CARRIED: Final = 16_384
"""Characters of a capture that a run's state carries; where there is a shelf, more goes there."""


class Captured(NamedTuple):
    """What an action has captured: values, and where those are that are too long to be carried."""

    vars: Values
    large: dict[str, str]

    def kept_in(self, state: RunState) -> RunState:
        """Return the state with it; what had a name before has it no longer."""
        held = {name: one for name, one in state.vars.items() if name not in self.large}
        large = {name: one for name, one in state.large.items() if name not in self.vars}
        return replace(state, vars={**held, **self.vars}, large={**large, **self.large})

    def put(
        self, name: str, value: Any, run: str, context: RunContext, *, carried: int, label: str
    ) -> None:
        """Add a value; one of over `carried` characters goes to the shelf, if there is one."""
        shelf = context.shelf()
        if shelf is not None and len(json.dumps(value)) > carried:
            self.large[name] = shelf.keep(run, label, value)
        else:
            self.vars[name] = value


NOTHING: Final = Captured({}, {})


def capture(
    action: Action,
    result: ActionResult,
    state: RunState,
    context: RunContext,
    *,
    branch: int,
) -> Captured:
    """Return what an action's result has for later; a secret is kept by the ledger.

    Raises:
        ActionError: There is nothing to capture, and no default.

    """
    found = Captured({}, {})
    carried = CARRIED // max(1, len(state.branches))
    for name, rule in action.capture.items():
        chosen = Capture(select=rule) if isinstance(rule, str) else rule
        value = _found(chosen, result)
        if value is None:
            if "default" not in chosen.model_fields_set:
                looked = f" that {chosen.match} matches" if chosen.match is not None else ""
                raise ActionError(
                    "Harness.Capture",
                    f"{action.id} has nothing to capture as {name}",
                    why=f"{chosen.select} finds nothing in its result{looked}",
                    fix="Correct the select, or give the capture a default",
                )
            value = chosen.default
        if chosen.secret:
            context.ledger.remember(state.run.id, name, value)
        else:
            label = f"{name}-{branch}" if action.for_each is not None else name
            found.put(name, value, state.run.id, context, carried=carried, label=label)
    return found


def _found(rule: Capture, result: ActionResult) -> Any:
    """Return what a rule finds in a result; None for nothing."""
    value = select(rule.select, result)
    if rule.match is None:
        return value
    found = found_in(value, rule.match)
    return None if found is None else found[found.re.groups]


def learn_secrets(action: Action, result: ActionResult, mask: Mask) -> None:
    """Hide what is captured as a secret before anything is told, of a failure too."""
    for rule in action.capture.values():
        if not isinstance(rule, str) and rule.secret:
            with contextlib.suppress(ActionError):  # nothing is found then, and nothing captured
                mask.learn(_found(rule, result))
