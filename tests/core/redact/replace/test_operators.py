"""What is written in place of a value."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.words import RedactionAction
from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact.replace.operators import STRICTNESS, Operators, canonical_form
from affidavit._redact.types.entities import DROPPED, ENTITIES, SECRETS

TOKENS = Tokens(TokenKey(kid="k7", key=b"k" * 32))
ACTIONS = Operators("2026-01-23", card_action=RedactionAction.REPLACE)


def _act(entity: str, action: RedactionAction, value: str, tokens: Tokens | None = TOKENS) -> str:
    return ACTIONS.act(entity, action, value, lambda: tokens)


@pytest.mark.parametrize(
    ("entity", "value", "expected"),
    [
        ("CREDIT_CARD", "4000 0566 5566 5556", "400005******5556"),
        ("CREDIT_CARD", "343434343434343", "343434*****4343"),
        ("CREDIT_CARD", "4929000000006", "4929*****0006"),
        ("CREDIT_CARD", "none", "[CREDIT_CARD]"),
        ("EMAIL", "Jane.Roe@Example.com", "[EMAIL]@Example.com"),
        ("EMAIL", "jane", "[EMAIL]"),
        ("PHONE", "+1 (415) 555-0132", "*********32"),
        ("IBAN", "GB82 WEST 1234 5698 7654 32", "GB" + "*" * 16 + "5432"),
        ("BANK_ACCOUNT", "12345678", "****5678"),
        ("BANK_ACCOUNT", "1234567", "[BANK_ACCOUNT]"),
        ("IP", "198.51.100.7, 2001:db8:7:8::1", "198.51.100.*, 2001:db8:7:*"),
        ("MAC_ADDRESS", "3c:22:fb:10:9a:04", "3c:22:fb:**:**:**"),
        ("US_SSN", "412-68-1357", "[US_SSN]"),
        ("US_ITIN", "912-70-1234", "[US_ITIN]"),
        ("NAME", "Jane", "[NAME]"),
    ],
)
def test_masks(entity: str, value: str, expected: str) -> None:
    """What cannot be masked is replaced; of an SSN no digit stays (HHS: the last four identify).

    What has been masked stays as it is.
    """
    assert expected == _act(entity, RedactionAction.MASK, value)
    if "*" in expected:
        assert expected == _act(entity, RedactionAction.MASK, expected)


@pytest.mark.parametrize(
    ("entity", "value", "expected"),
    [
        ("IP", "198.51.100.7", "198.51.100.*"),
        ("ADDRESS", "94110", "941**"),
        ("ADDRESS", "94110-1234", "941**"),
        ("ADDRESS", "03601", "000**"),
        ("ADDRESS", "12 Main St", "[ADDRESS]"),
        ("BIRTH_DATE", "1980-02-03", "1980"),
        ("BIRTH_DATE", "03/02/1980", "1980"),
        ("BIRTH_DATE", "1930-02-03", "[BIRTH_DATE]"),
        ("BIRTH_DATE", "in May", "[BIRTH_DATE]"),
        ("EMAIL", "jane@example.com", "[EMAIL]"),
    ],
)
def test_truncations(entity: str, value: str, expected: str) -> None:
    """Networks, ZIP areas of more than 20,000 people, years up to an age of 89."""
    assert expected == _act(entity, RedactionAction.TRUNCATE, value)


@pytest.mark.parametrize(
    ("entity", "shortest", "longest", "written"),
    [
        ("PHONE", 7, 15, lambda size: "*" * (size - 2 + (size == 10)) + "90"),
        ("BANK_ACCOUNT", 8, 34, lambda size: "*" * (size - 4) + "7890"),
        ("CREDIT_CARD", 12, 19, lambda size: "1234567890"[: min(6, size - 9)]
         + "*" * max(5, size - 10) + "7890"),
    ],
)  # fmt: skip
def test_what_is_too_short_or_too_long_for_a_mask_is_replaced(
    entity: str, shortest: int, longest: int, written: Callable[[int], str]
) -> None:
    """At both ends, and one beyond; ten digits of a telephone are North America's."""
    for size in range(shortest - 1, longest + 2):
        number = ("1234567890" * 4)[: size - 4] + "7890"
        expected = written(size) if shortest <= size <= longest else f"[{entity}]"
        assert expected == _act(entity, RedactionAction.MASK, number), size


@pytest.mark.parametrize(
    ("entity", "action", "value", "expected"),
    [
        ("IBAN", "mask", "AB" + "1" * 13, "AB" + "*" * 9 + "1111"),
        ("IBAN", "mask", "AB" + "1" * 12, "[IBAN]"),
        ("IBAN", "mask", "AB" + "1" * 32, "AB" + "*" * 28 + "1111"),
        ("IBAN", "mask", "AB" + "1" * 33, "[IBAN]"),
        ("IBAN", "mask", "A1" + "1" * 14, "[IBAN]"),
        ("IBAN", "mask", "\u00c4B" + "1" * 14, "[IBAN]"),
        ("BANK_ACCOUNT", "mask", "\u00e4" * 9, "[BANK_ACCOUNT]"),
        ("BANK_ACCOUNT", "mask", "12345678!", "[BANK_ACCOUNT]"),
        ("PHONE", "mask", "+4155550132", "********32"),
        ("PHONE", "mask", "(+415) 555-0132", "********32"),
        ("PHONE", "mask", "415-555-0132 ext. 12", "*********32"),
        ("EMAIL", "mask", "a@b.co, jane", "[EMAIL]"),
        ("EMAIL", "mask", " a@b.co ,c@d.org", "[EMAIL]@b.co, [EMAIL]@d.org"),
        ("MAC_ADDRESS", "mask", "3C-22-FB-10-9A-04", "3C-22-FB-**-**-**"),
        ("MAC_ADDRESS", "truncate", "3c:22:fb:10:9a:04", "3c:22:fb:**:**:**"),
        ("MAC_ADDRESS", "mask", "3c:22:fb:10:9a", "[MAC_ADDRESS]"),
        ("CREDIT_CARD", "truncate", "4000056655665556", "400005******5556"),
        ("IP", "mask", "198.51.100.*", "198.51.100.*"),
        ("ADDRESS", "truncate", "941**", "941**"),
        ("ADDRESS", "truncate", "9411", "[ADDRESS]"),
        ("ADDRESS", "mask", "94110", "[ADDRESS]"),
        ("BIRTH_DATE", "truncate", "1937", "1937"),
        ("BIRTH_DATE", "truncate", "1936", "[BIRTH_DATE]"),
        ("BIRTH_DATE", "truncate", "1980.2", "1980"),
        ("BIRTH_DATE", "truncate", " 1980/02/03T10:57:08Z ", "1980"),
        ("BIRTH_DATE", "truncate", "3.2.1980", "1980"),
        ("BIRTH_DATE", "truncate", "2.1980", "[BIRTH_DATE]"),
        ("NAME", "token", "[NAME]", "[NAME]"),
        ("EMAIL", "token", "tok_k1_EMAIL_" + "0" * 32, "tok_k1_EMAIL_" + "0" * 32),
        ("US_SSN", "token", "--", "[US_SSN]"),
    ],
)  # fmt: skip
def test_what_each_form_takes(entity: str, action: str, value: str, expected: str) -> None:
    """And what it does not."""
    assert expected == _act(entity, RedactionAction(action), value)


@pytest.mark.parametrize(
    "area",
    ["036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878",
     "879", "884", "890", "893"],
)  # fmt: skip
def test_areas_of_few_people_have_no_number(area: str) -> None:
    """HHS lists seventeen of them; the one before and the one after may stay."""
    assert "000**" == _act("ADDRESS", RedactionAction.TRUNCATE, f"{area}10")
    assert 17 == sum(
        "000**" == _act("ADDRESS", RedactionAction.TRUNCATE, f"{one:03}10")
        for one in range(1, 1000)
    )


@pytest.mark.parametrize(
    ("entity", "written", "canonical"),
    [
        ("CREDIT_CARD", "4000-0566 5566.5556", "4000056655665556"),
        ("US_SSN", "12681357", "012681357"),
        ("US_ITIN", "912-70-1234", "912701234"), ("UK_NHS", "943 476 5919", "9434765919"),
        ("US_NPI", "1234567893", "1234567893"), ("US_NPI", "x", ""), ("US_SSN", "x", ""),
        ("PHONE", "415 555 0132", "14155550132"), ("PHONE", "+41 44 668 18", "414466818"),
        ("PHONE", "+4144668180", "4144668180"), ("PHONE", "555 0132 x 77", "5550132"),
        ("IBAN", "gb82 west", "GB82WEST"), ("UK_NINO", "qq 12 34 56 c", "QQ123456C"),
        ("US_MBI", "1eg4-te5-mk73", "1EG4TE5MK73"), ("PASSPORT", "c01x 00t47", "C01X00T47"),
        ("MAC_ADDRESS", "3C-22-FB", "3c22fb"), ("EMAIL", " A@B.Org ", "a@b.org"),
        ("NAME", "Jane \t Roe", "jane roe"),
    ],
)  # fmt: skip
def test_how_equal_values_are_written(entity: str, written: str, canonical: str) -> None:
    """Kind by kind."""
    assert canonical == canonical_form(entity, written)


def test_a_year_needs_a_day_to_be_judged_by() -> None:
    """Without today's date nobody's age is known."""
    actions = Operators("", card_action=RedactionAction.REPLACE)

    assert "[BIRTH_DATE]" == actions.act(
        "BIRTH_DATE", RedactionAction.TRUNCATE, "1980-02-03", lambda: None
    )


@pytest.mark.parametrize(
    ("entity", "one", "other"),
    [
        ("US_SSN", "412-68-1357", "412681357"),
        ("US_SSN", "12681357", "012-68-1357"),
        ("EMAIL", "Jane@Example.com", "jane@example.COM"),
        ("IBAN", "GB82 WEST 1234 5698 7654 32", "gb82west12345698765432"),
        ("PHONE", "(415) 555-0132", "+1 415 555 0132 x7"),
        ("MAC_ADDRESS", "3C-22-FB-10-9A-04", "3c22.fb10.9a04"),
        ("NAME", " Jane  Roe ", "jane roe"),
    ],
)
def test_one_value_has_one_token(entity: str, one: str, other: str) -> None:
    """However it is written; so auditors can join what belongs together."""
    token = _act(entity, RedactionAction.TOKEN, one)

    assert token.startswith(f"tok_k7_{entity}_")
    assert token == _act(entity, RedactionAction.TOKEN, other)
    assert canonical_form(entity, one) == canonical_form(entity, other)


def test_without_a_key_nothing_is_hashed() -> None:
    """A hash without a key can be counted through in seconds."""
    assert "[US_SSN]" == _act("US_SSN", RedactionAction.TOKEN, "412-68-1357", None)


def test_a_masked_card_has_no_token_elsewhere() -> None:
    """Not even below a key that calls it an account number."""
    masking = Operators("", card_action=RedactionAction.MASK)

    assert "[BANK_ACCOUNT]" == masking.act(
        "BANK_ACCOUNT", RedactionAction.TOKEN, "4000056655665556", lambda: TOKENS
    )


@pytest.mark.parametrize("entity", sorted(SECRETS))
@pytest.mark.parametrize("action", RedactionAction)
def test_secrets_are_only_ever_dropped(entity: str, action: RedactionAction) -> None:
    """Whatever somebody asks for."""
    assert DROPPED == _act(entity, action, "x")


def test_keeping_keeps() -> None:
    """The weakest action; the policy said so."""
    assert "jane" == _act("NAME", RedactionAction.KEEP, "jane")


@given(
    st.sampled_from(sorted(ENTITIES)),
    st.sampled_from(sorted(RedactionAction, key=STRICTNESS.__getitem__)),
    st.one_of(*my.CANARIES.values(), st.text(max_size=30), st.just("94110"), st.just("1980-02-03")),
)
def test_what_was_written_stays(entity: str, action: RedactionAction, value: str) -> None:
    """Acting twice gives the same."""
    once = _act(entity, action, value)

    assert once == _act(entity, action, once)


@given(my.cards())
def test_a_masked_card_hides_at_least_five_digits(number: str) -> None:
    """At most the first six and the last four are seen (PCI DSS 3.4.1)."""
    masked = _act("CREDIT_CARD", RedactionAction.MASK, number)

    assert len(masked) == len(number)
    assert masked.count("*") >= 5
    assert masked[6:-4].strip("*") == ""
