"""Where moto would run a function, let our Lambda run it."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any, Final

from affidavit_localcloud.functions.arn_delivery import deliver
from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.functions.pool import ThrottledError
from affidavit_localcloud.functions.service import Functions, InvokeRequest, InvokeResponse
from affidavit_localcloud.patches.topics import let_topics_call
from affidavit_localcloud.rights.access import AccessControl, ServiceActor, of_service
from affidavit_localcloud.rights.resources import Region

REQUEST_ID = "affidavit-request-id"
"""A header between two functions of this module; it does not leave."""

BUCKETS: Final = "s3.amazonaws.com"
LOGS: Final = "logs.{region}.amazonaws.com"


MOST_SYNCHRONOUS: Final = 6 * 1024 * 1024
MOST_ASYNCHRONOUS: Final = 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def run_functions_here(functions: Functions, queue: AsynchronousQueue) -> None:
    """Replace the Invoke action and what moto's other services call."""
    from moto.awslambda.models import LambdaBackend, LambdaFunction  # noqa: PLC0415 - heavy
    from moto.awslambda.responses import LambdaResponse  # noqa: PLC0415 - heavy

    LambdaResponse.invoke = _invoke_action(functions, queue)
    LambdaResponse.invoke_async = _invoke_action(functions, queue)
    LambdaResponse._enrich_response = _keeping_request_id(  # noqa: SLF001 - where moto makes one up
        LambdaResponse._enrich_response  # noqa: SLF001 - as above
    )

    def run(self: Any, event: Any = None) -> tuple[str, bool, str]:
        """Stand where moto starts a container; secrets' rotation and others end here."""
        call = InvokeRequest(
            self.account_id, self.region, self.function_arn, json.dumps(event or {}).encode()
        )
        answer = functions.call(call)
        return answer.payload.decode("utf-8", "replace"), bool(answer.error), answer.tail

    LambdaFunction._invoke_lambda = run  # noqa: SLF001 - every way to run one ends there
    access = functions.pool.access
    let_topics_call(access, queue)
    LambdaBackend.send_log_event = _deferred(LambdaBackend.send_log_event, LOGS, access, queue)
    _let_buckets_call(access, queue)


def leave_polling_to_us() -> None:
    """Stop moto from pushing queues and streams into functions: our pollers fetch.

    moto pushes one message at a time, without attributes, knows no partial batch
    failure, and calls the function while the writer waits.
    """
    from moto.dynamodb.models.table import Table  # noqa: PLC0415 - heavy
    from moto.kinesis.models import Stream  # noqa: PLC0415 - heavy
    from moto.sqs.models import Queue  # noqa: PLC0415 - heavy

    nothing = property(lambda _: {}, lambda *_: None)
    Queue.lambda_event_source_mappings = nothing
    Table.lambda_event_source_mappings = nothing
    Stream.lambda_event_source_mappings = nothing


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


def _invoke_action(functions: Functions, queue: AsynchronousQueue) -> Any:
    def invoke(self: Any) -> tuple[int, dict[str, str], str | bytes]:
        from urllib.parse import unquote  # noqa: PLC0415 - beside its use

        name = unquote(self.path.split("/functions/", 1)[1].rsplit("/invo", 1)[0])
        call = InvokeRequest(
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
        most = MOST_ASYNCHRONOUS if how == "Event" else MOST_SYNCHRONOUS
        if len(call.payload) > most:
            why = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
            return _refuse(413, "RequestTooLargeException", why)
        if not _is_json(call.payload):
            return _refuse(400, "InvalidRequestContentException", "The request body is not JSON.")
        if how == "Event":
            request_id = queue.take(call)
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


def _headers(answer: InvokeResponse, *, wanted: bool) -> dict[str, str]:
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


def _deferred(send: Any, service: str, access: AccessControl, queue: AsynchronousQueue) -> Any:
    """Run one of moto's senders with a function that takes the event and answers nothing."""

    def sender(self: Any, *args: Any, **kwargs: Any) -> None:
        place = Region(self.account_id, self.region_name)
        name = service.format(region=self.region_name)
        send(_Deferred(self, of_service(access, name, place), queue), *args, **kwargs)

    return sender


class _Deferred:
    """moto's backend as its senders see it, with functions that are called in their own time."""

    def __init__(self, backend: Any, sender: ServiceActor, queue: AsynchronousQueue) -> None:
        self._backend = backend
        self._sender = sender
        self._queue = queue
        self._lambdas = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def get_arn(self, arn: str) -> _DeferredFunction:
        return _DeferredFunction(arn, self._sender, self._queue)

    def get_function_by_name_or_arn_with_qualifier(
        self, name: str, qualifier: str | None = None
    ) -> _DeferredFunction:
        plain = name.partition(":function:")[2] or name
        resource = f"function:{plain}" + (f":{qualifier}" if qualifier else "")
        arn = self._sender.place.arn("lambda", resource)
        return _DeferredFunction(arn, self._sender, self._queue)


class _DeferredFunction:
    def __init__(self, arn: str, sender: ServiceActor, queue: AsynchronousQueue) -> None:
        self._arn = arn
        self._sender = sender
        self._queue = queue

    def invoke(self, body: str, *_: Any) -> bytes:
        with contextlib.suppress(Exception):  # a topic does not hear of a function that is gone
            deliver(self._sender, self._arn, body, self._queue.take)
        return b""


def _let_buckets_call(access: AccessControl, queue: AsynchronousQueue) -> None:
    from moto.s3 import notifications  # noqa: PLC0415 - heavy

    def call(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        with contextlib.suppress(Exception):  # nor does a bucket
            bucket = event_body["Records"][0]["s3"]["bucket"]["arn"]
            sender = of_service(access, BUCKETS, Region(account_id, region_name), bucket)
            deliver(sender, fn_arn, json.dumps(event_body), queue.take)

    notifications._invoke_awslambda = call  # noqa: SLF001 - there is no other


def _decoded(header: str | None) -> str:
    return base64.b64decode(header).decode("utf-8", "replace") if header else ""


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload or b"{}")
    except ValueError:
        return False
    return True
