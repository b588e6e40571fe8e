"""The definition of the state machine, as Terraform deploys it.

JSONPath and no variables, so that a plain interpreter runs it. A Catch on each
Task, not around them: a Catch further out loses the payload, and with it what
has to be undone. Retry is for infrastructure only: a failed check is data, and
a write is not done twice because something else failed.
"""

from __future__ import annotations

from typing import Any, Final

TIMEOUT_S: Final = 900
"""Of one execution. Test data of one that runs into it is swept."""

TASK_S: Final = 120
FUNCTION: Final = "${function_arn}"
"""Terraform's templatefile fills it in with the alias."""

_ERRORED: Final = "The harness could not judge; see the report."

_INFRASTRUCTURE: Final = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
)

_BUSY: Final = ("Lambda.TooManyRequestsException",)
"""Nothing has run then, so waiting is safe: a hundred runs at once share one function."""

_PATIENCE: Final = 99
"""Tries for a place in the function. Twenty were not enough: of 700 calls of a hundred runs that
share six places one was turned away each time. The machine's own timeout ends it in any case."""


def machine() -> dict[str, Any]:
    """Return the definition in Amazon States Language."""
    after_action = {
        "OK": "ExecuteAtomicAction",
        "POLL": "WaitBeforePoll",
        "FAN": "FanOutActions",
        "DONE": "VerifyFinalAssertions",
    }
    return {
        "Comment": "One case of one scenario: prepare, act, verify, clean up whatever happened.",
        "StartAt": "PrepareAndExecuteActions",
        "TimeoutSeconds": TIMEOUT_S,
        "States": {
            "PrepareAndExecuteActions": _task("prepare", "HandleActionResult"),
            "ExecuteAtomicAction": _task("act", "HandleActionResult"),
            "HandleActionResult": _choice(after_action),
            "WaitBeforePoll": _wait("ExecuteAtomicAction"),
            "FanOutActions": _fan_out(),
            "JoinActions": _task("join", "HandleActionResult"),
            "VerifyFinalAssertions": _task("verify", "HandleAssertionResult"),
            "HandleAssertionResult": _choice({"POLL": "WaitBeforeVerify"}),
            "WaitBeforeVerify": _wait("VerifyFinalAssertions"),
            "ListTestData": _task("list", "CleanUpTestData", then="Conclude"),
            "CleanUpTestData": _clean_up(),
            "Conclude": _task("conclude", "Verdict", then="TestErrored"),
            "Verdict": _verdict(),
            "TestSucceeded": {"Type": "Succeed"},
            "TestFailed": {"Type": "Fail", "Error": "Test.Failed", "CausePath": "$.summary"},
            "TestErrored": {"Type": "Fail", "Error": "Test.Error", "Cause": _ERRORED},
        },
    }


def _task(operation: str, following: str, *, then: str = "ListTestData") -> dict[str, Any]:
    """Call the function with the whole state; what goes wrong goes to `then`, with the state."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "TimeoutSeconds": TASK_S,
        "Parameters": {
            "FunctionName": FUNCTION,
            "Payload": {"op": operation, "execution.$": "$$.Execution.Id", "state.$": "$"},
        },
        "ResultSelector": {"state.$": "$.Payload"},
        "OutputPath": "$.state",
        "Retry": [_retry(_INFRASTRUCTURE), _retry(_BUSY, _PATIENCE)],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.broken", "Next": then}],
        "Next": following,
    }


def _retry(errors: tuple[str, ...], attempts: int = 4) -> dict[str, Any]:
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": 1,
        "BackoffRate": 2,
        "MaxAttempts": attempts,
        "MaxDelaySeconds": 20,
        "JitterStrategy": "FULL",
    }


def _choice(ways: dict[str, str]) -> dict[str, Any]:
    return {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.cursor.outcome", "StringEquals": outcome, "Next": following}
            for outcome, following in ways.items()
        ],
        "Default": "ListTestData",
    }


def _wait(following: str) -> dict[str, Any]:
    return {"Type": "Wait", "SecondsPath": "$.cursor.wait", "Next": following}


def _fan_out() -> dict[str, Any]:
    """Do each branch of a step by itself, polling included; what it says joins the state later.

    A branch gets the whole state and gives back its own part alone: what a state
    may hold is limited, and a branch is told nothing of the others.
    """
    branch = _task("branch", "HandleBranch")
    payload = {"op": "branch", "state.$": "$.state", "branch.$": "$.branch.told"}
    branch["Parameters"] = {"FunctionName": FUNCTION, "Payload": payload}
    branch["ResultSelector"] = {"told.$": "$.Payload"}
    branch["ResultPath"] = "$.branch"
    for name in ("OutputPath", "Catch"):
        del branch[name]
    again = {"Variable": "$.branch.told.cursor.outcome", "StringEquals": "POLL"}
    wait = {"Type": "Wait", "SecondsPath": "$.branch.told.cursor.wait", "Next": "ExecuteBranch"}
    choice = {"Type": "Choice", "Choices": [{**again, "Next": "WaitInBranch"}]}
    return {
        "Type": "Map",
        "ItemsPath": "$.branches",
        "MaxConcurrencyPath": "$.cursor.at_once",
        "ItemSelector": {"state.$": "$", "branch": {"told.$": "$$.Map.Item.Value"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "ExecuteBranch",
            "States": {
                "ExecuteBranch": branch,
                "HandleBranch": {**choice, "Default": "BranchEnded"},
                "WaitInBranch": wait,
                "BranchEnded": {"Type": "Pass", "OutputPath": "$.branch.told", "End": True},
            },
        },
        "ResultPath": "$.branches",
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.broken", "Next": "ListTestData"}
        ],
        "Next": "JoinActions",
    }


def _clean_up() -> dict[str, Any]:
    """Undo newest first, each with tries of its own: undoing twice is harmless."""
    return {
        "Type": "Map",
        "ItemsPath": "$.undo",
        "MaxConcurrency": 1,
        "ItemSelector": {"op": "undo", "entry.$": "$$.Map.Item.Value"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Undo",
            "States": {"Undo": _undo(), "UndoFailed": _undo_failed()},
        },
        "ResultPath": "$.cleaned",
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.broken", "Next": "Conclude"}],
        "Next": "Conclude",
    }


def _undo() -> dict[str, Any]:
    told = ("ok", "action", "uses", "tries", "run", "error")
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "TimeoutSeconds": TASK_S,
        "Parameters": {"FunctionName": FUNCTION, "Payload.$": "$"},
        "ResultSelector": {f"{name}.$": f"$.Payload.{name}" for name in told},
        "Retry": [
            _retry(_INFRASTRUCTURE),
            _retry(_BUSY, _PATIENCE),
            _retry(("States.TaskFailed", "States.Timeout"), 2),
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "UndoFailed"}],
        "End": True,
    }


def _undo_failed() -> dict[str, Any]:
    """Say what was left behind; the entry stays, and the sweep tries again."""
    error = {"name": "Harness.Undo", "what": "the undo failed", "why": "its function raised"}
    return {
        "Type": "Pass",
        "Parameters": {
            "ok": False,
            "tries": 3,
            "action.$": "$.entry.action",
            "uses.$": "$.entry.uses",
            "run.$": "$.entry.run",
            "error": {**error, "fix": "Run affidavit scenario cleanup"},
        },
        "End": True,
    }


def _verdict() -> dict[str, Any]:
    return {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.verdict", "StringEquals": "PASSED", "Next": "TestSucceeded"},
            {"Variable": "$.verdict", "StringEquals": "FAILED", "Next": "TestFailed"},
        ],
        "Default": "TestErrored",
    }
