"""Do one call: check that it is allowed, fill in its parameters, run it, and say what failed."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import ValidationError

from affidavit import AffidavitError
from affidavit.plugin import (
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    ScenarioRun,
)
from affidavit_harness.engine.run_context import KeptAnswer, RunContext
from affidavit_harness.errors import RefusedActionError
from affidavit_harness.files.expressions import render, render_url
from affidavit_harness.protocol import Values

_CACHED: Final = 256
_LARGEST: Final = 1_000_000
"""Characters of a result that checks may see."""


def prepare_call(
    uses: str, params: Values, scope: Values, context: RunContext
) -> tuple[AtomicAction, ActionParams]:
    """Return the action and its checked parameters.

    Raises:
        RefusedActionError: The environment is read-only, and the call is not.
        ActionError: There is no such action, or its parameters are wrong.

    """
    action = context.registry.actions.get(uses)
    if action is None:
        raise ActionError(
            "Harness.UnknownAction",
            f"there is no action {uses}",
            why="no plugin that is installed here offers it",
            fix="Install the plugin here as well",
        )
    filled = fill_in(action, params, scope)
    # Asked again here, whatever the command line or the caller said about the environment.
    if context.read_only and context.registry.effect(uses, filled) != "read":
        raise RefusedActionError(
            "Harness.ReadOnly",
            f"{uses} is refused",
            why=f"{context.env} is read-only",
            fix="Run the scenario elsewhere, or leave the action out",
        )
    try:
        return action, action.params.model_validate(filled)
    except ValidationError as error:
        places = sorted({".".join(map(str, told["loc"])) or "with" for told in error.errors()})
    raise ActionError(
        "Harness.Params",
        f"{uses} cannot use its parameters",
        why=f"wrong once filled in: {', '.join(places)}",
        fix="Compare with affidavit scenario actions",
    )


def fill_in(action: AtomicAction, params: Values, scope: Values) -> dict[str, Any]:
    """Return the parameters with every reference filled in; URLs stay well-formed."""
    return {
        name: render_url(value, scope) if _is_url(action, name) else render(value, scope)
        for name, value in params.items()
    }


def _is_url(action: AtomicAction, name: str) -> bool:
    field = action.params.model_fields.get(name)
    extra = field.json_schema_extra if field is not None else None
    return isinstance(extra, dict) and extra.get("format") == "uri"


def perform(
    action: AtomicAction,
    params: ActionParams,
    run: ScenarioRun,
    context: RunContext,
    timeout_s: float,
    *,
    no_older_s: float = 0.0,
) -> ActionResult:
    """Run the action and return its result, or one that is no older than so many seconds.

    An answer is kept for this process, whichever run asked for it.

    Raises:
        ActionError: It could not do its work. No text of another library is repeated.

    """
    if not no_older_s:
        return _guarded(action, params, context.action_context(run, timeout_s))
    asked = f"{action.name} {params.model_dump_json()}"
    kept = context.cache.get(asked)
    if kept is not None and context.now_ms() - kept.at_ms <= no_older_s * 1000:
        return kept.result
    result = _guarded(action, params, context.action_context(run, timeout_s))
    if len(context.cache) >= _CACHED:
        context.cache.clear()
    context.cache[asked] = KeptAnswer(context.now_ms(), result)
    return result


def _guarded(action: AtomicAction, params: ActionParams, context: ActionContext) -> ActionResult:
    name, why = "", ""
    try:
        result = action.run(params, context)
        text = json.dumps(result, default=str)
        if len(text) > _LARGEST:
            name, why = "Harness.TooLarge", f"its result has more than {_LARGEST} characters"
        else:
            plain: ActionResult = json.loads(text)
            return plain
    except ActionError:
        raise
    except AffidavitError as error:
        name, why = type(error).__name__, error.why
    except Exception as error:  # noqa: BLE001 - a plugin's or a library's
        name = error_name(error)
        why = f"it raised {name}, whose text is not repeated"
    raise ActionError(
        name,
        f"{action.name} could not be done",
        why=why,
        fix="See the log of the service that was called; retry.errors may name this error",
    )


def error_name(error: Exception) -> str:
    """Return the service's error code if there is one, otherwise the exception's type."""
    told = getattr(error, "response", None)
    code = told.get("Error", {}).get("Code", "") if isinstance(told, dict) else ""
    return str(code) if isinstance(code, str) and 0 < len(code) <= 80 else type(error).__name__  # noqa: PLR2004 - a code is a word
