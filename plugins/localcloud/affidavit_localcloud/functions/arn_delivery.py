"""Send a message to where an ARN leads: a queue, a topic, a function, a machine, an event bus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from affidavit_localcloud.functions.service import InvokeRequest
from affidavit_localcloud.rights.access import ServiceActor
from affidavit_localcloud.rights.needs import Need, key_needs
from affidavit_localcloud.rights.resources import Region
from affidavit_service.times import new_id

Take = Callable[[InvokeRequest], object]
"""Takes an event for a function that is called in its own time."""

ACTIONS: Final = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "states": "states:StartExecution",
    "events": "events:PutEvents",
}


def deliver(
    sender: ServiceActor,
    arn: str,
    text: str,
    take: Take,
    attributes: Mapping[str, str] | None = None,
) -> bool:
    """Send `text` to `arn`; return whether the sender may, and that kind of target is known."""
    _, _, service, region, owner, name = arn.split(":", 5)
    account = owner or sender.place.account
    if service not in ACTIONS or not sender.may(*_needs(service, arn, Region(account, region))):
        return False
    if service == "sqs":
        _to_queue(account, region, name, text, attributes or {})
    elif service == "sns":
        _to_topic(account, region, arn, text, attributes or {})
    elif service == "lambda":
        take(InvokeRequest(account, region, arn, text.encode()))
    elif service == "states":
        _to_machine(account, region, arn, text)
    else:
        _to_bus(account, region, name, text)
    return True


def _needs(service: str, arn: str, place: Region) -> Iterator[Need]:
    yield Need(ACTIONS[service], arn)
    if service == "sqs":
        key = place.queue_key(arn.rpartition(":")[2])
        yield from key_needs(place, key, "sqs", "GenerateDataKey", "Decrypt")


def _to_queue(
    account: str, region: str, name: str, text: str, attributes: Mapping[str, str]
) -> None:
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - heavy

    typed = {key: {"DataType": "String", "StringValue": at} for key, at in attributes.items()}
    sqs_backends[account][region].send_message(name, text, message_attributes=typed or None)


def _to_topic(
    account: str, region: str, arn: str, text: str, attributes: Mapping[str, str]
) -> None:
    from moto.sns.models import sns_backends  # noqa: PLC0415 - heavy

    typed = {key: {"Type": "String", "Value": at} for key, at in attributes.items()}
    sns_backends[account][region].publish(text, arn=arn, message_attributes=typed)


def _to_machine(account: str, region: str, arn: str, text: str) -> None:
    from moto.stepfunctions.responses import get_backend  # noqa: PLC0415 - heavy

    get_backend(account, region).start_execution(
        state_machine_arn=arn, name=new_id(), execution_input=text
    )


def _to_bus(account: str, region: str, name: str, text: str) -> None:
    from moto.events.models import events_backends  # noqa: PLC0415 - heavy

    event = {
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result",
        "Detail": json.dumps(json.loads(text)),
        "EventBusName": name.partition("/")[2],
    }
    events_backends[account][region].put_events([event])
