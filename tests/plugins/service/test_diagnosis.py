"""A line of a log is told by its kind, and nothing of it is repeated but names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_service.diagnosis import diagnose

BINARY = "Unable to import module 'app': No module named 'pydantic_core._pydantic_core'"
DENIED = (
    "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: dynamodb:PutItem "
    "on resource: arn:aws:dynamodb:eu-west-1:1:table/secret-value"
)


def kinds(*events: str) -> list[str]:
    return [fault.kind for fault in diagnose(events)]


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        (f"[ERROR] Runtime.ImportModuleError: {BINARY}", "binary", "pydantic_core._pydantic_core"),
        (f"[ERROR] ClientError: {DENIED}", "rights", "dynamodb:PutItem"),
        ("INIT_REPORT Init Duration: 10000 ms Phase: init Status: timeout", "init-time", "start"),
        ("RequestId: 1 Error: Runtime exited with error: signal: killed", "memory", "memory"),
        ("Error: Runtime exited with error: signal: segmentation fault", "crash", "segmentation"),
        (
            "An error occurred (ThrottlingException) when calling the PutItem",
            "throttled",
            "PutItem",
        ),
        ("(KMSAccessDeniedException) when calling the GetItem operation", "key", "GetItem"),
        ("Type mismatch (ValidationException) when calling the PutItem", "request", "PutItem"),
        ("[ERROR] NoCredentialsError: Unable to locate credentials", "credentials", "credentials"),
        ("Function.ResponseSizeTooLarge", "answer-size", "larger"),
    ],
)
def test_what_cannot_be_planted_here_is_told_by_its_line(text: str, kind: str, word: str) -> None:
    """As AWS documents these lines."""
    (fault,) = diagnose([text])
    assert kind == fault.kind
    assert word in fault.found
    assert "secret-value" not in f"{fault}"


def test_a_log_in_json_says_the_same() -> None:
    """Lambda writes either form."""
    event = {
        "level": "ERROR",
        "errorType": "KeyError",
        "errorMessage": "'TABLE_NAME'",
        "stackTrace": ["  File app.py, line 2\n    T = os.environ['TABLE_NAME']"],
    }
    (fault,) = diagnose([json.dumps(event)])
    assert ("variable", "the variable TABLE_NAME is not set") == (fault.kind, fault.found)


def test_a_key_that_is_no_variable_is_not_repeated() -> None:
    """It may be data: only what the environment was asked for is a variable's name."""
    (fault,) = diagnose(["[ERROR] KeyError: 'CUSTOMER_7'\nTraceback: return rows[name]"])
    assert "raised" == fault.kind
    assert "CUSTOMER_7" not in f"{fault}"


def test_the_report_of_a_call_does_not_tell_it_again() -> None:
    """It has the kind of the failure and none of its names."""
    report = "REPORT RequestId: 1 Status: error Error Type: Runtime.ImportModuleError"
    assert ["binary"] == kinds(BINARY, report)
    assert ["import"] == kinds(report)


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_log_can_be_read(events: list[str]) -> None:
    """And a fault has a kind, and something to do."""
    assert all(fault.kind and fault.found and fault.fix for fault in diagnose(events))
