"""What came of one event, in the words that Lambda has for it."""

from __future__ import annotations

import contextlib
import json
import signal
from typing import NamedTuple

from affidavit_localcloud.functions.spec import Spec
from affidavit_service.runtime_api import RESPONSE_LIMIT, Posted


class InvocationReport(NamedTuple):
    """One event for one environment."""

    request_id: str
    payload: bytes
    arn: str
    trace: str
    client_context: str = ""


class Verdict(NamedTuple):
    """The answer, an error's type or nothing, and REPORT's status."""

    payload: bytes
    error_type: str
    status: str


def failure(invocation: InvocationReport, kind: str, how: str) -> Verdict:
    """Return what an invocation gets whose runtime is gone."""
    text = f"RequestId: {invocation.request_id} Error: Runtime exited with error: {how}"
    body = {"errorType": kind, "errorMessage": text}
    return Verdict(json.dumps(body).encode(), kind, "error")


def timed_out(invocation: InvocationReport, spec: Spec) -> Verdict:
    """Return what an invocation gets whose time is used up."""
    after = f"Task timed out after {spec.timeout_s}.00 seconds"
    text = f"RequestId: {invocation.request_id} Error: {after}"
    body = {"errorType": "Sandbox.Timedout", "errorMessage": text}
    return Verdict(json.dumps(body).encode(), "Sandbox.Timedout", "timeout")


def answered(invocation: InvocationReport, posted: Posted | None) -> Verdict:
    """Return what the runtime posted for this invocation."""
    if posted is None or posted.request_id != invocation.request_id:
        return failure(invocation, "Runtime.ExitError", "no response")
    if posted.kind == "error":
        return Verdict(posted.body, error_type_of(posted.body), "success")
    if len(posted.body) > RESPONSE_LIMIT:
        kind = "Function.ResponseSizeTooLarge"
        text = "Response payload size exceeded maximum allowed payload size"
        body = {"errorMessage": f"{text} ({RESPONSE_LIMIT} bytes).", "errorType": kind}
        return Verdict(json.dumps(body).encode(), kind, "error")
    return Verdict(posted.body, "", "success")


def how_it_ended(code: int | None) -> str:
    """Return a process's end in words: its exit status, or the signal."""
    if code is not None and code < 0:
        return f"signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}"
    return f"exit status {code}"


def error_type_of(body: bytes) -> str:
    """Return the type that an error's body names."""
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(body).get("errorType") or "Error")
    return "Error"
