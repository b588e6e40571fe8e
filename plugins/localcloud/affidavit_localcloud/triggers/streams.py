"""DynamoDB streams: every change in order, again until it is done, or until it may be given up.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from affidavit.plugin import iso_utc, now_ms
from affidavit_localcloud.functions.arn_delivery import deliver
from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.functions.service import Functions, InvokeRequest, ThrottledError
from affidavit_localcloud.rights.access import ServiceActor
from affidavit_localcloud.rights.needs import Need, key_needs
from affidavit_localcloud.rights.resources import Region
from affidavit_localcloud.triggers.event_batches import (
    BatchWindow,
    failed_items,
    matches,
    reports_items,
    role_of,
)
from affidavit_service.times import new_id

WAIT_S: Final = 0.5
"""Before a batch is tried again; it doubles up to `LONGEST_S`."""

LONGEST_S: Final = 10.0

READS: Final = ("ListStreams", "DescribeStream", "GetShardIterator", "GetRecords")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html"""


class StreamPoller:
    """Reads one table's stream for one function. moto's streams have one shard."""

    INFO = "DDBStreamBatchInfo"

    def __init__(
        self,
        mapping: Any,
        functions: Functions,
        queue: AsynchronousQueue,
        shard: str = "shardId-00000001541626099285-f35f62ef",
    ) -> None:
        """Begin at the oldest record, or after the newest one."""
        self._mapping = mapping
        self._shard = shard
        self._functions = functions
        self._queue = queue
        arn = mapping.event_source_arn
        _, _, _, self._region, self._account, resource = arn.split(":", 5)
        self._name = resource.split("/")[1]
        newest = mapping.starting_position == "LATEST"
        self._next = len(self._items()) if newest else 0
        self._attempts = 0
        self._size: int | None = None
        self._window = BatchWindow(mapping)

    def has_work(self) -> bool:
        """Tell whether a batch is complete, or has waited long enough."""
        return self._window.is_over(len(self._items()) - self._next)

    def serve(self) -> None:
        """Serve one batch, once."""
        self._window.open()
        if not self._may_read():
            self._window.rest(LONGEST_S)
            return
        size = min(self._size or self._mapping.batch_size, self._mapping.batch_size)
        items = self._items()[self._next : self._next + size]
        records = [self._record(item) for item in items]
        wanted = [record for record in records if matches(self._mapping, record)]
        if not wanted:
            self._done(len(items))
            return
        payload = _event(wanted)
        call = InvokeRequest(self._account, self._region, self._mapping.function_arn, payload)
        try:
            answer = self._functions.call(call)
        except ThrottledError:
            self._window.rest(WAIT_S)
            return
        good = 0 if answer.error else self._first_failure(answer.payload, records)
        if good == len(items):
            self._done(good)
            return
        if good:  # what comes before the first failure is done with
            self._next += good
            self._attempts = 0
        self._failed(records[good:], size, answer.request_id)

    def _may_read(self) -> bool:
        """Tell whether the function's role lets Lambda read the stream."""
        place = Region(self._account, self._region)
        arn = self._mapping.event_source_arn
        reads = (Need(f"dynamodb:{action}", arn) for action in READS)
        key = key_needs(place, place.table_key(self._name), "dynamodb", "Decrypt")
        return self._role().may(*reads, *key)

    def _first_failure(self, payload: bytes, records: list[dict[str, Any]]) -> int:
        """Return how many records at the beginning are done with."""
        if not reports_items(self._mapping):
            return len(records)
        failed = failed_items(payload)
        numbers = [self._number(record) for record in records]
        if failed is None or failed - set(numbers):
            return 0
        return min((numbers.index(number) for number in failed), default=len(records))

    def _done(self, count: int) -> None:
        self._next += count
        self._attempts = 0
        self._size = None

    def _failed(self, records: list[dict[str, Any]], size: int, request_id: str) -> None:
        self._attempts += 1
        most = self._mapping.max_retry_attempts
        unlimited = most is None or int(most) < 0
        if not unlimited and self._attempts > int(most):
            self._give_up(records, request_id)
            self._done(len(records))
            return
        if self._mapping.bisect_on_error and len(records) > 1:
            self._size = max(1, min(size, len(records)) // 2)
        self._window.rest(min(WAIT_S * 2 ** (self._attempts - 1), LONGEST_S))

    def _give_up(self, records: list[dict[str, Any]], request_id: str) -> None:
        """Tell the mapping's destination where the records are; they are not in the message."""
        target = ((self._mapping.destination_config or {}).get("OnFailure") or {}).get(
            "Destination"
        )
        if not target:
            return
        numbers = [self._number(record) for record in records]
        told = {
            "version": "1.0",
            "timestamp": iso_utc(now_ms()),
            "requestContext": {
                "requestId": request_id or new_id(),
                "functionArn": self._mapping.function_arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": self._attempts,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            self.INFO: {
                "shardId": self._shard,
                "startSequenceNumber": numbers[0],
                "endSequenceNumber": numbers[-1],
                "batchSize": len(records),
                "streamArn": self._mapping.event_source_arn,
            },
        }
        deliver(self._role(), target, json.dumps(told), self._queue.take)

    def _role(self) -> ServiceActor:
        return role_of(self._functions, self._mapping, self._account, self._region)

    def _number(self, record: dict[str, Any]) -> str:
        return str(record["dynamodb"]["SequenceNumber"])

    def _items(self) -> list[Any]:
        from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415 - heavy

        table = dynamodb_backends[self._account][self._region].tables.get(self._name)
        shard = table.stream_shard if table is not None else None
        return list(shard.items) if shard is not None else []

    def _record(self, item: Any) -> dict[str, Any]:
        told = item.to_json()
        change = dict(told["dynamodb"])
        at = change.get("ApproximateCreationDateTime")
        if isinstance(at, datetime):
            change["ApproximateCreationDateTime"] = int(at.timestamp())
        return {
            **told,
            "awsRegion": self._region,
            "dynamodb": change,
            "eventSourceARN": self._mapping.event_source_arn,
        }


def _event(records: list[dict[str, Any]]) -> bytes:
    """Return the event; moto's own encoder knows what its attributes are made of."""
    from moto.dynamodb.models.utilities import DynamoJsonEncoder  # noqa: PLC0415 - heavy

    return json.dumps({"Records": records}, cls=DynamoJsonEncoder).encode()
