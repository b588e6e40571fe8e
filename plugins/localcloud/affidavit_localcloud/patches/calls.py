"""Where moto would run a function, let our Lambda run it."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

from affidavit_localcloud.functions.fleet import ThrottledError
from affidavit_localcloud.functions.later import Later
from affidavit_localcloud.functions.service import Answer, Call, Functions

REQUEST_ID = "affidavit-request-id"
"""A header between two functions of this module; it does not leave."""


def run_functions_here(functions: Functions, later: Later) -> None:
    """Replace the Invoke action and what moto's other services call."""
    from moto.awslambda.models import LambdaBackend, LambdaFunction  # noqa: PLC0415 - heavy
    from moto.awslambda.responses import LambdaResponse  # noqa: PLC0415 - heavy

    LambdaResponse.invoke = _invoke_action(functions, later)
    LambdaResponse.invoke_async = _invoke_action(functions, later)
    LambdaResponse._enrich_response = _keeping_request_id(  # noqa: SLF001 - where moto makes one up
        LambdaResponse._enrich_response  # noqa: SLF001 - as above
    )

    def run(self: Any, event: Any = None) -> tuple[str, bool, str]:
        """Stand where moto starts a container; secrets' rotation and others end here."""
        call = Call(
            self.account_id, self.region, self.function_arn, json.dumps(event or {}).encode()
        )
        answer = functions.call(call)
        return answer.payload.decode("utf-8", "replace"), bool(answer.error), answer.tail

    LambdaFunction._invoke_lambda = run  # noqa: SLF001 - every way to run one ends there
    LambdaBackend.send_sns_message = _later(LambdaBackend.send_sns_message, later)
    LambdaBackend.send_log_event = _later(LambdaBackend.send_log_event, later)
    _let_buckets_call_later(later)


def leave_polling_to_us() -> None:
    """Stop moto from pushing queues and streams into functions: our pollers fetch.

    moto pushes one message at a time, without attributes, knows no partial batch
    failure, and calls the function while the writer waits.
    """
    from moto.dynamodb.models.table import Table  # noqa: PLC0415 - heavy
    from moto.sqs.models import Queue  # noqa: PLC0415 - heavy

    nothing = property(lambda _: {}, lambda *_: None)
    Queue.lambda_event_source_mappings = nothing
    Table.lambda_event_source_mappings = nothing


def keep_aliases_of_mappings() -> None:
    """Let a mapping call the alias that it was made for; moto takes the version of that day."""
    from moto.awslambda.models import LambdaBackend  # noqa: PLC0415 - heavy

    create = LambdaBackend.create_event_source_mapping
    update = LambdaBackend.update_event_source_mapping

    def aliased(self: Any, mapping: Any, named: str | None) -> Any:
        parts = str(named or "").split(":function:")[-1].split(":")
        if mapping is not None and len(parts) > 1:
            plain = f"arn:aws:lambda:{self.region_name}:{self.account_id}:function:{parts[0]}"
            mapping.function_arn = f"{plain}:{parts[1]}"
        return mapping

    def create_event_source_mapping(self: Any, spec: Any) -> Any:
        return aliased(self, create(self, spec), spec.get("FunctionName"))

    def update_event_source_mapping(self: Any, uuid: str, spec: Any) -> Any:
        return aliased(self, update(self, uuid, spec), spec.get("FunctionName"))

    LambdaBackend.create_event_source_mapping = create_event_source_mapping
    LambdaBackend.update_event_source_mapping = update_event_source_mapping


def _invoke_action(functions: Functions, later: Later) -> Any:
    def invoke(self: Any) -> tuple[int, dict[str, str], str | bytes]:
        from urllib.parse import unquote  # noqa: PLC0415 - beside its use

        name = unquote(self.path.split("/functions/", 1)[1].rsplit("/invo", 1)[0])
        call = Call(
            account=self.current_account,
            region=self.region,
            function=name,
            payload=self.body if isinstance(self.body, bytes) else str(self.body or "").encode(),
            qualifier=self._get_param("Qualifier") or "",
            trace=self.headers.get("X-Amzn-Trace-Id") or "",
            client_context=_decoded(self.headers.get("X-Amz-Client-Context")),
        )
        how = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if self.path.rstrip("/").endswith("/invoke-async"):
            how = "Event"
        if how == "DryRun":
            self.backend.get_function(name, call.qualifier or None)
            return 204, {"status": "204"}, ""
        if not _is_json(call.payload):
            return _refuse(400, "InvalidRequestContentException", "The request body is not JSON.")
        if how == "Event":
            request_id = later.take(call)
            return 202, {"status": "202", REQUEST_ID: request_id}, ""
        try:
            answer = functions.call(call)
        except ThrottledError:
            return _refuse(429, "TooManyRequestsException", "Rate Exceeded.")
        return (
            200,
            _headers(answer, wanted=self.headers.get("X-Amz-Log-Type") == "Tail"),
            (answer.payload),
        )

    return invoke


def _keeping_request_id(enrich: Any) -> Any:
    """Let the answer carry the request id that the function saw, not another one."""

    def enriched(headers: dict[str, str], body: Any) -> Any:
        given = headers.pop(REQUEST_ID, None)
        headers, body = enrich(headers, body)
        if given:
            headers["x-amzn-requestid"] = given
        return headers, body

    return staticmethod(enriched)


def _headers(answer: Answer, *, wanted: bool) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "X-Amz-Executed-Version": answer.version,
        REQUEST_ID: answer.request_id,
    }
    if answer.error:
        headers["X-Amz-Function-Error"] = answer.error
    if wanted:
        headers["X-Amz-Log-Result"] = base64.b64encode(answer.tail.encode()[-4096:]).decode()
    return headers


def _refuse(status: int, kind: str, message: str) -> tuple[int, dict[str, str], str]:
    headers = {"status": str(status), "x-amzn-errortype": kind}
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    return status, headers, json.dumps({"Type": "User", "Reason": reason, "message": message})


def _later(send: Any, later: Later) -> Any:
    """Run one of moto's senders with a function that takes the event for later."""

    def sender(self: Any, *args: Any, **kwargs: Any) -> None:
        send(_Deferred(self, later), *args, **kwargs)

    return sender


class _Deferred:
    """moto's backend as its senders see it, with functions that are called later."""

    def __init__(self, backend: Any, later: Later) -> None:
        self._backend = backend
        self._later = later
        self._lambdas = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def get_arn(self, arn: str) -> _DeferredFunction:
        return _DeferredFunction(self._backend, arn, "", self._later)

    def get_function_by_name_or_arn_with_qualifier(
        self, name: str, qualifier: str | None = None
    ) -> _DeferredFunction:
        return _DeferredFunction(self._backend, name, qualifier or "", self._later)


class _DeferredFunction:
    def __init__(self, backend: Any, name: str, qualifier: str, later: Later) -> None:
        self._call = Call(backend.account_id, backend.region_name, name, b"", qualifier)
        self._later = later

    def invoke(self, body: str, *_: Any) -> bytes:
        with contextlib.suppress(Exception):  # a topic does not hear of a function that is gone
            self._later.take(self._call._replace(payload=body.encode()))
        return b""


def _let_buckets_call_later(later: Later) -> None:
    from moto.s3 import notifications  # noqa: PLC0415 - heavy

    def call(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        with contextlib.suppress(Exception):  # nor does a bucket
            later.take(Call(account_id, region_name, fn_arn, json.dumps(event_body).encode()))

    notifications._invoke_awslambda = call  # noqa: SLF001 - there is no other


def _decoded(header: str | None) -> str:
    return base64.b64decode(header).decode("utf-8", "replace") if header else ""


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload or b"{}")
    except ValueError:
        return False
    return True
