"""boto3 clients: one per service and process, and in a read-only environment only for reading."""

from __future__ import annotations

import threading
from typing import Any, Final

from affidavit_harness.errors import RefusedActionError

READING: Final = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Receive")
"""What an operation that only reads starts with. Receiving hides a message for a while."""


class Clients:
    """boto3 clients, one per service and process, so that connections are reused.

    In a read-only environment a client refuses to send anything but reads: the
    second wall behind the engine's own check, and before the role's.
    """

    def __init__(self, *, read_only: bool) -> None:
        self._read_only = read_only
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """Return the client of `service`."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        import boto3  # noqa: PLC0415 - heavy
        from botocore.config import Config  # noqa: PLC0415 - heavy

        config = Config(
            connect_timeout=3,
            read_timeout=30,
            max_pool_connections=32,
            retries={"mode": "standard", "total_max_attempts": 4},
        )
        client = boto3.session.Session().client(service, config=config)
        if self._read_only:
            client.meta.events.register_first("before-call.*.*", refuse_writes)
        return client


def refuse_writes(model: Any, **_: Any) -> None:
    """Stop a request that is not a read, before it is sent."""
    name = str(model.name)
    if not name.startswith(READING):
        raise RefusedActionError(
            "Harness.ReadOnly",
            f"{name} is not sent",
            why="this environment is read-only",
            fix="Run the scenario elsewhere, or leave the action out",
        )
