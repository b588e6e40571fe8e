"""Lists and tuples."""

from typing import Any

import pytest

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(my.rules())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a", 1, None], ["a", 1, None]),
        (("a", 1, None), ["a", 1, None]),
        (("password", "hunter"), ["password", "[dropped]"]),
        ([["cookie", "hunter"], ["accept", "all"]], [["cookie", "[dropped]"], ["accept", "all"]]),
        (["email", "phone"], ["email", "phone"]),
        (["4000", "0566", "5566", "5556"], ["[CREDIT_CARD]"] * 4),
        (["412", "68", "1357"], ["[US_SSN]"] * 3),
        (
            {"rawHeaders": ["Cookie", "hunter", "Host", "x"]},
            {"rawHeaders": ["Cookie", "[dropped]", "Host", "x"]},
        ),
        (("to %s", ("jane@example.com",)), "to [EMAIL]"),
        ([[], [[]]], [[], [[]]]),
    ],
)
def test_elements_are_redacted(value: Any, expected: Any) -> None:
    """One by one, or together where only together they mean something."""
    assert expected == REDACTOR.clean(value, Sink.LOG).value
