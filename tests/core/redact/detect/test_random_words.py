"""Words of which only the make is known, and lines of keys."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.model import Sink
from affidavit._redact import Redactor
from affidavit._redact.detect.random_words import is_key_line

REDACTOR = Redactor(my.rules())
DENSE = "aB3" * 12


@pytest.mark.parametrize("prefix", ["abc_", "acme-", "ac_live_", "acme_v1_", "a1b2-prod-"])
def test_a_prefix_and_many_random_letters_are_a_key(prefix: str) -> None:
    """Whoever issues it."""
    assert DENSE[:8] not in REDACTOR.text(f"got {prefix}{DENSE} from it", Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "object pi_3MtwBwLkdIwHu7ix28a3tqPa", "sha512-" + DENSE, "pod api-7d9f8b6c5d-x2k4q started",
        "layer abc_0123456789abcdef0123456789abcdef", "file /tmp/abc_" + DENSE + "/x",
        "image registry/abc-" + DENSE, "user_2NNEqL2nrIRdJ194ndJqAHwEfxC",
    ],
)  # fmt: skip
def test_an_identifier_stays(text: str) -> None:
    """Those have fewer letters, or fewer kinds of them."""
    assert text == REDACTOR.text(text, Sink.LOG)


@given(st.binary(min_size=48, max_size=48))
def test_a_line_of_a_key_is_dropped_by_itself(drawn: bytes) -> None:
    """A key that is printed line by line leaves as many texts."""
    line = base64.b64encode(drawn).decode()

    if is_key_line(line):
        assert REDACTOR.text(line, Sink.LOG) == "[dropped]"
        assert REDACTOR.text(line + "\n", Sink.LOG) == "[dropped]"


def test_most_lines_of_a_key_are_known() -> None:
    """The few without one of the kinds of letters are not."""
    lines = [base64.b64encode(bytes((at * 37 + one * 101) % 256 for one in range(48))).decode()
             for at in range(50)]  # fmt: skip

    assert sum(map(is_key_line, lines)) >= 45


@pytest.mark.parametrize("value", ["f" * 64, "abcd0123" * 8, "A" * 64])
def test_a_digest_is_no_line_of_a_key(value: str) -> None:
    """Hexadecimal digits of one case."""
    assert value == REDACTOR.text(value, Sink.LOG)


def test_a_field_of_that_length_stays() -> None:
    """Where a key of the object says what it is, the shape alone says nothing."""
    cursor = base64.b64encode(bytes(range(200, 248))).decode()

    assert is_key_line(cursor)
    assert REDACTOR.clean({"cursor": cursor}, Sink.LOG).value == {"cursor": cursor}
