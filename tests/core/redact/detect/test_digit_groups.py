"""Numbers with separators."""

import pytest
from hypothesis import given

import redact_strategies as my
from affidavit._redact.detect.digit_groups import _ahead
from affidavit._redact.detect.numbers import find_numbers
from affidavit._redact.types.match import Match, TextView


def _found(text: str, *, versioned: bool = False) -> list[tuple[str, str]]:
    hits: list[Match] = []
    find_numbers(TextView(text), hits, versioned=versioned)
    return [(text[hit.start : hit.end], hit.entity) for hit in hits]


@pytest.mark.parametrize(
    ("number", "entity"),
    [
        ("4000 0566 5566 5556", "CREDIT_CARD"), ("4000-0566-5566-5556", "CREDIT_CARD"),
        ("4000.0566.5566.5556", "CREDIT_CARD"), ("4000_0566_5566_5556", "CREDIT_CARD"),
        ("3434-343434-34343", "CREDIT_CARD"), ("40000566 55665556", "CREDIT_CARD"),
        ("4 0 0 0 0 5 6 6 5 5 6 6 5 5 5 6", "CREDIT_CARD"), ("412-68-1357", "US_SSN"),
        ("412 68 1357", "US_SSN"), ("412.68.1357", "US_SSN"), ("912-70-1234", "US_ITIN"),
        ("(415) 555-0132", "PHONE"), ("415.555.0132", "PHONE"), ("1-415-555-0132", "PHONE"),
        ("+41 (0)44 668 18 00", "PHONE"), ("415-555-0132 ext. 7", "PHONE"),
        ("943 476 5919", "UK_NHS"), ("CE 12 34 56 A", "UK_NINO"), ("CE 123 456 A", "UK_NINO"),
        ("198.51.100.7", "IP"), ("198.51.100.9/24", "IP"),
    ],
)  # fmt: skip
def test_numbers_are_found_in_a_text(number: str, entity: str) -> None:
    """By the lengths of their groups, one separator between them, and their check."""
    assert [(number, entity)] == _found(f"it is {number}, then")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-23 10:57:08", "412-681-357", "412-68 1357", "000-68-1357", "978-3-16-148410-0",
        "part 555-123-4567-A", "AB-415-555-0132", "115-555-0132", "4000 0566 5566 5557",
        "550e8400-e29b-41d4-a716-446655440000", "1.2.3.4.5", "v1.2.3.4", "1.2.3.4a", "999.1.1.1",
        "agent 1.2.3.4", "474644 860512 695561 685362", "sku 407-72-B7276", "12345-6789",
        "1 2 3 4 5 6 7 8 9 10 11 12 13", "DE 12 34 56 A",
    ],
)  # fmt: skip
def test_ordinary_groups_are_left(text: str) -> None:
    """Dates, part numbers, versions and lists of numbers are none."""
    assert [] == _found(text)


def test_a_card_does_not_swallow_what_follows() -> None:
    """A telephone number, a card, a month: each keeps its own digits."""
    text = "+1 415 555 0132 4000 0566 5566 5556 12"

    assert [("+1 415 555 0132", "PHONE"), ("4000 0566 5566 5556", "CREDIT_CARD")] == _found(text)


def test_a_number_ends_where_no_country_has_longer_ones() -> None:
    """Fifteen digits (E.164): what follows is another number, however short."""
    assert [("+49 30 1234567", "PHONE")] == _found("+49 30 1234567 12345678 1")


def test_a_version_is_no_address() -> None:
    """Below a key that names a version, four numbers with dots are one."""
    assert [] == _found("2.14.0.7", versioned=True)
    assert [("2.14.0.7", "IP")] == _found("2.14.0.7")


def test_an_advertised_number_is_one_where_a_word_says_so() -> None:
    """Not issued, and yet meant."""
    assert [("987-65-4320", "US_SSN")] == _found("SSN 987-65-4320")


@given(my.spaced_cards())
def test_every_card_in_groups_is_found(number: str) -> None:
    """Of every brand, with every separator."""
    found = dict(_found(f"x {number} y"))

    assert number in found


@pytest.mark.parametrize("word", ["version", "revision", "sku", "part", "item", "model"])
def test_a_name_of_a_field_hides_no_person(word: str) -> None:
    """Whoever sends a request names its fields; only `part no. 875-95-2307` is a part's."""
    assert [("875-95-2307", "US_SSN")] == _found(f"a=b&{word}=875-95-2307")
    assert [] == _found("part no. 875-95-2307")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 943 476 5919", [("1 943 476 5919", "PHONE")]),
        ("(943 476 5919", [("(943 476 5919", "PHONE")]),
        ("943-476-5919", [("943-476-5919", "PHONE")]),
        ("NHS 943-476-5919", [("943-476-5919", "UK_NHS")]),
        ("043-476-5919", []), ("001 415 555 0132", [("001 415 555 0132", "PHONE")]),
        ("002 415 555 0132", [("415 555 0132", "PHONE")]),
        ("card order no. 4000 0566 5566 5557", []),
        ("card order no. 4000 0566 5566 5556", [("4000 0566 5566 5556", "CREDIT_CARD")]),
        ("order no. 4000 0566 5566 5556", []), ("card order no. 4000056655665557", []),
        ("412-681357", [("412-681357", "US_SSN")]), ("912-701234", [("912-701234", "US_ITIN")]),
        ("000-681357", []), ("a412-681357", []), ("412-681357/2", []), ("41268-1357", []),
        ("SSN 41268-1357", [("41268-1357", "US_SSN")]),
        ("412-68-1357 41268-1357", [("412-68-1357", "US_SSN"), ("41268-1357", "US_SSN")]),
        ("415-555-0132 x123456", [("415-555-0132 x123456", "PHONE")]),
        ("415-555-0132 extension 7", [("415-555-0132 extension 7", "PHONE")]),
        ("415-555-0132 y7", [("415-555-0132", "PHONE")]),
        ("415/555/0132", [("415/555/0132", "PHONE")]),
        ("(415)-555-0132", [("(415)-555-0132", "PHONE")]),
        ("1(415)555-0132", [("1(415)555-0132", "PHONE")]),
        ("1-(415)-555-0132", [("1-(415)-555-0132", "PHONE")]),
        ("198.51.100.7/33", [("198.51.100.7", "IP")]),
        ("198.51.100.7/3", [("198.51.100.7/3", "IP")]),
        ("198.51.100.7/24.1", [("198.51.100.7", "IP")]), ("x198.51.100.7", []),
        ("1984.51.100.7", []),
        ("4000 0566 5566 5556=2512101123", [("4000 0566 5566 5556", "CREDIT_CARD"),
                                            ("4000 0566 5566 5556=2512101123", "CARD_TRACK")]),
        ("4000056655665556D2512101123", [("4000056655665556", "CREDIT_CARD"),
                                         ("4000056655665556D2512101123", "CARD_TRACK")]),
        ("4000056655665556^DOE/JANE^2512101123?", [
            ("4000056655665556", "CREDIT_CARD"),
            ("4000056655665556^DOE/JANE^2512101123?", "CARD_TRACK")]),
        ("+1 415 555 0132 9", [("+1 415 555 0132", "PHONE")]), ("1+415 555 0132", [
            ("415 555 0132", "PHONE")]),
        ("+41 44 66", []), ("+41 44 668", [("+41 44 668", "PHONE")]), ("+0 44 668 18 00", []),
    ],
)  # fmt: skip
def test_which_number_it_is(text: str, expected: list[tuple[str, str]]) -> None:
    """By what stands before it, between its groups and behind it."""
    assert expected == _found(text)


@pytest.mark.parametrize(
    ("sizes", "ahead"),
    [
        ((), []),
        ((1, 1, 4, 1), [2, 1, 0, 1]),
        ((1,) * 23, [*range(23, 0, -1)]),
        ((1,) * 24, [24] * 24),
        ((1,) * 25 + (2, 1), [25] * 25 + [0, 1]),
    ],
)
def test_single_digits_are_counted_from_each_on(sizes: tuple[int, ...], ahead: list[int]) -> None:
    """And as a whole, where there are more than a number has."""
    assert ahead == _ahead(sizes)
