"""SQS: fetch a batch, call the function, delete what it has done with."""

from __future__ import annotations

import json
from typing import Any, Final

from affidavit_localcloud.functions.service import (
    Functions,
    InvokeRequest,
    InvokeResponse,
    ThrottledError,
)
from affidavit_localcloud.rights.needs import Need, key_needs
from affidavit_localcloud.rights.resources import Region
from affidavit_localcloud.triggers.event_batches import (
    BatchWindow,
    failed_items,
    matches,
    reports_items,
    role_of,
)

DENIED_S: Final = 10.0
"""Before a queue is looked at again that the function's role may not read."""

READS: Final = ("GetQueueAttributes", "ReceiveMessage", "DeleteMessage")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""


class QueuePoller:
    """Polls one queue for one function.

    What a function fails with stays in the queue, and is visible again after the
    queue's visibility timeout; the queue's redrive policy decides how often.
    """

    def __init__(self, mapping: Any, functions: Functions) -> None:
        """Remember what to poll."""
        from moto.sqs.models import sqs_backends  # noqa: PLC0415 - heavy

        self._mapping = mapping
        self._functions = functions
        _, _, _, self._region, self._account, self._name = mapping.event_source_arn.split(":", 5)
        self._queues = sqs_backends[self._account][self._region]
        self._window = BatchWindow(mapping)

    def has_work(self) -> bool:
        """Tell whether a batch is complete, or has waited long enough."""
        queue = self._queues.queues.get(self._name)
        return self._window.is_over(len(queue.messages) if queue is not None else 0)

    def serve(self) -> None:
        """Fetch one batch and serve it."""
        self._window.open()
        if not self._may_read():
            self._window.rest(DENIED_S)
            return
        queue = self._queues.get_queue(self._name)
        messages = self._queues.receive_message(
            self._name, self._mapping.batch_size, 0, int(queue.visibility_timeout), ["All"]
        )
        records = []
        for message in messages:
            record = self._record(message)
            if matches(self._mapping, _for_filter(record)):
                records.append(record)
            else:
                self._queues.delete_message(self._name, message.receipt_handle)
        if not records:
            return
        payload = json.dumps({"Records": records}).encode()
        call = InvokeRequest(self._account, self._region, self._mapping.function_arn, payload)
        try:
            answer = self._functions.call(call)
        except ThrottledError:
            for record in records:  # it comes back at once, as one more receive
                self._queues.change_message_visibility(self._name, record["receiptHandle"], 0)
            return
        self._settle(answer, records)

    def _settle(self, answer: InvokeResponse, records: list[dict[str, Any]]) -> None:
        """Delete what the function has done with."""
        everyone = {record["messageId"] for record in records}
        failed: set[str] | None = everyone if answer.error else set()
        if not answer.error and reports_items(self._mapping):
            failed = failed_items(answer.payload)
        if failed is None or failed - everyone:  # an answer that makes no sense, or names others
            failed = everyone
        for record in records:
            if record["messageId"] not in failed:
                self._queues.delete_message(self._name, record["receiptHandle"])

    def _may_read(self) -> bool:
        """Tell whether the function's role lets Lambda take messages from the queue."""
        place = Region(self._account, self._region)
        arn = self._mapping.event_source_arn
        reads = (Need(f"sqs:{action}", arn) for action in READS)
        key = key_needs(place, place.queue_key(self._name), "sqs", "Decrypt")
        role = role_of(self._functions, self._mapping, self._account, self._region)
        return role.may(*reads, *key)

    def _record(self, message: Any) -> dict[str, Any]:
        attributes = {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": str(message.sender_id),
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        }
        for name, value in (
            ("MessageGroupId", message.group_id),
            ("MessageDeduplicationId", message.deduplication_id),
            ("SequenceNumber", message.sequence_number),
        ):
            if value is not None:
                attributes[name] = str(value)
        trace = (message.system_attributes or {}).get("AWSTraceHeader")
        if trace:
            attributes["AWSTraceHeader"] = str(trace.get("string_value") or "")
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": {
                name: _attribute(value) for name, value in message.message_attributes.items()
            },
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.event_source_arn,
            "awsRegion": self._region,
        }


def _attribute(value: Any) -> dict[str, Any]:
    """Return a message's attribute as an event has it."""
    kind = value.get("DataType") or "String"
    told: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": kind}
    text, data = value.get("StringValue"), value.get("BinaryValue")
    if text is not None:
        told["stringValue"] = text
    if data is not None:
        told["binaryValue"] = data.decode("ascii") if isinstance(data, bytes) else data
    return told


def _for_filter(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as filters see it: a body of JSON is looked into."""
    try:
        body = json.loads(record["body"])
    except ValueError:
        return record
    return {**record, "body": body if isinstance(body, dict) else record["body"]}
