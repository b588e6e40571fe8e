"""JSON inside a text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit._redact.normalise.embedded_json import Repeated, after_blank, read, write


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ('{"a": 1} x', 0, ({"a": 1}, 8)),
        ("x [1]", 2, ([1], 5)),
        ('"a"', 0, ("a", 3)),
        ("1", 0, None),
        ("[x]", 0, None),
        ("", 0, None),
    ],
)
def test_a_document_is_read_where_it_begins(text: str, start: int, expected: object) -> None:
    """Objects, lists and texts; a number alone can hide nothing that a text cannot."""
    assert expected == read(text, start)


def test_a_repeated_name_is_told() -> None:
    """The object holds less than its text did."""
    found = read('{"a": {"b": 1, "b": 2}}', 0)

    assert found is not None
    assert isinstance(found[0], dict)
    assert isinstance(found[0]["a"], Repeated)


def test_a_document_that_is_too_deep_says_so() -> None:
    """The caller decides; here it fails closed."""
    with pytest.raises(RecursionError):
        read("[" * 100_000, 0)


@given(st.text(" \t\r\n", max_size=600), st.text("ab", max_size=3))
@example(" " * 600, "a")
def test_white_space_is_passed_over(blank: str, rest: str) -> None:
    """However much there is."""
    assert len(blank) == after_blank(blank + rest, 0)


def test_what_is_written_can_be_read() -> None:
    """Accents stay as they are: a reader of the log can read them."""
    assert '{"a": "Zo\u00eb"}' == write({"a": "Zo\u00eb"})
