"""AWS clients: one per service and process, and in a read-only environment only for reading."""

from __future__ import annotations

import threading
from typing import Any, Final

from affidavit_harness.errors import RefusedActionError

READING: Final = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Receive")
"""What an operation that only reads starts with. Receiving hides a message for a while."""


class Clients:
    """AWS clients, one per service and process, so that connections are reused.

    They are botocore's: boto3 makes the same ones, and reads more to make them.

    In a read-only environment a client refuses to send anything but reads: the
    second wall behind the engine's own check, and before the role's.
    """

    def __init__(self, *, read_only: bool) -> None:
        self._read_only = read_only
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """Return the client of `service`."""
        found = self._clients.get(service)
        if found is not None:  # whoever makes another one meanwhile is not waited for
            return found
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - heavy

        self._session = self._session or _session()

        config = Config(
            connect_timeout=3,
            read_timeout=30,
            max_pool_connections=32,
            retries={"mode": "standard", "total_max_attempts": 4},
        )
        client = self._session.create_client(service, config=config)
        if self._read_only:
            client.meta.events.register_first("before-call.*.*", refuse_writes)
        return client


def _session() -> Any:
    """Return a session, which reads profiles and models once for all clients.

    It does not list the folders of all four hundred services to learn that one of them is there:
    whoever asks for one that is not is told so when its model is looked for.
    """
    from botocore.session import Session  # noqa: PLC0415 - heavy

    session = Session()
    session.get_component("data_loader").list_available_services = lambda _: _Whatever()
    return session


class _Whatever(list[str]):
    """A list that holds whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


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
