"""IBANs: country, length and check digits must agree."""

import re
from pathlib import Path

import pytest
import stdnum
from hypothesis import given

import redact_strategies as my
from affidavit._redact.detect.iban import LENGTHS, find_ibans, iban_end, is_iban
from affidavit._redact.types.match import Match, TextView


def _found(text: str) -> list[str]:
    hits: list[Match] = []
    find_ibans(TextView(text), hits)
    return [text[hit.start : hit.end] for hit in hits]


@given(my.ibans())
def test_every_drawn_number_is_found_in_a_text(number: str) -> None:
    """Compact or in groups of four, with words around it."""
    assert [number] == _found(f"to {number} today")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("GB82WEST12345698765432", True, id="letters"),
        pytest.param("GB82WEST1234569876543", False, id="too short"),
        pytest.param("GB83WEST12345698765432", False, id="wrong check digits"),
        pytest.param("ZZ82WEST12345698765432", False, id="no such country"),
        pytest.param("GB82WEST1234569876543\u0662", False, id="foreign digit"),
    ],
)
def test_country_length_and_digits_agree(text: str, expected: bool) -> None:
    """ISO 13616 and ISO 7064."""
    assert expected is is_iban(text)


@pytest.mark.parametrize(
    "text",
    [
        "gb82west12345698765432",
        "GB82 WEST 1234 5698 7654 32",
        "GB82-WEST-1234-5698-7654-32",
        "GB82WEST-1234-5698-7654-32",
    ],
)
def test_ways_to_write_it(text: str) -> None:
    """In lower case, with spaces, with dashes."""
    assert len(text) == iban_end(text, 0)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GB82WEST12345698765432X", id="a longer word"),
        pytest.param("XGB82WEST12345698765432", id="the end of a word"),
        pytest.param("GB82 W EST1 2345 6987 6543 2", id="odd groups"),
        pytest.param("GB82", id="a head alone"),
        pytest.param("DE89!", id="a head and a mark"),
    ],
)
def test_what_is_none(text: str) -> None:
    """Nothing is found in words that only begin like one."""
    assert [] == _found(text)


def test_lengths_are_those_of_the_registry() -> None:
    """`python-stdnum` brings SWIFT's; ISO 13616 allows 34 characters at most."""
    lines = Path(stdnum.__file__).with_name("iban.dat").read_text().splitlines()
    countries = re.findall(r'^([A-Z]{2}) .*bban="([^"]+)"', "\n".join(lines), re.MULTILINE)

    assert LENGTHS == {
        country: 4 + sum(map(int, re.findall("([0-9]+)!", form))) for country, form in countries
    }
