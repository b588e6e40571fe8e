"""EventBridge: targets that moto's rules do not know."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from affidavit_localcloud.functions.arn_delivery import deliver
from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.rights.access import AccessControl, ServiceActor, of_service
from affidavit_localcloud.rights.patterns import NOTHING
from affidavit_localcloud.rights.resources import Region

OURS: Final = frozenset({"lambda", "sns", "sqs", "states"})
SERVICE: Final = "events.amazonaws.com"


def send_events_to_functions(queue: AsynchronousQueue, access: AccessControl) -> None:
    """Send what a rule wants to functions, topics, queues and machines; the rest is moto's."""
    from moto.events.models import EventTemplateParser, Rule  # noqa: PLC0415 - heavy

    send = Rule.send_to_targets

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002
        if not self.event_pattern.matches_event(original_event):
            return
        mine = [target for target in self.targets if is_ours(target)]
        rest = copy.copy(self)
        rest.targets = [target for target in self.targets if target not in mine]
        send(rest, original_event, transform_input)
        origin = EventSender(access, Region(self.account_id, self.region_name), SERVICE, self.arn)
        for target in mine:
            told = target.get("Input")
            if told is None:
                given = target.get("InputTransformer", {}) if transform_input else {}
                event = EventTemplateParser.parse(
                    input_template=given.get("InputTemplate"),
                    input_paths_map=given.get("InputPathsMap", {}),
                    event=original_event,
                )
                told = json.dumps(_as_sent(event))
            send_to_target(origin, target, told, queue)

    Rule.send_to_targets = send_to_targets


def is_ours(target: dict[str, Any]) -> bool:
    """Tell whether we send to a target; moto knows groups of FIFO queues."""
    return target["Arn"].split(":")[2] in OURS and not target.get("SqsParameters")


class EventSender(NamedTuple):
    """Which rule or schedule sends, and in whose name unless a target names a role."""

    access: AccessControl
    place: Region
    service: str
    arn: str


def send_to_target(
    origin: EventSender, target: Mapping[str, Any], text: str, queue: AsynchronousQueue
) -> None:
    """Send to a target as its role, or as the service; what is refused goes to its dead letters.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    arn, role = str(target["Arn"]), target.get("RoleArn")
    service = of_service(origin.access, origin.service, origin.place, origin.arn)
    sender: ServiceActor | None = service
    if role:
        assumed = origin.access.assume(origin.service, str(role), "events", service.context)
        sender = None if assumed is None else service._replace(caller=assumed, context=NOTHING)
    if sender is not None and deliver(sender, arn, text, queue.take):
        return
    dead = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead:
        attributes = {
            "RULE_ARN": origin.arn,
            "TARGET_ARN": arn,
            "ERROR_CODE": "NO_PERMISSIONS",
            "ERROR_MESSAGE": "The target may not be invoked.",
        }
        deliver(service, str(dead), text, queue.take, attributes)


def _as_sent(event: Any) -> Any:
    """Return an event with its time as text; moto keeps it as a number."""
    if not isinstance(event, dict) or not isinstance(event.get("time"), (int, float)):
        return event
    return {**event, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["time"]))}
