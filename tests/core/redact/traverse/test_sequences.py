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


PEM = ["-----BEGIN RSA PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", "AAAEbm9uZQAAAAAAAAAB"]


@pytest.mark.parametrize("end", [[], ["-----END RSA PRIVATE KEY-----", "and more"]])
def test_lines_of_a_private_key_are_all_of_it(end: list[str]) -> None:
    """Only the first and the last of them say what they are."""
    kept = ["before"], end[1:]
    lines = [*kept[0], *PEM, *end]

    clean = REDACTOR.clean(lines, Sink.LOG).value

    assert [*kept[0], *["[dropped]"] * (len(lines) - 1 - len(kept[1])), *kept[1]] == clean


def test_a_private_key_that_is_put_together_by_a_program_is_gone() -> None:
    """Its first line alone is a text of JSON, and the key goes on behind it."""
    text = " +\n".join(f'"{line}"' for line in PEM)
    assert '"[dropped]' == REDACTOR.text(text, Sink.LOG)
