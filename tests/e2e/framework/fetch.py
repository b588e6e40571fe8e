"""Look at what a deployed service leaves, and wait for it, but not for ever."""

from __future__ import annotations

import base64
import json
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from affidavit.plugin import Entry, Record
from affidavit_dynamodb.items import entry_of
from e2e.framework.clouds import Cloud

T = TypeVar("T")


class TooLateError(AssertionError):
    """What was waited for did not come."""


def eventually(
    fetch: Callable[[], T], until: Callable[[T], bool] = bool, *, deadline_s: float = 60
) -> T:
    """Fetch again and again until it is as it should be; return it."""
    end = time.monotonic() + deadline_s
    while True:
        found = fetch()
        if until(found):
            return found
        if time.monotonic() > end:
            raise TooLateError(f"not within {deadline_s:.0f} s; there was: {str(found)[:500]}")
        time.sleep(0.3)


class Answer(NamedTuple):
    """What an API answered."""

    status: int
    body: Any
    headers: dict[str, str]


def get(url: str, headers: dict[str, str] | None = None, **query: str) -> Answer:
    """Ask an API of ours for something, as any caller would."""
    asked = f"{url}?{urllib.parse.urlencode(query)}" if query else url
    return ask("GET", asked, None, headers)


def ask(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """Send a request to an API of ours, with a body in JSON if there is one."""
    data = None if body is None else json.dumps(body).encode()
    said = {"content-type": "application/json"} if data else {}
    request = urllib.request.Request(  # noqa: S310 - our own API
        url, data, {**said, **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return Answer(answer.status, json.loads(answer.read()), dict(answer.headers))
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, json.loads(refused.read()), dict(refused.headers))


def call(cloud: Cloud, function: str, event: Any, *, later: bool = False) -> Any:
    """Invoke a function's live alias; return its answer, or the error that it ended with.

    One that may run once at a time, and is at it because its minute has come, is asked again.
    """
    client = cloud.client("lambda")

    def invoke() -> Any:
        try:
            return client.invoke(
                FunctionName=f"{function}:live",
                InvocationType="Event" if later else "RequestResponse",
                Payload=json.dumps(event).encode(),
            )
        except client.exceptions.TooManyRequestsException:
            return None

    answered = eventually(invoke)
    data = answered["Payload"].read()
    return json.loads(data) if data else None


def entries(cloud: Cloud, table: str) -> list[Entry]:
    """Return what stands in the ledger's table, chain by chain, in order."""
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    found = [entry_of(item) for page in pages for item in page["Items"]]
    return sorted(found, key=lambda entry: (entry.writer, entry.seq))


def records(cloud: Cloud, table: str) -> list[dict[str, Any]]:
    """Return the records themselves, as the JSON that was hashed."""
    return [dict(Record.parse(entry.body).document) for entry in entries(cloud, table)]


def objects(cloud: Cloud, bucket: str, prefix: str = "") -> list[str]:
    """Return the keys in a bucket."""
    listing = cloud.client("s3").get_paginator("list_objects_v2")
    pages = listing.paginate(Bucket=bucket, Prefix=prefix)
    return [str(one["Key"]) for page in pages for one in page.get("Contents", [])]


def log_lines(cloud: Cloud, group: str) -> list[str]:
    """Return everything that a log group holds."""
    pages = cloud.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [str(one["message"]) for page in pages for one in page["events"]]


def log_events(cloud: Cloud, group: str, event: str) -> list[dict[str, Any]]:
    """Return the log lines of one event."""
    return [line for line in _json_lines(cloud, group) if line.get("event") == event]


def metrics(cloud: Cloud, group: str) -> dict[str, float]:
    """Return the sums of the metrics that a function counted in EMF lines."""
    sums: dict[str, float] = {}
    for line in _json_lines(cloud, group):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                added = sum(value) if isinstance(value, list) else value
                sums[metric["Name"]] = sums.get(metric["Name"], 0) + added
    return sums


def trace_ids(cloud: Cloud, group: str) -> list[str]:
    """Return the ids of sampled traces, from the lines in which Lambda reports them."""
    lines = (line for text in log_lines(cloud, group) for line in text.splitlines())
    found = [line.split() for line in lines if line.startswith("XRAY TraceId:")]
    return [words[2] for words in found if words[-1] == "true"]


def public_key(cloud: Cloud, signer_url: str, to: Path) -> Path:
    """Write the public half of the sealer's key, which an auditor gets."""
    alias = urllib.parse.urlsplit(signer_url).path.lstrip("/")
    der = cloud.client("kms").get_public_key(KeyId=alias)["PublicKey"]
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    to.write_text(f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n")
    return to


def _json_lines(cloud: Cloud, group: str) -> Iterator[dict[str, Any]]:
    for text in log_lines(cloud, group):
        if text.startswith("{"):
            line = json.loads(text)
            if isinstance(line, dict):
                yield line
