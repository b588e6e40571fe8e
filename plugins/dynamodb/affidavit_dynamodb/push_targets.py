"""Push to EventBridge or Firehose: in batches, and again from the first that was not taken.

Both may take a part of a batch. What stands behind the first refusal is sent again with it,
so that the last copies of a chain's events are in its order.
Sources of the limits: the API references of PutEvents and PutRecordBatch.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import SplitResult

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerRefusedError, LedgerUnavailableError
from affidavit.plugin import Json
from affidavit_dynamodb.clients import code_of, fix_for, is_transient, patient
from affidavit_dynamodb.location import locate_bus, locate_stream

ATTEMPTS: Final = 6
"""How often in a row nothing may be taken before it is given up."""

_TIME_BYTES: Final = 14
"""What EventBridge counts for an entry's time."""


class BatchTarget(ABC):
    """A service that takes batches, and says of each entry whether it was taken."""

    service: str
    most: int
    """Entries of one batch."""
    most_bytes: int
    """Bytes of one batch."""
    entry_bytes: int
    """Bytes of one entry."""

    def __init__(
        self, name: str, region: str = "", sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._name = name
        self._region = region
        self._sleep = sleep
        self._made: Any = None

    @abstractmethod
    def _entry(self, event: Mapping[str, Json]) -> tuple[dict[str, Any], int]:
        """Return an event as the service takes it, and how many bytes it counts for."""

    @abstractmethod
    def _put(self, client: Any, entries: Sequence[dict[str, Any]]) -> list[str]:
        """Hand over a batch; return each entry's error code, empty if it was taken."""

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        """Send the events in batches, each once the one before was taken whole."""
        for batch in self._batches(events):
            self._send(batch)

    def _batches(self, events: Sequence[Mapping[str, Json]]) -> Iterator[list[dict[str, Any]]]:
        batch: list[dict[str, Any]] = []
        held = 0
        for event in events:
            entry, size = self._fitting(event)
            if batch and (len(batch) == self.most or held + size > self.most_bytes):
                yield batch
                batch, held = [], 0
            batch.append(entry)
            held += size
        if batch:
            yield batch

    def _fitting(self, event: Mapping[str, Json]) -> tuple[dict[str, Any], int]:
        """Leave out the record's own bytes if the event is too large; their hash stays.

        Raises:
            LedgerRefusedError: It is too large even so.

        """
        entry, size = self._entry(event)
        if size > self.entry_bytes:
            entry, size = self._entry({k: v for k, v in event.items() if k != "raw_data"})
        if size > self.entry_bytes:
            raise LedgerRefusedError(
                "an event is too large for its target",
                why=f"{self.service} takes {self.entry_bytes} bytes",
                fix="Push to a file or to syslog",
            )
        return entry, size

    def _send(self, batch: Sequence[dict[str, Any]]) -> None:
        failed = 0
        while batch:
            code = ""
            try:
                codes = self._put(self._client(), batch)
            except (BotoCoreError, ClientError) as error:
                code = code_of(error)
                failed = failed if is_transient(error) else ATTEMPTS - 1
            else:
                taken = next((at for at, code in enumerate(codes) if code), len(batch))
                code = codes[taken] if taken < len(batch) else ""
                failed, batch = (0 if taken else failed), batch[taken:]
            if code:
                failed += 1
                if failed == ATTEMPTS:
                    raise LedgerUnavailableError(
                        "the push target has not taken the events",
                        why=f"{self.service} answered {code}",
                        fix=fix_for(code),
                    )
                self._sleep(0.1 * 2**failed)

    def _client(self) -> Any:
        if self._made is None:
            self._made = patient(self.service, self._region)
        return self._made


class EventBus(BatchTarget):
    """An event bus; each event's detail is the OCSF event."""

    service = "events"
    most = 10
    most_bytes = entry_bytes = 256 * 1024

    def __init__(self, name: str, source: str, region: str = "", **more: Any) -> None:
        super().__init__(name, region, **more)
        self._source = source

    def _entry(self, event: Mapping[str, Json]) -> tuple[dict[str, Any], int]:
        said: Any = event
        detail = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        kind = str(event["class_name"])
        size = len(detail.encode()) + len(self._source) + len(kind) + _TIME_BYTES
        return {
            "EventBusName": self._name,
            "Source": self._source,
            "DetailType": kind,
            "Time": said["time"] / 1000,
            "Detail": detail,
        }, size

    def _put(self, client: Any, entries: Sequence[dict[str, Any]]) -> list[str]:
        told = client.put_events(Entries=entries)["Entries"]
        return [str(one.get("ErrorCode") or "") for one in told]


class DeliveryStream(BatchTarget):
    """A Firehose stream; each record is an event and a line end."""

    service = "firehose"
    most = 500
    most_bytes = 4 * 1024 * 1024
    entry_bytes = 1000 * 1024

    def _entry(self, event: Mapping[str, Json]) -> tuple[dict[str, Any], int]:
        data = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        return {"Data": data}, len(data)

    def _put(self, client: Any, entries: Sequence[dict[str, Any]]) -> list[str]:
        told = client.put_record_batch(DeliveryStreamName=self._name, Records=entries)
        return [str(one.get("ErrorCode") or "") for one in told["RequestResponses"]]


def open_bus(url: SplitResult) -> EventBus:
    """Open the bus that an `eventbridge:` URL names.

    Raises:
        SettingsError: The URL has another form.

    """
    return EventBus(*locate_bus(url))


def open_stream(url: SplitResult) -> DeliveryStream:
    """Open the stream that a `firehose:` URL names.

    Raises:
        SettingsError: The URL has another form.

    """
    return DeliveryStream(*locate_stream(url))
