"""Medicare beneficiary identifiers."""

import pytest

from affidavit._redact.detect.national_ids.us import find_mbis
from affidavit._redact.types.match import Match, TextView


def _found(text: str) -> list[str]:
    hits: list[Match] = []
    find_mbis(TextView(text), hits)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize("number", ["1EG4-TE5-MK73", "1EG4TE5MK73", "9xx9-xx9-xx99"])
def test_a_number_is_found(number: str) -> None:
    """As on the card, without dashes, in small letters with them."""
    assert [number] == _found(f"for {number}, twice")


@pytest.mark.parametrize(
    "text",
    ["1eg4te5mk73", "1SG4TE5MK73", "0EG4TE5MK73", "x-1EG4-TE5-MK73", "1EG4TE5MK73A", "1EG4TE5MK7"],
)
def test_another_word_is_left(text: str) -> None:
    """Letters that are never used, a part of a longer word, a wrong length."""
    assert [] == _found(text)
