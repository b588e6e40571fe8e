"""Check digits and issuing rules of numbers that states and health services give."""

import pytest
from hypothesis import given

import redact_strategies as my
from affidavit._redact.detect.check_digits import is_itin, is_mbi, is_nhs, is_nino, is_npi, is_ssn


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        pytest.param("412681357", True, id="ordinary"),
        pytest.param("899991234", True, id="last area"),
        pytest.param("000681357", False, id="area 000"),
        pytest.param("666681357", False, id="area 666"),
        pytest.param("900681357", False, id="area 900"),
        pytest.param("412001357", False, id="group 00"),
        pytest.param("412680000", False, id="serial 0000"),
        pytest.param("41268135", False, id="eight digits"),
    ],
)
def test_social_security_numbers_that_were_never_issued(digits: str, expected: bool) -> None:
    """Areas 000, 666 and 9xx, group 00 and serial 0000 do not exist."""
    assert expected is is_ssn(digits)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("912501234", True), ("912651234", True), ("912701234", True), ("912881234", True),
        ("912921234", True), ("912991234", True), ("912491234", False), ("912661234", False),
        ("912891234", False), ("912931234", False), ("812701234", False), ("91270123", False),
    ],
)  # fmt: skip
def test_taxpayer_numbers_have_their_groups(digits: str, expected: bool) -> None:
    """The middle is 50 to 65, 70 to 88, 90 to 92 or 94 to 99."""
    assert expected is is_itin(digits)


@given(my.nhs_numbers())
def test_nhs_numbers_check_modulo_eleven(number: str) -> None:
    """The last digit checks the others, and no other digit does."""
    digits = number.replace(" ", "")

    assert is_nhs(digits)
    assert not is_nhs(digits[:-1] + str((int(digits[-1]) + 1) % 10))


def test_ten_equal_digits_are_no_nhs_number() -> None:
    """They pass the check and are what people type to fill a field."""
    assert not is_nhs("1111111111")


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("1427000077", False), ("1427000070", False), ("1234567893", True), ("0234567893", False)],
)
def test_provider_numbers_check_with_their_prefix(digits: str, expected: bool) -> None:
    """Luhn runs over 80840 and the number, which begins with 1 or 2."""
    assert expected is is_npi(digits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CE123456A", True), ("JG103759A", True), ("DE123456A", False), ("CE123456E", False),
        ("GB123456A", False), ("ZZ123456A", False), ("CO123456A", False), ("CE12345A", False),
    ],
)  # fmt: skip
def test_insurance_numbers_have_their_letters(text: str, expected: bool) -> None:
    """Some letters and prefixes are not used."""
    assert expected is is_nino(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1EG4TE5MK73", True), ("0EG4TE5MK73", False), ("1SG4TE5MK73", False), ("1EG4TE5MK7", False)],
)
def test_medicare_identifiers_have_their_form(text: str, expected: bool) -> None:
    """Each place has its kind; S, L, O, I, B and Z are not used."""
    assert expected is is_mbi(text)
