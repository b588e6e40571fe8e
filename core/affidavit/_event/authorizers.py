"""Functions that decide who may ask: for API Gateway, AppSync, IoT and Transfer Family.

Nobody is known yet when an authorizer is asked, so the actor is the API.
"""

from __future__ import annotations

from typing import Any, Final

from affidavit._event.event_source import Delivery, EventSource, allowed_by, has
from affidavit._types import Event
from affidavit._untrusted import mapping, text


def _api_gateway(event: Event, _: Any) -> Delivery:
    """Describe both payload formats; the ARN is the method's or the route's."""
    context = mapping(event.get("requestContext"))
    arn = text(event.get("methodArn")) or text(event.get("routeArn"))
    name = text(context.get("requestId"))
    return Delivery(
        event=name,
        label=name,
        # Without method and path, which may hold a name: arn:aws:execute-api:…:<api>/<stage>
        service="/".join(arn.split("/")[:2]),
        address=text(mapping(context.get("identity")).get("sourceIp"))
        or text(mapping(context.get("http")).get("sourceIp")),
    )


def _asks(event: Event) -> bool:
    return text(event.get("type")) in {"TOKEN", "REQUEST"}


def _appsync(event: Event, _: Any) -> Delivery:
    context = mapping(event.get("requestContext"))
    name = text(context.get("requestId"))
    return Delivery(event=name, label=name, service=text(context.get("apiId")))


def _is_appsync(event: Event) -> bool:
    context = mapping(event.get("requestContext"))
    return "apiId" in context and "methodArn" not in event and "routeArn" not in event


def _iot(event: Event, _: Any) -> Delivery:
    name = text(mapping(event.get("connectionMetadata")).get("id"))
    return Delivery(event=name, label=name, service="iot.amazonaws.com")


def _transfer(event: Event, _: Any) -> Delivery:
    return Delivery(
        service=text(event.get("serverId")),
        cause=text(event.get("username")),
        address=text(event.get("sourceIp")),
    )


def _client_vpn(event: Event, _: Any) -> Delivery:
    name = text(event.get("connection-id"))
    return Delivery(
        event=name,
        label=name,
        service=text(event.get("endpoint-id")),
        cause=text(event.get("common-name")) or text(event.get("username")),
        address=text(event.get("public-ip")),
    )


def _of_policy(answer: Any) -> int:
    """Read both forms of an answer to API Gateway: a yes or no, and an IAM policy."""
    said = mapping(answer)
    if "isAuthorized" in said:
        return _YES_OR_NO(said)
    found = mapping(said.get("policyDocument")).get("Statement")
    statements = found if isinstance(found, list) else [found]
    allows = any(mapping(one).get("Effect") == "Allow" for one in statements)
    return 200 if allows else 403


def _of_role(answer: Any) -> int:
    """Transfer Family lets nobody in without a role."""
    return 200 if text(mapping(answer).get("Role")) else 403


_YES_OR_NO: Final = allowed_by("isAuthorized")

API_GATEWAY = EventSource(
    "apigw.authorizer",
    _api_gateway,
    markers=("methodArn", "routeArn"),
    recognise=_asks,
    code=_of_policy,
)
APPSYNC = EventSource(
    "appsync.authorizer",
    _appsync,
    markers=("authorizationToken",),
    recognise=_is_appsync,
    code=_YES_OR_NO,
)
IOT = EventSource(
    "iot.authorizer",
    _iot,
    markers=("protocolData",),
    recognise=has("protocols"),
    code=allowed_by("isAuthenticated"),
)
TRANSFER = EventSource(
    "transfer.authorizer",
    _transfer,
    markers=("serverId",),
    recognise=has("username", "protocol"),
    code=_of_role,
)
CLIENT_VPN = EventSource(
    "client-vpn",
    _client_vpn,
    markers=("endpoint-id",),
    recognise=has("connection-id"),
    code=allowed_by("allow"),
)
