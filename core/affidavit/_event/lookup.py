"""Find an event's source by its shape: which members it has, and what they say.

No source is tried after another. The usual ones are told by the member that carries
their records; all others have a marker, and their module is imported when an event
with that marker comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from affidavit._event.event_source import EventSource
from affidavit._event.messaging import BY_RECORD, EVENTBRIDGE
from affidavit._types import Event
from affidavit._untrusted import is_object, mapping, text

RECORD: Final = "record:"
"""What a marker begins with that is the `eventSource` of records."""

_RARE: Final[Mapping[str, tuple[str, ...]]] = {
    "methodArn": ("authorizers.API_GATEWAY",),
    "routeArn": ("authorizers.API_GATEWAY",),
    "authorizationToken": ("authorizers.APPSYNC",),
    "protocolData": ("authorizers.IOT",),
    "serverId": ("authorizers.TRANSFER",),
    "endpoint-id": ("authorizers.CLIENT_VPN",),
    "info": ("appsync.RESOLVER",),
    "fieldName": ("appsync.RESOLVER",),
    "eventSource": ("brokers.KAFKA", "brokers.MQ", "brokers.DOCUMENTDB"),
    "window": ("windows.STREAM", "windows.KINESIS"),
    "deliveryStreamArn": ("transformations.FIREHOSE",),
    "applicationArn": ("transformations.FIREHOSE",),
    "invocationSchemaVersion": ("transformations.S3_BATCH",),
    "xAmzRequestId": ("transformations.S3_OBJECT_LAMBDA",),
    "triggerSource": ("accounts.USER_POOL",),
    "identityPoolId": ("accounts.SYNC",),
    "ResponseURL": ("deployment.CLOUDFORMATION",),
    "transformId": ("deployment.MACRO",),
    "configRuleArn": ("deployment.CONFIG",),
    "CodePipeline.job": ("deployment.CODEPIPELINE",),
    "LifecycleEventHookExecutionId": ("deployment.CODEDEPLOY",),
    "ClientRequestToken": ("deployment.SECRETS_MANAGER",),
    "DurableExecutionArn": ("durable.EXECUTION",),
    "awslogs": ("monitoring.LOGS",),
    "alarmData": ("monitoring.ALARM",),
    "widgetContext": ("monitoring.WIDGET",),
    "bot": ("conversation.LEX",),
    "Details": ("conversation.CONNECT",),
    "agent": ("conversation.BEDROCK",),
    "clickType": ("conversation.BUTTON",),
    "deviceEvent": ("conversation.BUTTON",),
    "templateArn": ("conversation.PROVISIONING",),
    "serviceMetadata": ("services.TRANSFER_STEP",),
    "external_function": ("services.REDSHIFT",),
    "@type": ("services.ATHENA",),
    "requestPayload": ("services.DESTINATION",),
    "context": ("services.SKILL",),
    "directive": ("services.SMART_HOME",),
    "header": ("services.SMART_HOME_2",),
    "Endpoints": ("services.PINPOINT",),
    "summaryVersion": ("services.WORKMAIL",),
    "InvocationEventType": ("services.CALL",),
    "ChannelMessage": ("services.CHANNEL",),
    "Discussion": ("services.CHAT_BOT",),
    "labelingJobArn": ("services.LABELLING",),
    "AutoScalingGroupARN": ("services.AUTO_SCALING",),
    "actionInvocationPoint": ("services.HOOK",),
    "flow": ("services.FLOW",),
    "ingestionJobId": ("services.KNOWLEDGE_BASE",),
    "InvocationId": ("services.APP_CONFIG",),
    "record:aws:ses": ("conversation.SES",),
    "record:aws:codecommit": ("deployment.CODECOMMIT",),
}
"""Markers, and where the sources are that have them. A test holds both sides to each other."""


class EventSources:
    """Every source that this process knows: the built-in ones and those of plugins."""

    __slots__ = ("_by_marker", "_markers")

    def __init__(self, offered: Iterable[EventSource] = ()) -> None:
        """Add what plugins offer. A built-in source comes before them."""
        self._by_marker: dict[str, list[EventSource | str]] = {
            marker: list(names) for marker, names in _RARE.items()
        }
        for source in offered:
            for marker in source.markers:
                self._by_marker.setdefault(marker, []).append(source)
        self._markers = self._by_marker.keys()

    def find(self, raw: Any) -> EventSource | None:
        """Return the source of an event that is no HTTP request; None for a direct call."""
        if isinstance(raw, list):
            return self._of_list(raw)
        event = mapping(raw)
        records = event.get("Records")
        if isinstance(records, list) and records:
            first = mapping(records[0])
            source = self._of_record(first)
            if source is not None:
                return source
            if is_object(first.get("cf")):  # CloudFront's record does not say whose it is
                return _built_in("services.CLOUDFRONT")
        if "detail-type" in event and "detail" in event and isinstance(event.get("source"), str):
            return EVENTBRIDGE
        found = self._markers & event.keys()
        for marker in found if len(found) < 2 else sorted(found):  # noqa: PLR2004
            for source in self._with(marker):
                if source.recognise(event):
                    return source
        return None

    def _of_record(self, record: Event) -> EventSource | None:
        for key in ("eventSource", "EventSource"):
            name = text(record.get(key))
            found = BY_RECORD.get(name)
            if found is not None:
                return found
            for source in self._with(RECORD + name) if name else ():
                return source
        return None

    def _of_list(self, raw: list[Any]) -> EventSource | None:
        """Recognise lists: of resolvers' contexts, and of records that a pipe hands over."""
        first = mapping(raw[0]) if raw else {}
        if "info" in first and "identity" in first:
            return _built_in("appsync.BATCH")
        source = self._of_record(first)
        if source is None and "eventSource" in first:
            source = next((one for one in self._with("eventSource") if one.recognise(first)), None)
        return None if source is None else _piped(source)

    def _with(self, marker: str) -> Iterator[EventSource]:
        for source in self._by_marker.get(marker, ()):
            yield _built_in(source) if isinstance(source, str) else source


def _built_in(name: str) -> EventSource:
    module, _, member = name.partition(".")
    source: EventSource = getattr(import_module(f"affidavit._event.{module}"), member)
    return source


def _piped(source: EventSource) -> EventSource:
    """Return how records come that EventBridge Pipes took out of `source`."""
    return source._replace(via="pipes", records=_records, batch=True)


def _records(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


BUILT_IN: Final = EventSources()
"""What is known without plugins."""
