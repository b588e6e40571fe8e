"""What a redactor makes of a text or an object depends on nothing that it has read before.

It remembers names that mean nothing and texts that are clean; a memory that took one for
another would let a secret pass once an innocent value has stood in its place.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor

RULES: Final = load_policy("baseline").redaction._replace(packs=tuple(Pack))

NAMES: Final = (
    "password", "testpass", "first_pass", "count", "in", "status", "ssn", "apiKey", "-Api-Key",
    "--token", "db.password", "card number", "born-on 23 January 1980 in", "key", "name", "type",
    "zip", "Größe", "über pass", "sid", "version", "-auth", "secret key", "code", "[EMAIL]",
    "a@example.com", "seen 97020463596.", "address", "value", "String",
)  # fmt: skip
VALUES: Final = (
    "ok", "3", "", "true", "Hunter2!x", "Zx9!kkq2vv", '"Hunter2!x"', "(none)", "412-68-1357",
    "10:20", "Anna Schmidt", "$1", "null", "198.51.100.7", "Hunter2!x]",
)  # fmt: skip
SHAPES: Final = (
    "{0}={2}", "{0}: {2}", "{0} = {2}", '"{0}": "{2}"', "{0} (String): {2}", "{0}<String>: {2}",
    "<{0}>{2}</{0}>", "[{0}]: {2}", "({0}: {2})", "{1} {0}: {2}", "{1}.{0}={2}", "{0} := {2}",
    "{0} => {2}", "--{0} {2}", "{1}: {0}: {2}", "{0} ?= {2}", "{0} != {2}", "**{0}**: {2}",
    'var {0} string = "{2}"', "-D{0}={2}", "{1} {0}={2}", 'name="{0}" value="{2}"', "{0}.={2}",
    "{0}={2} {0}={2}", "{0}): {2}",
)  # fmt: skip

texts = st.builds(
    str.format,
    st.sampled_from(SHAPES),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.sampled_from(VALUES),
)
items = st.recursive(
    st.sampled_from([*VALUES, 3, True, None, 412681357]),
    lambda inner: (
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=3) | st.lists(inner, max_size=2)
    ),
    max_leaves=5,
)
objects = st.dictionaries(st.sampled_from(NAMES), items, min_size=1, max_size=3)


def read(*values: Any) -> Any:
    """Let one redactor read values, and return what becomes of the last."""
    redactor = Redactor(RULES)
    return [redactor.clean(value, Sink.LOG) for value in values][-1]


@given(st.lists(texts, min_size=1, max_size=12), texts)
def test_a_text_is_read_the_same_whatever_was_read_before(before: list[str], text: str) -> None:
    """And twice."""
    assert read(text) == read(*before, text) == read(text, text)


@given(st.lists(objects, min_size=1, max_size=6), objects)
def test_an_object_is_read_the_same_whatever_was_read_before(
    before: list[dict[str, Any]], value: dict[str, Any]
) -> None:
    """And twice."""
    assert read(value) == read(*before, value) == read(value, value)


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        ("foo (String): x", "password (String): Hunter2xy", "password (String): [dropped]"),
        ("testpass=ok", "testpass=Hunter2!x", "testpass=[dropped]"),
        ("seen it.: x", "[GOV_ID].=x", "[GOV_ID].=x"),
        ({"-Api-Key": {"key": 3}}, {"-Api-Key": {"key": 3}}, {"-Api-Key": {"key": 3}}),
        (
            {"[EMAIL]": 1},
            {"a@example.com": 1, "[EMAIL]": 2},
            {"[EMAIL]": 1, "[EMAIL] 2": 2},
        ),
    ],
    ids=("a type", "a doubtful name", "a label", "a name with a dash", "a label as a key"),
)
def test_what_an_innocent_one_would_have_hidden(before: Any, value: Any, expected: Any) -> None:
    """Samples of the kind."""
    assert expected == read(value).value == read(before, value).value
