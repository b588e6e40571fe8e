"""Event source mappings: look at each a few times a second, and serve those that have work."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.functions.service import Functions
from affidavit_localcloud.ticker import every
from affidavit_localcloud.triggers.kinesis import KinesisPoller
from affidavit_localcloud.triggers.queues import QueuePoller
from affidavit_localcloud.triggers.streams import StreamPoller

Poller = QueuePoller | StreamPoller | KinesisPoller

LOOK_S: Final = 0.1
WORKERS: Final = 8


class Mappings:
    """Polls for every enabled mapping; one batch per mapping at a time."""

    def __init__(
        self, functions: Functions, queue: AsynchronousQueue, stopping: threading.Event
    ) -> None:
        """Start looking."""
        self._functions = functions
        self._queue = queue
        self._pollers: dict[str, Poller] = {}
        self._at_work: set[str] = set()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="mapping")
        every(LOOK_S, self._look, stopping)

    def _look(self) -> None:
        known = dict(_mappings())
        for gone in self._pollers.keys() - known.keys():
            del self._pollers[gone]
        for name, mapping in known.items():
            try:
                self._look_at(name, mapping)
            except Exception as error:  # noqa: BLE001 - a queue or table may go away meanwhile
                _tell(name, error)

    def _look_at(self, name: str, mapping: Any) -> None:
        poller = self._pollers.get(name)
        if poller is None:
            poller = self._pollers[name] = self._make(mapping)
        with self._lock:
            busy = name in self._at_work
        if mapping.enabled and not busy and poller.has_work():
            with self._lock:
                self._at_work.add(name)
            self._pool.submit(self._serve, name, poller)

    def _serve(self, name: str, poller: Poller) -> None:
        try:
            poller.serve()
        except Exception as error:  # noqa: BLE001 - as above
            _tell(name, error)
        finally:
            with self._lock:
                self._at_work.discard(name)

    def _make(self, mapping: Any) -> Poller:
        service = mapping.event_source_arn.split(":")[2]
        if service == "sqs":
            return QueuePoller(mapping, self._functions)
        if service == "kinesis":
            return KinesisPoller(mapping, self._functions, self._queue)
        return StreamPoller(mapping, self._functions, self._queue)


def _tell(name: str, error: Exception) -> None:
    sys.stderr.write(f"event source mapping {name}: {type(error).__name__}\n")


def _mappings() -> Iterator[tuple[str, Any]]:
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - heavy

    for regions in list(lambda_backends.values()):
        for backend in list(regions.values()):
            for name, mapping in list(backend._event_source_mappings.items()):  # noqa: SLF001
                if mapping.event_source_arn.split(":")[2] in {"sqs", "dynamodb", "kinesis"}:
                    yield name, mapping
