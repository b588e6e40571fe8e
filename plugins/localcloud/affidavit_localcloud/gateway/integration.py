"""Call the function behind a route, if its policy lets the gateway."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from affidavit_localcloud.functions.service import (
    Functions,
    InvokeRequest,
    InvokeResponse,
    ThrottledError,
)
from affidavit_localcloud.rights.access import of_service
from affidavit_localcloud.rights.needs import Need
from affidavit_localcloud.rights.resources import Region
from affidavit_service.gateway.http import Response, json_response
from affidavit_service.gateway.proxy_response import response_of

FUNCTION: Final = re.compile(r"arn:aws[^:]*:lambda:([^:]+):(\d+):function:([^:/]+)(?::([^:/]+))?")


class Called(NamedTuple):
    """What came of a call: the response, and what the access log tells of it."""

    response: Response
    status: int = 200
    request_id: str = "-"
    error: str = "-"


def call_function(
    functions: Functions, uri: str, event: Mapping[str, Any], source_arn: str, *, simple: bool
) -> Called:
    """Call the function that an integration names with `event`.

    `simple` is the payload format 2.0, in which a handler may return anything.
    """
    call = _call_of(uri, event)
    if call is None:
        return _failed(500, "the integration is no Lambda function")
    try:
        if not _is_allowed(functions, call, source_arn):
            return _failed(500, f"{call.function} has no permission for {source_arn}")
        answer = functions.call(call)
    except ThrottledError:
        return _failed(503 if simple else 500, "the function has no free environment")
    except Exception as error:  # noqa: BLE001 - moto's own, for a function that is not there
        return _failed(500, f"the function cannot be called: {type(error).__name__}")
    return _from_answer(answer, simple=simple)


def call_own(functions: Functions, function: Any, event: Mapping[str, Any]) -> Response:
    """Call a function through its own URL, for which its policy is not asked here."""
    payload = json.dumps(event).encode()
    trace = str((event.get("headers") or {}).get("x-amzn-trace-id") or "")
    call = InvokeRequest(
        function.account_id, function.region, function.function_name, payload, "", trace
    )
    try:
        answer = functions.call(call)
    except ThrottledError:
        return json_response(429, '{"Reason":"ConcurrentInvocationLimitExceeded"}')
    return _from_answer(answer, simple=True).response


def _call_of(uri: str, event: Mapping[str, Any]) -> InvokeRequest | None:
    found = FUNCTION.search(uri or "")
    if found is None:
        return None
    region, account, name, qualifier = found.groups()
    trace = str((event.get("headers") or {}).get("x-amzn-trace-id") or "")
    return InvokeRequest(account, region, name, json.dumps(event).encode(), qualifier or "", trace)


def _is_allowed(functions: Functions, call: InvokeRequest, source_arn: str) -> bool:
    """Tell whether the function's policy lets API Gateway call it, with this qualifier."""
    plain = f"arn:aws:lambda:{call.region}:{call.account}:function:{call.function}"
    wanted = f"{plain}:{call.qualifier}" if call.qualifier else plain
    place = Region(call.account, call.region)
    gateway = of_service(functions.pool.access, "apigateway.amazonaws.com", place, source_arn)
    return gateway.may(Need("lambda:InvokeFunction", wanted))


def _failed(status: int, why: str) -> Called:
    sys.stderr.write(f"gateway: {why}\n")
    text = "Internal Server Error" if status == 500 else "Service Unavailable"  # noqa: PLR2004
    return Called(json_response(status, json.dumps({"message": text})), status, error=why)


def _from_answer(answer: InvokeResponse, *, simple: bool) -> Called:
    failed = 500 if simple else 502
    message = "Internal Server Error" if simple else "Internal server error"
    refused = json_response(failed, json.dumps({"message": message}))
    if answer.error:
        timed_out = b"Sandbox.Timedout" in answer.payload
        if timed_out and simple:
            refused = json_response(503, '{"message":"Service Unavailable"}')
        return Called(refused, 200, answer.request_id, "Lambda invocation failed")
    response = response_of(answer.payload, simple=simple)
    if response is None:
        return Called(refused, 200, answer.request_id, "malformed proxy response")
    return Called(response, 200, answer.request_id)
