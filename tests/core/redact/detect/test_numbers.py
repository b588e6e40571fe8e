"""Numbers without separators."""

import pytest

import redact_strategies as my
from affidavit._redact.detect.numbers import find_numbers
from affidavit._redact.types.match import Match, TextView


def _found(text: str, *, versioned: bool = False) -> list[tuple[str, str]]:
    hits: list[Match] = []
    find_numbers(TextView(text), hits, versioned=versioned)
    return [(text[hit.start : hit.end], hit.entity) for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("call +4930901820", ("+4930901820", "PHONE"), id="international"),
        pytest.param("ref=PAN4000056655665556X", ("4000056655665556", "CREDIT_CARD"), id="glued"),
        pytest.param('{"n":4000056655665556}', ("4000056655665556", "CREDIT_CARD"), id="in JSON"),
        pytest.param("my SSN 412681357", ("412681357", "US_SSN"), id="named nine digits"),
        pytest.param("ITIN: 912701234", ("912701234", "US_ITIN"), id="named taxpayer"),
        pytest.param("NHS no 9434765919", ("9434765919", "UK_NHS"), id="named NHS"),
        pytest.param("npi 1234567893", ("1234567893", "US_NPI"), id="named provider"),
        pytest.param("is CE123456A ok", ("CE123456A", "UK_NINO"), id="National Insurance"),
        pytest.param("nino ce123456a", ("ce123456a", "UK_NINO"), id="named, lower case"),
        pytest.param("card 400000000002", ("400000000002", "CREDIT_CARD"), id="named short card"),
    ],
)
def test_numbers_are_found(text: str, expected: tuple[str, str]) -> None:
    """By their check, and where the check is weak, by a word before them."""
    assert [expected] == _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "id 412681357", "id 9434765919", "account 123456789015", "at 1767225600123", "x+4930901820",
        "1e+10000000", "2026:19:03:58 +0000", "sha 3c014b4000056655665556af4c257d2f15", "ab123456c",
        "size 8491945172", "seq 41502240017110289723456786594638", "DE123456A", "XCE123456A",
    ],
)  # fmt: skip
def test_ordinary_numbers_are_left(text: str) -> None:
    """Identifiers, clocks, sizes and digests are none."""
    assert [] == _found(text)


def test_track_data_goes_with_its_card() -> None:
    """What follows the number on a magnetic stripe may never be kept (PCI DSS 3.3.1.1)."""
    track = ";4000056655665556=29121010000012300000?"

    assert ("CREDIT_CARD", "CARD_TRACK") == tuple(entity for _, entity in _found(track))
    assert track[1:] in dict(_found(track))


@pytest.mark.parametrize(
    ("entity", "words", "right", "wrong"),
    [
        ("US_SSN", ("ssn", "social security", "soc sec"), "412681357", "000681357"),
        ("US_ITIN", ("itin", "taxpayer", "ssn", "soc sec"), "912701234", "912491234"),
        ("UK_NHS", ("nhs",), "9434765919", "9434765918"),
        ("US_NPI", ("npi", "provider id"), "1234567893", "1234567894"),
    ],
)
def test_a_word_does_not_make_a_number_of_what_is_none(
    entity: str, words: tuple[str, ...], right: str, wrong: str
) -> None:
    """Nine or ten digits need both: a word before them, and their check."""
    for word in words:
        assert [(right, entity)] == _found(f"{word} {right}")
        assert [(right, entity)] == _found(f"{word.upper()} is {right}.")
        assert [] == _found(f"{word} {wrong}")
        for around in ("{} x{}", "{} {}x", "{} \u00e9{}"):
            assert [] == _found(around.format(word, right))
    assert [] == _found(f"number {right}")


@pytest.mark.parametrize("size", range(5, 22))
def test_each_length_of_bare_digits_is_looked_at_as_what_it_can_be(size: int) -> None:
    """Behind a plus from seven to fifteen digits, behind a word a card of twelve to nineteen."""
    digits = ("9" + "3" * 30)[: size - 1]
    number = digits + my.check_digit(digits)
    called = [(f"+{number}", "PHONE")] if 7 <= size <= 15 else []
    card = [(number, "CREDIT_CARD")] if 12 <= size <= 19 else []

    assert called + (card if size > 15 else []) == _found(f"visa +{number}")
    assert card == _found(f"visa {number}")
    assert [] == _found(f"x {number}")
