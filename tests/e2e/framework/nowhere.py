"""Look for a string in everything that a stack has let out: logs, records, archive, queues."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any, NamedTuple

from e2e.framework.clouds import Cloud


class Exit(NamedTuple):
    """One thing that left a service: where it is, and its bytes."""

    place: str
    data: bytes


def exits(cloud: Cloud, name: str) -> Iterator[Exit]:
    """Yield everything that resources whose name starts with `name` hold.

    Metrics and trace ids are in the logs: both leave a function as lines.
    Dead letters are left out: they are whole events, on purpose, encrypted.
    """
    yield from _logs(cloud, name)
    yield from _tables(cloud, name)
    yield from _buckets(cloud, name)
    yield from _queues(cloud, name)


def places(cloud: Cloud, name: str, text: str) -> list[str]:
    """Return where a text occurs: as it is, or in a common encoding."""
    forms = _forms(text)
    found = (one.place for one in exits(cloud, name) if any(form in one.data for form in forms))
    return sorted(set(found))


def _forms(text: str) -> set[bytes]:
    raw = text.encode()
    quoted = {urllib.parse.quote(text), urllib.parse.quote_plus(text), json.dumps(text)[1:-1]}
    inner = {base64.b64encode(raw[start:])[4:-4] for start in range(3) if len(raw) > 9 + start}
    return {raw, raw.hex().encode(), *(form.encode() for form in quoted), *inner}


def _logs(cloud: Cloud, name: str) -> Iterator[Exit]:
    logs = cloud.client("logs")
    groups = logs.get_paginator("describe_log_groups")
    for kind in ("/aws/lambda/", "/aws/apigateway/"):
        for page in groups.paginate(logGroupNamePrefix=f"{kind}{name}"):
            for group in (one["logGroupName"] for one in page["logGroups"]):
                lines = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
                for lines_page in lines:
                    for event in lines_page["events"]:
                        yield Exit(f"log {group}", event["message"].encode())


def _tables(cloud: Cloud, name: str) -> Iterator[Exit]:
    dynamodb = cloud.client("dynamodb")
    for page in dynamodb.get_paginator("list_tables").paginate():
        for table in (one for one in page["TableNames"] if one.startswith(name)):
            for items in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in items["Items"]:
                    yield Exit(f"table {table}", b"\n".join(_leaves(item)))


def _buckets(cloud: Cloud, name: str) -> Iterator[Exit]:
    s3 = cloud.client("s3")
    for bucket in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        if bucket.startswith(name):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for one in page.get("Versions", []):
                    version = {"Key": one["Key"], "VersionId": one["VersionId"]}
                    data = s3.get_object(Bucket=bucket, **version)["Body"].read()
                    yield Exit(f"object {one['Key']}", one["Key"].encode() + b"\n" + data)


def _queues(cloud: Cloud, name: str) -> Iterator[Exit]:
    sqs = cloud.client("sqs")
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=name):
        for url in page.get("QueueUrls", []):
            if url.endswith("-dead"):
                continue
            told = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            for message in told.get("Messages", []):
                yield Exit(f"queue {url.rpartition('/')[2]}", message["Body"].encode())


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key.encode()
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode()
