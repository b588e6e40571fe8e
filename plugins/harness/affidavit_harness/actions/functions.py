"""`lambda.invoke`: call a function, deployed or in this process."""

from __future__ import annotations

import json
import time
from typing import Any

from affidavit_harness.action import AtomicAction, Grant, Params, Result, always
from affidavit_harness.engine.kit import Kit


class Invoke(Params):
    """Which function, with what."""

    function: str
    payload: Any = None
    qualifier: str | None = None


def invoke(params: Invoke, kit: Kit) -> Result:
    """Return `status`, `payload`, `function_error` (null if it answered) and `request_id`.

    An answer for API Gateway has its `body` decoded.
    """
    began = time.monotonic()
    near = kit.function(params.function)
    if near is not None:
        told = near(params.payload, f"{kit.run.id}-{kit.now_ms()}")
    else:
        told = _deployed(params, kit)
    payload = told["payload"]
    return {
        **told,
        "body": _body(payload),
        "duration_ms": round((time.monotonic() - began) * 1000),
    }


def _deployed(params: Invoke, kit: Kit) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "FunctionName": params.function,
        "Payload": json.dumps(params.payload).encode(),
    }
    if params.qualifier is not None:
        asked["Qualifier"] = params.qualifier
    told = kit.client("lambda").invoke(**asked)
    text = told["Payload"].read().decode("utf-8", "replace")
    try:
        payload = json.loads(text) if text else None
    except ValueError:
        payload = text
    return {
        "status": told["StatusCode"],
        "payload": payload,
        "function_error": told.get("FunctionError"),
        "request_id": told["ResponseMetadata"].get("RequestId", ""),
    }


def _body(payload: Any) -> Any:
    body = payload.get("body") if isinstance(payload, dict) else None
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return body


FUNCTIONS = (
    AtomicAction(
        name="lambda.invoke",
        summary="Call a function and look at its answer",
        params=Invoke,
        run=invoke,
        effects=always("invoke"),
        grants=(Grant("functions", ("lambda:InvokeFunction",)),),
    ),
)
