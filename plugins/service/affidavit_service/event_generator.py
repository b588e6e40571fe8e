"""Generate an event of any source, with ids of its own each time, as Lambda would hand it over.

    affidavit event generate sqs --body '{"order": 41}' --set 'Records.0.awsRegion=eu-west-1'

The form is that of the builders of `affidavit.testing`; ids are fresh, because a
record's event id counts an event once, however often it is delivered.
"""

from __future__ import annotations

import base64
import gzip
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from affidavit.plugin import event_names, iso_utc, now_ms
from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    dynamodb_stream,
    eventbridge,
    function_url,
    kinesis,
    platform_event,
    s3,
    sns,
    sqs,
    step,
)
from affidavit_service.errors import ServiceError
from affidavit_service.event_members import Path, put
from affidavit_service.gateway.routes import match_path
from affidavit_service.times import new_id, new_root

HTTP: Final[Mapping[str, Callable[..., Any]]] = {
    "alb": alb,
    "apigw.v1": api_gateway_v1,
    "apigw.v2": api_gateway_v2,
    "function-url": function_url,
}


class HttpParts(NamedTuple):
    """What an HTTP event asks for. `route` is the template that the path fits, if it has one."""

    method: str
    target: str
    route: str = ""


def _number() -> int:
    return secrets.randbelow(1 << 53)


def _logs(message: Any) -> Any:
    """Return what a log group sends: one line, packed as the service packs it."""
    line = message if isinstance(message, str) else json.dumps(message)
    said = {
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": "/aws/lambda/orders",
        "logStream": "2026/01/23/[$LATEST]0",
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": f"{_number():056d}", "timestamp": now_ms(), "message": line}],
    }
    packed = gzip.compress(json.dumps(said).encode())
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def _image(item: Any) -> dict[str, Any]:
    """Return an item as DynamoDB types it; one that is typed already stays as it is."""
    found = item if isinstance(item, dict) else {"value": item}
    typed = all(isinstance(one, dict) and len(one) == 1 for one in found.values())
    return dict(found) if found and typed else {key: _typed(one) for key, one in found.items()}


def _typed(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, bool):
        return {"NULL": True} if value is None else {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [_typed(one) for one in value]}
    if isinstance(value, dict):
        return {"M": {key: _typed(one) for key, one in value.items()}}
    return {"S": str(value)}


BUILDERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "cloudwatch-logs": _logs,
    "direct": lambda body: body,
    "dynamodb-stream": lambda body: dynamodb_stream(
        [_image(body)], first=_number(), keys=tuple(_image(body))[:1]
    ),
    "eventbridge": eventbridge,
    "kinesis": lambda body: kinesis([body], first=_number()),
    "s3": lambda body: s3(body if isinstance(body, str) else "inbox/order.json", number=_number()),
    "sns": sns,
    "sqs": lambda body: sqs([body]),
    "step-functions": step,
}
"""Sources that carry a payload and have a builder; of `s3` it is the key of the object."""

PAYLOADS: Final[Mapping[str, tuple[Path, str]]] = {
    "apigw.websocket": (("body",), "text"),
    "cloudformation": (("ResourceProperties",), "json"),
    "connect": (("Details", "Parameters"), "json"),
    "documentdb": (("events", 0, "event", "fullDocument"), "json"),
    "durable-execution": (
        ("InitialExecutionState", "Operations", 0, "ExecutionDetails", "InputPayload"),
        "text",
    ),
    "appsync": (("arguments",), "json"),
    "firehose": (("records", 0, "data"), "base64"),
    "kafka": (("records", "orders-0", 0, "value"), "base64"),
    "mq": (("messages", 0, "data"), "base64"),
    "pipes": ((0, "body"), "text"),
    "vpc-lattice": (("body",), "text"),
}
"""Where the other sources that carry a payload have it, and how they write it."""

OBJECTS: Final = ("step-functions", *(n for n, (_, form) in PAYLOADS.items() if form == "json"))
"""Sources whose payload is an object of names."""

IDS: Final[Mapping[str, tuple[Path, ...]]] = {
    "alb": (),
    "alexa": (("request", "requestId"),),
    "apigw.authorizer": (("requestContext", "requestId"),),
    "apigw.v1": (("requestContext", "requestId"),),
    "apigw.v2": (("requestContext", "requestId"),),
    "apigw.websocket": (("requestContext", "requestId"), ("requestContext", "messageId")),
    "appconfig": (("InvocationId",),),
    "appsync": (("request", "headers", "x-amzn-requestid"),),
    "appsync.authorizer": (("requestContext", "requestId"),),
    "chime": (("CallDetails", "TransactionId"),),
    "client-vpn": (("connection-id",),),
    "cloudformation": (("RequestId",),),
    "cloudfront": (("Records", 0, "cf", "config", "requestId"),),
    "codecommit": (("Records", 0, "eventId"),),
    "codedeploy": (("LifecycleEventHookExecutionId",),),
    "codepipeline": (("CodePipeline.job", "id"),),
    "config": (("resultToken",),),
    "connect": (("Details", "ContactData", "ContactId"),),
    "documentdb": (("events", 0, "event", "_id", "_data"),),
    "durable-execution": (("CheckpointToken",),),
    "dynamodb-stream": (("Records", 0, "eventID"),),
    "eventbridge": (("id",),),
    "firehose": (("invocationId",), ("records", 0, "recordId")),
    "function-url": (("requestContext", "requestId"),),
    "iot.authorizer": (("connectionMetadata", "id"),),
    "lambda-destination": (("requestContext", "requestId"),),
    "mq": (("messages", 0, "messageID"),),
    "pipes": ((0, "messageId"),),
    "redshift": (("request_id",),),
    "s3-batch": (("invocationId",), ("tasks", 0, "taskId")),
    "s3-object-lambda": (("xAmzRequestId",),),
    "secrets-manager": (("ClientRequestToken",),),
    "ses": (("Records", 0, "ses", "mail", "messageId"),),
    "sns": (("Records", 0, "Sns", "MessageId"),),
    "sqs": (("Records", 0, "messageId"),),
    "step-functions": (("StepFunctions", "Execution", "Name"),),
    "transfer.workflow": (("token",), ("serviceMetadata", "executionDetails", "executionId")),
    "workmail": (("invocationId",), ("messageId",)),
}
"""Where a source's own ids stand. Kafka and alarms are named by a number and a time instead."""


TIMES: Final[Mapping[str, tuple[Path, Callable[[int], Any]]]] = {
    "apigw.v1": (("requestContext", "requestTimeEpoch"), int),
    "apigw.v2": (("requestContext", "timeEpoch"), int),
    "cloudwatch-alarm": (("time",), lambda at: iso_utc(at).replace("Z", "+0000")),
    "eventbridge": (("time",), lambda at: f"{iso_utc(at)[:19]}Z"),
    "function-url": (("requestContext", "timeEpoch"), int),
    "s3": (("Records", 0, "eventTime"), iso_utc),
    "sns": (("Records", 0, "Sns", "Timestamp"), iso_utc),
    "sqs": (("Records", 0, "attributes", "SentTimestamp"), str),
}
"""When it was sent, and how the source writes that."""


def takes_body(source: str) -> bool:
    """Tell whether events of a source carry a payload of the caller's."""
    return source in HTTP or source in BUILDERS or source in PAYLOADS


def generate(source: str, *, body: Any = None, http: HttpParts | None = None) -> Any:
    """Return an event of `source` that was never there before.

    `body` is JSON: what the caller, the message or the object holds.

    Raises:
        ServiceError: There is no such source, or it carries none of what was given.

    """
    _check(source, body, http)
    if source in HTTP:
        event = _http_event(source, body, http)
    elif source in BUILDERS:
        event = BUILDERS[source]({"id": "1"} if body is None else body)
    else:
        event = platform_event(source)
        if body is not None:
            place, form = PAYLOADS[source]
            event = put(event, place, _written(body, form))
    return _freshened(source, event)


def _check(source: str, body: Any, http: HttpParts | None) -> None:
    if source not in event_names():
        raise ServiceError(
            f"there is no event source {source[:40]}",
            why=f"known: {', '.join(event_names())}",
            fix="Name one of them, as records do; affidavit event list says more",
        )
    if body is not None and not takes_body(source):
        raise ServiceError(
            f"events of {source} carry no payload",
            why="what they say is the service's own",
            fix="Change a member with --set path=value",
        )
    if source in OBJECTS and not isinstance(body, dict | None):
        raise ServiceError(
            f"events of {source} carry an object",
            why="what was given is none",
            fix='Give one, such as {"id": 1}',
        )
    if http is not None and source not in HTTP:
        raise ServiceError(
            f"{source} is no HTTP request",
            why=f"a request can be that of {', '.join(HTTP)}",
            fix="Leave --request out, or name one of these",
        )


def _http_event(source: str, body: Any, http: HttpParts | None) -> Any:
    parts = http or HttpParts("GET" if body is None else "POST", "/")
    target = urlsplit(parts.target)
    said: dict[str, Any] = {"method": parts.method, "path": target.path or "/", "body": body}
    said["query"] = parse_qs(target.query, keep_blank_values=True)
    template = parts.route.partition(" ")[2] or parts.route
    variables = match_path(template, target.path) if template else {}
    if variables is None:
        raise ServiceError(
            "the path does not fit the route",
            why="a route's parts are compared with the path's, one after another",
            fix="Correct --request or --route",
        )
    if source != "alb":
        said["parameters"] = variables
    if body is not None and not isinstance(body, str):
        said["headers"] = {"content-type": "application/json"}
    event = HTTP[source](**said)
    if template and source == "apigw.v2":
        key = f"{parts.method} {template}"
        event = put(put(event, ("routeKey",), key), ("requestContext", "routeKey"), key)
    if template and source == "apigw.v1":
        event = put(
            put(event, ("resource",), template), ("requestContext", "resourcePath"), template
        )
    return event


def _written(body: Any, form: str) -> Any:
    if form == "json":
        return body
    text = body if isinstance(body, str) else json.dumps(body)
    return base64.b64encode(text.encode()).decode() if form == "base64" else text


def _freshened(source: str, event: Any) -> Any:
    for place in IDS.get(source, ()):
        event = put(event, place, new_id())
    if source == "kafka":
        event = put(event, ("records", "orders-0", 0, "offset"), _number())
    if source in TIMES:
        place, written = TIMES[source]
        event = put(event, place, written(now_ms()))
    if source == "cloudwatch-alarm":
        name = f"slow-{_number():x}"
        event = put(event, ("alarmArn",), f"arn:aws:cloudwatch:eu-west-1:000000000000:alarm:{name}")
        event = put(event, ("alarmData", "alarmName"), name)
    if source == "alb":
        event = put(event, ("headers", "x-amzn-trace-id"), f"Root={new_root()}")
    if source == "step-functions":
        name = event["StepFunctions"]["Execution"]["Name"]
        arn = f"arn:aws:states:eu-west-1:000000000000:execution:machine:{name}"
        event = put(event, ("StepFunctions", "Execution", "Id"), arn)
    return event
