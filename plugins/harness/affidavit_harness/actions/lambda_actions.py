"""`lambda.invoke`: call a function, deployed or in this process."""

from __future__ import annotations

import json
import time
from typing import Any

from affidavit.plugin import (
    ActionContext,
    ActionParams,
    ActionResult,
    AtomicAction,
    FunctionAnswer,
    Grant,
    always,
)


class FunctionInvoke(ActionParams):
    """Which function, with what."""

    function: str
    payload: Any = None
    qualifier: str | None = None


def invoke(params: FunctionInvoke, context: ActionContext) -> ActionResult:
    """Return `status`, `payload`, `function_error` (null if it answered) and `request_id`.

    An answer for API Gateway has its `body` decoded.
    """
    began = time.monotonic()
    near = context.function(params.function)
    if near is not None:
        told = near(params.payload, f"{context.run.id}-{context.now_ms()}")
    else:
        told = _deployed(params, context)
    return {
        **told._asdict(),
        "body": _body(told.payload),
        "duration_ms": round((time.monotonic() - began) * 1000),
    }


def refused(answer: ActionResult) -> str:
    """Say that the function raised."""
    return "its function raised" if answer["function_error"] is not None else ""


def _deployed(params: FunctionInvoke, context: ActionContext) -> FunctionAnswer:
    asked: dict[str, Any] = {
        "FunctionName": params.function,
        "Payload": json.dumps(params.payload).encode(),
    }
    if params.qualifier is not None:
        asked["Qualifier"] = params.qualifier
    told = context.client("lambda").invoke(**asked)
    text = told["Payload"].read().decode("utf-8", "replace")
    try:
        payload = json.loads(text) if text else None
    except ValueError:
        payload = text
    request_id = told["ResponseMetadata"].get("RequestId", "")
    return FunctionAnswer(told["StatusCode"], payload, told.get("FunctionError"), request_id)


def _body(payload: Any) -> Any:
    body = payload.get("body") if isinstance(payload, dict) else None
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return body


ACTIONS = (
    AtomicAction(
        name="lambda.invoke",
        summary="Call a function and look at its answer",
        params=FunctionInvoke,
        run=invoke,
        effects=always("invoke"),
        grants=(Grant("functions", ("lambda:InvokeFunction",)),),
        refused=refused,
    ),
)
