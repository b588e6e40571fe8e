"""Lex, Connect, Bedrock agents, SES and IoT devices: people who talk to a machine."""

from __future__ import annotations

from typing import Any

from affidavit._event.event_source import (
    Delivery,
    EventSource,
    allowed_by,
    has,
    joined,
    listed,
)
from affidavit._types import Event
from affidavit._untrusted import mapping, text


def _lex(event: Event, _: Any) -> Delivery:
    bot = mapping(event.get("bot"))
    # Version 1 has a name and a user, version 2 an id and a session.
    name = text(bot.get("id")) or text(bot.get("name"))
    return Delivery(
        service=f"lex.amazonaws.com/{name}",
        cause=text(event.get("sessionId")) or text(event.get("userId")),
    )


def _is_lex(event: Event) -> bool:
    return "sessionState" in event or "currentIntent" in event


def _connect(event: Event, _: Any) -> Delivery:
    said = mapping(mapping(event.get("Details")).get("ContactData"))
    return Delivery(service=text(said.get("InstanceARN")), cause=text(said.get("ContactId")))


def _is_connect(event: Event) -> bool:
    return "ContactData" in mapping(event.get("Details"))


def _bedrock(event: Event, _: Any) -> Delivery:
    agent = mapping(event.get("agent"))
    return Delivery(
        service=f"bedrock.amazonaws.com/{text(agent.get('id')) or text(agent.get('name'))}",
        cause=text(event.get("sessionId")),
    )


def _is_bedrock(event: Event) -> bool:
    # An agent asks for an action, or to have what its model said read.
    return "messageVersion" in event and ("actionGroup" in event or "promptType" in event)


def _of_action(answer: Any) -> int:
    """Read both forms of an answer to an agent: of an API, and of a function."""
    said = mapping(mapping(answer).get("response"))
    code = said.get("httpStatusCode")
    if type(code) is int and 100 <= code <= 599:  # noqa: PLR2004 - RFC 9110, section 15
        return code
    failed = mapping(said.get("functionResponse")).get("responseState") == "FAILURE"
    return 500 if failed else 200


def _ses(record: Event, _: Any) -> Delivery:
    mail = mapping(mapping(record.get("ses")).get("mail"))
    name = text(mail.get("messageId"))
    # Whom a mail says that it is from is nobody's word.
    return Delivery(event=joined("ses", name), label=name, service="ses.amazonaws.com")


def _device(event: Event, _: Any) -> Delivery:
    info = mapping(event.get("deviceInfo"))
    return Delivery(
        service="iot.amazonaws.com",
        cause=text(event.get("serialNumber")) or text(info.get("deviceId")),
    )


def _provisioning(event: Event, _: Any) -> Delivery:
    return Delivery(service=text(event.get("templateArn")), cause=text(event.get("certificateId")))


LEX = EventSource("lex", _lex, markers=("bot",), recognise=_is_lex)
CONNECT = EventSource("connect", _connect, markers=("Details",), recognise=_is_connect)
BEDROCK = EventSource(
    "bedrock-agent",
    _bedrock,
    markers=("agent",),
    recognise=_is_bedrock,
    code=_of_action,
)
SES = EventSource("ses", _ses, markers=("record:aws:ses",), records=listed("Records"), batch=True)
BUTTON = EventSource("iot", _device, markers=("clickType", "deviceEvent"))
PROVISIONING = EventSource(
    "iot",
    _provisioning,
    markers=("templateArn",),
    recognise=has("certificateId"),
    code=allowed_by("allowProvisioning"),
)
