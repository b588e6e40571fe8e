"""Card numbers: issuer range, length and check digit must agree."""

import pytest
from hypothesis import given

import redact_strategies as my
from affidavit._redact.detect.cards import Likely, card, luhn

BRANDS = {
    "visa": "4929000000006",
    "visa 16": "4000056655665556",
    "visa 19": "4000000000000000006",
    "mastercard": "5200828282828210",
    "mastercard 2-series, first": "2221000000000009",
    "mastercard 2-series, last": "2720990000000007",
    "american express": "343434343434343",
    "diners": "36700102000000",
    "discover": "6011000990139424",
    "jcb": "3566002020360505",
    "jcb, old series": "180000000000002",
    "union pay": "6222420000000009",
    "union pay 19": "6205500000000000004",
    "maestro": "6771798021000008",
    "mir": "2204120100000005",
}


@pytest.mark.parametrize("digits", BRANDS.values(), ids=BRANDS)
def test_every_brand_is_known(digits: str) -> None:
    """A number of each issuer's range and length is a card number."""
    assert luhn(digits.encode())
    assert card(digits.encode()) is Likely.YES


@given(my.cards())
def test_every_drawn_number_is_known(digits: str) -> None:
    """So is any number that is made by the rules."""
    assert card(digits.encode()) is Likely.YES


@given(my.cards())
def test_a_wrong_digit_shows(digits: str) -> None:
    """Luhn notices any single wrong digit."""
    wrong = str((int(digits[-1]) + 1) % 10)

    assert card((digits[:-1] + wrong).encode()) is Likely.NO


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        pytest.param("123456789015", Likely.NAMED, id="twelve digits, as account ids have"),
        pytest.param("1770000000007", Likely.NAMED, id="thirteen digits of a clock"),
        pytest.param("700000000000000005", Likely.NAMED, id="no issuer's range"),
        pytest.param("400000000002", Likely.NAMED, id="no length of the brand"),
        pytest.param("4006381333931", Likely.NO, id="a product code"),
        pytest.param("41111111111", Likely.NO, id="too short"),
        pytest.param("41111111111111111111", Likely.NO, id="too long"),
    ],
)
def test_what_only_looks_like_a_card_needs_a_word(digits: str, expected: Likely) -> None:
    """One number in ten has Luhn's digit: outside the ranges a word must name it."""
    assert expected is card(digits.encode())


def test_a_product_code_that_passes_luhn_needs_a_word() -> None:
    """Thirteen digits from 4 with both check digits are a product more often than a card."""
    both = next(
        body + my.check_digit(body)
        for body in (f"4{number:011}" for number in range(1000))
        if my.check_digit(body)
        == str(-sum((1, 3)[at % 2] * int(d) for at, d in enumerate(body)) % 10)
    )

    assert card(both.encode()) is Likely.NAMED


ISSUED = [
    (1800, 1800, "15"), (2131, 2131, "15"), (2200, 2204, "16 19"), (2221, 2720, "16"),
    (3000, 3059, "14 16"), (3095, 3095, "14"), (3400, 3499, "15"), (3528, 3589, "16 19"),
    (3600, 3699, "14 16"), (3700, 3799, "15"), (3800, 3999, "14"), (4000, 4999, "13 16 19"),
    (5000, 5099, "16 19"), (5100, 5599, "16"), (5600, 5899, "16 19"), (6000, 6099, "16 19"),
    (6200, 6299, "16 19"), (6300, 6399, "16 19"), (6400, 6599, "16 19"), (6700, 6799, "16 19"),
    (8100, 8299, "16 19"), (8600, 8600, "16"), (9792, 9792, "16"), (9860, 9860, "16"),
]  # fmt: skip
"""First four digits, and lengths, as the issuers publish them."""

EDGES = sorted(
    {one + step for low, high, _ in ISSUED for one in (low, high) for step in (-1, 0, 1)}
)


@pytest.mark.parametrize("size", range(11, 21))
def test_where_ranges_of_issuers_end(size: int) -> None:
    """At the first number and at the last one of each, and one beyond."""
    for first in EDGES:
        body = f"{first}{'2' * (size - 5)}"
        issued = any(
            low <= first <= high and str(size) in sizes.split() for low, high, sizes in ISSUED
        )
        expected = Likely.YES if issued else Likely.NAMED if 12 <= size <= 19 else Likely.NO
        assert expected is card((body + my.check_digit(body)).encode()), body
        wrong = (int(my.check_digit(body)) + 5) % 10
        assert card(f"{body}{wrong}".encode()) is Likely.NO
