"""Services whose event is one object in a form of their own: each is a row.

A row says by which members an event is known, and where in it stands who acts. Source:
the user or developer guide of the service, which the event's schema names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from affidavit._event.event_source import Delivery, EventSource, answered, has, joined
from affidavit._types import Event
from affidavit._untrusted import mapping, text


class _Places(NamedTuple):
    """Where an event has what its record says; of several members the first that is there.

    `of` stands before `service`. `ids` together name the event. They are hashed, because
    some are the right to answer; `label` is one that may be shown.
    """

    service: tuple[str, ...]
    of: str = ""
    cause: tuple[str, ...] = ()
    address: str = ""
    ids: tuple[str, ...] = ()
    label: str = ""


def _at(event: Any, path: str) -> str:
    """Return the text or whole number at a path of members, of lists the first item."""
    value = event
    for name in path.split("."):
        if isinstance(value, list):
            value = value[0] if value else None
        value = mapping(value).get(name)
    return str(value) if type(value) is int else text(value)


def _first(event: Any, paths: tuple[str, ...]) -> str:
    return next(filter(None, (_at(event, path) for path in paths)), "")


def _service(
    via: str,
    marker: str,
    recognise: Callable[[Event], bool],
    places: _Places,
    code: Callable[[Any], int] = answered,
) -> EventSource:
    """Make a source of a row."""

    def read(event: Event, _: Any) -> Delivery:
        ids = [_at(event, path) for path in places.ids]
        return Delivery(
            event=joined(via, "|".join(ids)) if all(ids) else "",
            label=_at(event, places.label),
            service=places.of + _first(event, places.service),
            cause=_first(event, places.cause),
            address=_at(event, places.address),
        )

    return EventSource(
        via, read, markers=(marker,) if marker else (), recognise=recognise, code=code
    )


def _holds(*paths: str) -> Callable[[Event], bool]:
    """Return what tells whether there is text at all of these paths."""
    return lambda event: all(_at(event, path) for path in paths)


def _is_directive(event: Event) -> bool:
    header = mapping(mapping(event.get("directive", event)).get("header"))
    return text(header.get("namespace")).startswith("Alexa")


def _asks_athena(event: Event) -> bool:
    return text(event.get("@type")).endswith("Request") and "identity" in event


def _of_response(answer: Any) -> int:
    """Read the status of a response that CloudFront is given; a request has none."""
    code = text(mapping(answer).get("status"))
    fits = len(code) == 3 and code.isascii() and code.isdigit() and code[0] in "12345"  # noqa: PLR2004 - RFC 9110, section 15
    return int(code) if fits else 200


def _of_rows(answer: Any) -> int:
    """Read an answer to Redshift, which most functions write as text."""
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except (ValueError, RecursionError):
            return 200
    return 500 if mapping(answer).get("success") is False else 200


def _of_hook(answer: Any) -> int:
    """Read the verdict of a hook: what fails there is not done."""
    return 403 if mapping(answer).get("hookStatus") == "FAILED" else 200


def _directive(marker: str, place: str) -> EventSource:
    """Describe what Alexa wants a device to do. Its token, which names the user, is not read."""
    name = f"{place}header.messageId"
    places = _Places((), of="alexa-connectedhome.amazon.com", ids=(name,), label=name)
    return _service("alexa", marker, _is_directive, places)


CLOUDFRONT = _service(
    "cloudfront",
    "",
    bool,
    _Places(
        ("Records.cf.config.distributionId",),
        of="cloudfront.amazonaws.com/",
        address="Records.cf.request.clientIp",
        # A request is told at most four times: as it comes, to the origin, and back.
        ids=("Records.cf.config.requestId", "Records.cf.config.eventType"),
        label="Records.cf.config.requestId",
    ),
    _of_response,
)
TRANSFER_STEP = _service(
    "transfer.workflow",
    "serviceMetadata",
    has("token", "fileLocation"),
    _Places(
        ("serviceMetadata.transferDetails.serverId",),
        cause=("serviceMetadata.transferDetails.userName",),
        # An execution has several steps. The token is the right to answer: it is hashed.
        ids=("serviceMetadata.executionDetails.executionId", "token"),
        label="serviceMetadata.executionDetails.executionId",
    ),
)
REDSHIFT = _service(
    "redshift",
    "external_function",
    has("request_id", "arguments"),
    _Places(("cluster",), cause=("user",), ids=("request_id",), label="request_id"),
    _of_rows,
)
ATHENA = _service(
    "athena",
    "@type",
    _asks_athena,
    _Places(("identity.account",), of="athena.amazonaws.com/"),
)
DESTINATION = _service(
    "lambda-destination",
    "requestPayload",
    _holds("requestContext.functionArn"),
    _Places(
        ("requestContext.functionArn",),
        ids=("requestContext.requestId", "requestContext.condition"),
        label="requestContext.requestId",
    ),
)
SKILL = _service(
    "alexa",
    "context",
    _holds("context.System.application.applicationId", "request.requestId"),
    _Places(
        ("context.System.application.applicationId",),
        cause=("context.System.person.personId", "context.System.user.userId"),
        ids=("request.requestId",),
        label="request.requestId",
    ),
)
SMART_HOME = _directive("directive", "directive.")
SMART_HOME_2 = _directive("header", "")
PINPOINT = _service(
    "pinpoint",
    "Endpoints",
    has("ApplicationId"),
    _Places(("ApplicationId",), of="pinpoint.amazonaws.com/"),
)
WORKMAIL = _service(
    "workmail",
    "summaryVersion",
    has("envelope", "flowDirection"),
    # Whom a mail says that it is from is nobody's word.
    _Places((), of="workmail.amazonaws.com", ids=("invocationId",), label="messageId"),
)
CALL = _service(
    "chime",
    "InvocationEventType",
    has("CallDetails"),
    _Places(
        ("CallDetails.SipMediaApplicationId",),
        of="chime.amazonaws.com/",
        cause=("CallDetails.TransactionId",),
        ids=("CallDetails.TransactionId", "Sequence"),
        label="CallDetails.TransactionId",
    ),
)
CHANNEL = _service(
    "chime",
    "ChannelMessage",
    has("CallbackId"),
    _Places(
        ("ChannelMessage.ChannelArn",),
        cause=("ChannelMessage.Sender.Arn",),
        ids=("CallbackId",),
        label="ChannelMessage.MessageId",
    ),
)
CHAT_BOT = _service(
    "chime",
    "Discussion",
    has("Sender", "EventType"),
    _Places((), of="chime.amazonaws.com", cause=("Sender.SenderId",)),
)
LABELLING = _service("sagemaker", "labelingJobArn", has("version"), _Places(("labelingJobArn",)))
AUTO_SCALING = _service(
    "auto-scaling",
    "AutoScalingGroupARN",
    has("CapacityToTerminate"),
    _Places(("AutoScalingGroupARN",)),
)
HOOK = _service(
    "cloudformation",
    "actionInvocationPoint",
    has("hookTypeName", "requestData"),
    _Places(("stackId", "hookTypeName"), ids=("clientRequestToken",)),
    _of_hook,
)
FLOW = _service(
    "bedrock",
    "flow",
    has("messageVersion", "node"),
    _Places(("flow.flowAliasArn", "flow.flowArn"), of="bedrock.amazonaws.com/"),
)
KNOWLEDGE_BASE = _service(
    "bedrock",
    "ingestionJobId",
    has("knowledgeBaseId", "inputFiles"),
    _Places(("knowledgeBaseId",), of="bedrock.amazonaws.com/"),
)
APP_CONFIG = _service(
    "appconfig",
    "InvocationId",
    _holds("Type", "Application.Id"),
    _Places(("Application.Id",), of="appconfig.amazonaws.com/", ids=("InvocationId",)),
)
