"""Looking at executions: pages, lists, and what AWS may answer instead. moto has none of it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from affidavit_harness.execution_polling import (
    ActionTracker,
    EnteredState,
    HistoryPoller,
    ListPoller,
    asked,
)
from harness_parts import Stage

ARN = "arn:aws:states:eu-west-1:111122223333:execution:prices-dev-harness:"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:prices-dev-harness"


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "stepfunctions",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - nothing is sent
    )


def _event(number: int, kind: str = "TaskStateEntered") -> dict[str, Any]:
    entered = {"stateEnteredEventDetails": {"name": f"state {number}"}}
    told = {"id": number, "type": kind, "timestamp": 0}
    return told | entered if kind.endswith("Entered") else told


def test_a_history_of_several_pages_is_read_to_its_end(client: Any) -> None:
    """Only what is new is told; once ended, it stays ended."""
    first = {"events": [_event(1), _event(2)], "nextToken": "more"}
    last = {"events": [_event(3), _event(4, "ExecutionSucceeded")]}
    asked_for = {"executionArn": ARN + "a", "includeExecutionData": False}
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_response("get_execution_history", first, asked_for)
            stub.add_response("get_execution_history", last, {**asked_for, "nextToken": "more"})
        watch = HistoryPoller(client)
        told = watch.poll(ARN + "a", 1)
        again = watch.poll(ARN + "a", 4)

    assert ([(2, "state 2"), (3, "state 3")], True) == (told.entered, told.ended)
    assert ([], True, "SUCCEEDED") == again


def test_a_run_that_has_just_begun_has_no_history_yet(client: Any) -> None:
    """AWS reads it a little later than it starts."""
    with Stubber(client) as stub:
        stub.add_client_error("get_execution_history", "ExecutionDoesNotExist")
        told = HistoryPoller(client).poll(ARN + "a", 0)

    assert ([], False) == (told.entered, told.ended)


def test_one_list_serves_many_runs(client: Any) -> None:
    """Of several pages, and asked once a second, however many runs there are."""

    def page(*names: str) -> dict[str, Any]:
        common = {"stateMachineArn": MACHINE, "status": "RUNNING", "startDate": 0}
        return {"executions": [{**common, "executionArn": ARN + n, "name": n} for n in names]}

    wanted = {"stateMachineArn": MACHINE, "statusFilter": "RUNNING"}
    with Stubber(client) as stub:
        stub.add_response("list_executions", {**page("a"), "nextToken": "more"}, wanted)
        stub.add_response("list_executions", page("b"), {**wanted, "nextToken": "more"})
        watch = ListPoller(client, MACHINE)
        ended = [watch.poll(ARN + name, 0).ended for name in "abca"]
        stub.assert_no_pending_responses()

    assert [False, False, True, False] == ended


def test_what_passes_is_waited_for_and_what_does_not_is_told(client: Any) -> None:
    """Throttling and time-outs are no verdict; a missing right is."""

    def fail(error: Exception) -> Any:
        def ask() -> None:
            raise error

        return ask

    def refused(code: str) -> ClientError:
        return ClientError({"Error": {"Code": code, "Message": "no"}}, "ListExecutions")

    assert asked(fail(refused("ThrottlingException"))) is None
    assert asked(fail(ReadTimeoutError(endpoint_url="https://states"))) is None
    with pytest.raises(ClientError):
        asked(fail(refused("AccessDeniedException")))
    with Stubber(client) as stub:
        stub.add_client_error("list_executions", "ThrottlingException")
        assert ListPoller(client, MACHINE).poll(ARN + "a", 0).ended


def test_states_say_which_action_a_run_is_at(tmp_path: Any) -> None:
    """Another look at the same action is not the next one."""
    text = """\
actions:
  - {id: put, uses: shelf.put, with: {key: a}, undo: none}
  - id: look
    uses: shelf.look
    check: [{select: value, eq: 1}]
    eventually: {timeout: 60s, every: 30s}
"""
    tracker = ActionTracker(Stage(tmp_path).load(text).scenario)
    names = (
        *("PrepareAndExecuteActions", "HandleActionResult", "ExecuteAtomicAction"),
        *("HandleActionResult", "ExecuteAtomicAction", "HandleActionResult", "WaitBeforePoll"),
        *("ExecuteAtomicAction", "HandleActionResult", "VerifyFinalAssertions"),
    )
    states = [EnteredState(number, name) for number, name in enumerate(names)]
    told = [said.id for one in states for said in tracker.events([one])]

    assert ["put", "look", "assertions"] == told
