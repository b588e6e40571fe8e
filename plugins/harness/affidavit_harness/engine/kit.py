"""What an action may use: clients, the run's names, the time that is left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from affidavit_harness.errors import RefusedActionError

READING: Final = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Receive")
"""What an operation that only reads starts with. Receiving hides a message for a while."""


class Run(NamedTuple):
    """One execution of one case of one scenario. Times in milliseconds since 1970."""

    id: str
    scenario: str
    case: str
    env: str
    started_ms: int
    deadline_ms: int

    @property
    def prefix(self) -> str:
        """Return what every key of test data starts with."""
        return f"it#{self.id}#"


class Kit(NamedTuple):
    """Handed to each action. Everything is opened on first use and kept for the process."""

    run: Run
    read_only: bool
    hosts: tuple[str, ...]
    loopback: bool
    client: Callable[[str], Any]
    function: Callable[[str], Callable[[Any, str], Any] | None]
    runtime: Callable[[], Any]
    resolve: Callable[[str, int], list[str]]
    left_s: Callable[[], float]
    now_ms: Callable[[], int]


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


def scope_of(run: Run, inputs: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what templates may refer to, without captures."""
    digits = f"{int(run.id, 32) & (2**128 - 1):032x}" if run.id else "0" * 32
    uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
    return {
        "run": {
            "id": run.id,
            "uuid": uuid,
            "prefix": run.prefix,
            "scenario": run.scenario,
            "started_at": run.started_ms // 1000,
            "expires_at": run.started_ms // 1000 + 86_400,
        },
        "env": run.env,
        "inputs": dict(inputs),
        "case": dict(case),
        "vars": {},
    }
