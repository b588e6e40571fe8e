"""Topics call functions with the event that AWS sends, and as the topic that they are."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Final

from affidavit.plugin import iso_utc, now_ms
from affidavit_localcloud.functions.arn_delivery import deliver
from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.rights.access import AccessControl, of_service
from affidavit_localcloud.rights.resources import Region

TOPICS: Final = "sns.amazonaws.com"


def let_topics_call(access: AccessControl, queue: AsynchronousQueue) -> None:
    """Stand before moto's publishing: its event names no topic, message or attribute."""
    from moto.sns.models import Subscription  # noqa: PLC0415 - heavy

    publish = Subscription.publish

    def call(self: Any, message: str, message_id: str, *args: Any, **kwargs: Any) -> None:
        if self.protocol != "lambda":
            publish(self, message, message_id, *args, **kwargs)
            return
        names = ("subject", "message_attributes", "group_id", "deduplication_id", "structure")
        said = {**dict(zip(names, args, strict=False)), **kwargs}
        attributes = said.get("message_attributes") or {}
        matcher = self._filter_policy_matcher
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if "json" in {said.get("structure"), said.get("message_structure")}:
            message = self._parse_message_structure(message, "lambda")
        event = _event(self, message, message_id, said.get("subject"), attributes)
        _, _, _, region, account, _ = self.topic.arn.split(":", 5)
        sender = of_service(access, TOPICS, Region(account, region), self.topic.arn)
        with contextlib.suppress(Exception):  # a topic does not hear of a function that is gone
            deliver(sender, self.endpoint, json.dumps(event), queue.take)

    Subscription.publish = call


def _event(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None,
    attributes: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the event of https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html."""
    told = {
        name: {"Type": one.get("Type"), "Value": one.get("Value")}
        for name, one in attributes.items()
    }
    sns = {
        "SignatureVersion": "1",
        "Timestamp": iso_utc(now_ms()),
        "Signature": "none here",
        "SigningCertUrl": "https://sns.invalid/none.pem",
        "MessageId": message_id,
        "Message": message,
        "MessageAttributes": told,
        "Type": "Notification",
        "UnsubscribeUrl": "https://sns.invalid/none",
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
    }
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "EventSource": "aws:sns",
        "Sns": sns,
    }
    return {"Records": [record]}
