"""See how executions go on: a few by their history, many by one list of those that run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from affidavit_harness.engine.call import error_name
from affidavit_harness.files.scenario_model import Scenario
from affidavit_harness.protocol import RunEvent

T = TypeVar("T")

FEW: Final = 8
"""So many at once are followed state by state. A history is long, and AWS limits how often an
account may ask: 20 times a second, and 5 for lists (Step Functions quotas, API actions)."""

HISTORY_S: Final = 0.05
LIST_S: Final = 1.0
ENDS: Final = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
"""Events of a history after which there is none, and the status of the execution then."""

PASSING: Final = frozenset(
    {
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "ReadTimeoutError",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Why AWS may not answer for a while, after boto3's own tries. The next look asks again."""


class EnteredState(NamedTuple):
    """A state that an execution has entered; `number` is the event's in its history."""

    number: int
    name: str


class ExecutionPoll(NamedTuple):
    """What one poll found: states that nobody has seen yet, and whether it may have ended.

    `status` is empty unless it has, and how is known.
    """

    entered: list[EnteredState]
    ended: bool
    status: str = ""


class ExecutionPoller(Protocol):
    """A way to poll executions, no more often than is of use. Safe to use from several threads."""

    least_s: float

    def poll(self, execution: str, seen: int) -> ExecutionPoll:
        """Poll one; `seen` is the number of the last state that is known."""
        ...


class HistoryPoller:
    """What each execution does, state by state."""

    least_s = HISTORY_S

    def __init__(self, client: Any) -> None:
        self._client = client
        self._ended: dict[str, str] = {}

    def poll(self, execution: str, seen: int) -> ExecutionPoll:
        """Read the history. Reading is consistent a little later than starting."""
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution, includeExecutionData=False
        )
        missing = self._client.exceptions.ExecutionDoesNotExist
        known = asked(lambda: [one for page in pages for one in page["events"]], also=missing)
        entered = []
        for one in known or ():
            if one["type"] in ENDS:
                self._ended[execution] = ENDS[one["type"]]
            elif "stateEnteredEventDetails" in one and one["id"] > seen:
                entered.append(EnteredState(one["id"], one["stateEnteredEventDetails"]["name"]))
        return ExecutionPoll(entered, execution in self._ended, self._ended.get(execution, ""))


class ListPoller:
    """Which executions run: one question for all of them. What they did, their reports say."""

    least_s = LIST_S

    def __init__(self, client: Any, machine: str) -> None:
        self._client, self._machine = client, machine
        self._lock = threading.Lock()
        self._running: frozenset[str] = frozenset()
        self._asked_at = 0.0

    def poll(self, execution: str, seen: int) -> ExecutionPoll:  # noqa: ARG002 - there are no events
        """Tell whether it is on the list. One that has just begun may not be yet."""
        with self._lock:
            if time.monotonic() - self._asked_at > LIST_S:
                self._running = asked(self._list) or self._running
                self._asked_at = time.monotonic()
            return ExecutionPoll([], execution not in self._running)

    def _list(self) -> frozenset[str]:
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=self._machine, statusFilter="RUNNING"
        )
        return frozenset(one["executionArn"] for page in pages for one in page["executions"])


def asked(ask: Callable[[], T], also: type[Exception] | None = None) -> T | None:
    """Return the answer; None if there is none now. A run goes on whether we look or not."""
    try:
        return ask()
    except Exception as error:
        if error_name(error) in PASSING or (also is not None and isinstance(error, also)):
            return None
        raise


class ActionTracker:
    """Which action a run is at, from the states that it enters."""

    def __init__(self, scenario: Scenario) -> None:
        self._steps = iter([scenario.of_step(n) for n in range(len(scenario.actions))])
        self._waited = False

    def events(self, entered: Iterable[EnteredState]) -> Iterator[RunEvent]:
        """Yield what to say of a history: an action began, or the assertions did."""
        for _, name in entered:
            if name == "ExecuteAtomicAction" and not self._waited:
                for action in next(self._steps, ()):
                    yield RunEvent(
                        event="action.began", id=action.id, uses=action.uses, state="began"
                    )
            elif name == "VerifyFinalAssertions":
                yield RunEvent(event="assertion.began", id="assertions", state="began")
            if name in {"ExecuteAtomicAction", "WaitBeforePoll"}:
                self._waited = name == "WaitBeforePoll"
