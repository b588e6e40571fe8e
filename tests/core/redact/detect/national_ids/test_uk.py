"""UK National Insurance numbers."""

import pytest

from affidavit._redact.detect.national_ids.uk import add_insurance
from affidavit._redact.types.match import Match, TextView


def _found(text: str) -> list[str]:
    hits: list[Match] = []
    start = text.index("12")
    add_insurance(TextView(text), start, text.index("56") + 2, hits)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize(
    ("text", "number"),
    [("x AB123456C y", "AB123456C"), ("AB 12 34 56 C", "AB 12 34 56 C"),
     ("ab 123456 c", "ab 123456 c"), ("my ni number: ab123456c", "ab123456c")],
)  # fmt: skip
def test_a_number_is_found_whole(text: str, number: str) -> None:
    """With spaces or without; in small letters where a space or a word makes it sure."""
    assert [number] == _found(text)


@pytest.mark.parametrize(
    "text", ["ab123456c", "xAB123456C", "AB123456C9", "BG123456C", "AB123456E", "B123456C"]
)
def test_another_word_is_left(text: str) -> None:
    """A part of a digest, letters that are never used."""
    assert [] == _found(text)
