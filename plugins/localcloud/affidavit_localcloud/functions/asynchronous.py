"""Asynchronous invocation: retries, dead-letter queues, destinations.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html. AWS waits one
minute before the second try and two before the third; here the waits are
`retry_s` and twice that.
"""

from __future__ import annotations

import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from affidavit.plugin import iso_utc, now_ms
from affidavit_localcloud.functions.arn_delivery import deliver
from affidavit_localcloud.functions.service import (
    Functions,
    InvokeRequest,
    InvokeResponse,
    ThrottledError,
    find,
)
from affidavit_localcloud.rights.access import ServiceActor, of_role
from affidavit_service.times import new_id

RETRIES: Final = 2
"""Unless the function says otherwise."""

THROTTLED_TRIES: Final = 40


class AsynchronousQueue:
    """Takes events, and calls functions with them in its own time."""

    def __init__(self, functions: Functions, *, retry_s: float = 1.0, workers: int = 8) -> None:
        """Start no thread before the first event."""
        self._functions = functions
        self._retry_s = retry_s
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="asynchronous")
        self._stop = threading.Event()

    def take(self, call: InvokeRequest) -> str:
        """Take an event and return its request id, which all tries have.

        Raises:
            Exception: moto's own, if there is no such function.

        """
        find(call)
        named = call._replace(request_id=call.request_id or new_id())
        self._pool.submit(self._work, named)
        return named.request_id

    def close(self) -> None:
        """Start nothing more; events that wait are lost, as the cloud itself is."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, call: InvokeRequest) -> None:
        with contextlib.suppress(Exception):  # the function may be gone by now
            self._until_done(call)

    def _until_done(self, call: InvokeRequest) -> None:
        config = _config(call)
        retries = config.get("MaximumRetryAttempts")
        tries = 1 + (RETRIES if retries is None else int(retries))
        answer: InvokeResponse | None = None
        for attempt in range(1, tries + 1):
            answer = self._once(call)
            if answer is None or not answer.error:
                break
            if attempt < tries and self._stop.wait(self._retry_s * attempt):
                return
        if answer is None:
            return
        failed = bool(answer.error)
        wanted = config.get("DestinationConfig", {})
        target = wanted.get("OnFailure" if failed else "OnSuccess", {}).get("Destination")
        if target:
            deliver(self._role(call), target, _told(call, answer, attempt), self.take)
        if failed:
            self._bury(call, answer)

    def _once(self, call: InvokeRequest) -> InvokeResponse | None:
        """Call, and wait while there is no room; None if the cloud goes down meanwhile."""
        for _ in range(THROTTLED_TRIES):
            try:
                return self._functions.call(call)
            except ThrottledError:
                if self._stop.wait(0.25):
                    return None
        body = b'{"errorType":"TooManyRequestsException","errorMessage":"Rate Exceeded."}'
        return InvokeResponse(body, "Unhandled", "", "$LATEST", call.request_id)

    def _bury(self, call: InvokeRequest, answer: InvokeResponse) -> None:
        """Send the event itself to the function's dead-letter queue or topic."""
        target = (getattr(find(call), "extra", {}).get("DeadLetterConfig") or {}).get("TargetArn")
        if target:
            told = _error(answer.payload)
            attributes = {
                "RequestID": call.request_id,
                "ErrorCode": "200",
                "ErrorMessage": told.get("errorMessage", "")[:1024],
            }
            text = call.payload.decode("utf-8", "replace")
            deliver(self._role(call), target, text, self.take, attributes)

    def _role(self, call: InvokeRequest) -> ServiceActor:
        """Return Lambda as it sends what a function leaves: in the function's role."""
        function = find(call)
        access = self._functions.pool.access
        return of_role(access, str(function.role), str(function.function_name), call.region)


def _config(call: InvokeRequest) -> dict[str, Any]:
    """Return the function's settings for asynchronous invocation."""
    name = call.function.split(":function:")[-1].split(":")[0]
    latest = find(call._replace(function=name, qualifier=""))
    configs = latest.event_invoke_config
    return dict(configs[-1].response()) if configs else {}


def _told(call: InvokeRequest, answer: InvokeResponse, attempt: int) -> str:
    """Return the record that a destination gets."""
    failed = bool(answer.error)
    context: dict[str, object] = {"statusCode": 200, "executedVersion": answer.version}
    if failed:
        context["functionError"] = answer.error
    record = {
        "version": "1.0",
        "timestamp": iso_utc(now_ms()),
        "requestContext": {
            "requestId": call.request_id,
            "functionArn": f"{find(call).function_arn.rstrip(':')}",
            "condition": "RetriesExhausted" if failed else "Success",
            "approximateInvokeCount": attempt,
        },
        "requestPayload": _json(call.payload),
        "responseContext": context,
        "responsePayload": _json(answer.payload),
    }
    return json.dumps(record)


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _error(payload: bytes) -> dict[str, str]:
    told = _json(payload)
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
