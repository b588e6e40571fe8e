"""What batches of queues and of streams have in common."""

from __future__ import annotations

import json
import time
from typing import Any

from affidavit.plugin import now_ms
from affidavit_localcloud.functions.service import Functions, InvokeRequest, find
from affidavit_localcloud.rights.access import ServiceActor, of_role


class BatchWindow:
    """When a mapping's next batch may be served: it is complete, or has waited long enough."""

    def __init__(self, mapping: Any) -> None:
        self._mapping = mapping
        self._since: int | None = None
        self._not_before = 0.0

    def is_over(self, waiting: int) -> bool:
        """Tell whether so many that wait make a batch now."""
        if waiting <= 0:
            self._since = None
        if waiting <= 0 or time.monotonic() < self._not_before:
            return False
        if self._since is None:
            self._since = now_ms()
        window_ms = int(self._mapping.max_batch_window or 0) * 1000
        return waiting >= self._mapping.batch_size or now_ms() - self._since >= window_ms

    def open(self) -> None:
        """Begin with the next batch: what waits from now on."""
        self._since = None

    def rest(self, seconds: float) -> None:
        """Serve nothing for a while."""
        self._not_before = time.monotonic() + seconds


def failed_items(payload: bytes) -> set[str] | None:
    """Return which items a function reports as failed; None if its answer makes no sense.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: nothing,
    null, `{}` and an empty list mean that all went well.
    """
    try:
        told = json.loads(payload)
    except ValueError:
        return None
    if not told or (isinstance(told, dict) and not told.get("batchItemFailures")):
        return set()
    if not isinstance(told, dict) or not isinstance(told["batchItemFailures"], list):
        return None
    found = set()
    for item in told["batchItemFailures"]:
        name = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(name, str) or not name:
            return None
        found.add(name)
    return found


def reports_items(mapping: Any) -> bool:
    """Tell whether a mapping listens to reported failures."""
    return "ReportBatchItemFailures" in (mapping.function_response_types or ())


def matches(mapping: Any, event: dict[str, Any]) -> bool:
    """Tell whether an event passes the mapping's filters; without filters all do."""
    from moto.events.models import EventPattern  # noqa: PLC0415 - heavy

    filters = (mapping.filter_criteria or {}).get("Filters") or ()
    return not filters or any(
        EventPattern.load(one.get("Pattern")).matches_event(event) for one in filters
    )


def role_of(functions: Functions, mapping: Any, account: str, region: str) -> ServiceActor:
    """Return Lambda as it reads for a mapping: in the function's role."""
    function = find(InvokeRequest(account, region, str(mapping.function_arn), b""))
    name = str(function.function_name)
    return of_role(functions.pool.access, str(function.role), name, region)
