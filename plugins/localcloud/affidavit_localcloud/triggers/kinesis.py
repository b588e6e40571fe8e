"""Kinesis: each shard in its own order, again until it is done, or until it may be given up.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import base64
from functools import partial
from typing import Any, Final

from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.functions.service import Functions, InvokeRequest, find
from affidavit_localcloud.rights.needs import Need
from affidavit_localcloud.triggers.streams import StreamPoller

READS: Final = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator")
FINDS: Final = ("ListShards", "ListStreams")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html"""


class KinesisPoller:
    """Reads one stream for one function, shard by shard: none waits for a bad record of another."""

    def __init__(self, mapping: Any, functions: Functions, queue: AsynchronousQueue) -> None:
        """Begin where the mapping says, in every shard."""
        self._make = partial(ShardPoller, mapping, functions, queue)
        self._arn = mapping.event_source_arn
        self._shards: dict[str, ShardPoller] = {}

    def has_work(self) -> bool:
        """Tell whether a shard has a batch."""
        for shard in _shards(self._arn):
            if shard not in self._shards:
                self._shards[shard] = self._make(shard)
        return any(shard.has_work() for shard in self._shards.values())

    def serve(self) -> None:
        """Serve one batch of each shard that has one."""
        for shard in list(self._shards.values()):
            if shard.has_work():
                shard.serve()


class ShardPoller(StreamPoller):
    """Reads one shard."""

    INFO = "KinesisBatchInfo"

    def _may_read(self) -> bool:
        """Tell whether the function's role lets Lambda read the stream; its key is AWS's own."""
        arn = self._mapping.event_source_arn
        reads = (Need(f"kinesis:{action}", arn) for action in (*READS, FINDS[0]))
        return self._role().may(*reads, Need(f"kinesis:{FINDS[1]}", "*"))

    def _items(self) -> list[Any]:
        shard = _shards(self._mapping.event_source_arn).get(self._shard)
        return list(shard.records.values()) if shard is not None else []

    def _number(self, record: dict[str, Any]) -> str:
        return str(record["kinesis"]["sequenceNumber"])

    def _record(self, item: Any) -> dict[str, Any]:
        number = str(item.sequence_number)
        data = item.data if isinstance(item.data, str) else base64.b64encode(item.data).decode()
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": item.partition_key,
                "sequenceNumber": number,
                "data": data,
                "approximateArrivalTimestamp": round(item.created_at, 3),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self._shard}:{number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": str(self._role_arn()),
            "awsRegion": self._region,
            "eventSourceARN": self._mapping.event_source_arn,
        }

    def _role_arn(self) -> str:
        call = InvokeRequest(self._account, self._region, str(self._mapping.function_arn), b"")
        return str(find(call).role)


def _shards(arn: str) -> dict[str, Any]:
    from moto.kinesis.models import kinesis_backends  # noqa: PLC0415 - heavy

    _, _, _, region, account, resource = arn.split(":", 5)
    stream = kinesis_backends[account][region].streams.get(resource.split("/")[1])
    return dict(stream.shards) if stream is not None else {}
