"""Key names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._redact.classify.key_words import Words, entity_below, entity_of, is_open, split


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("userPassword", ("user", "password")), ("USER_PASSWORD", ("user", "password")),
        ("user-password", ("user", "password")), ("user.password", ("user", "password")),
        ("APIKey", ("api", "key")), ("X-Api-Key", ("x", "api", "key")), ("cvv2", ("cvv", "2")),
        ("p\u0430ssword", ("password",)), ("pass\u200bword", ("password",)),
        ("\u4e2d", ("\u4e2d",)),
    ],
)  # fmt: skip
def test_names_are_split_into_words(name: str, expected: Words) -> None:
    """By case, by marks, by digits, and as people read them."""
    assert expected == split(name)


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("password", "SECRET"), ("newPassword", "SECRET"), ("dbpassword", "SECRET"),
        ("Set-Cookie", "SECRET"), ("refreshToken", "SECRET"), ("authtoken", "SECRET"),
        ("api_keys", "SECRET"), ("session.id", "SECRET"), ("passwordHash", "SECRET"),
        ("tokens", "SECRET"), ("Proxy-Authorization", "AUTH_HEADER"), ("cvv2", "CARD_CODE"),
        ("pin", "CARD_CODE"), ("track2", "CARD_TRACK"), ("card", "CREDIT_CARD"),
        ("cardNumber", "CREDIT_CARD"), ("card_part1", "CREDIT_CARD"), ("e_mail", "EMAIL"),
        ("contactEmail", "EMAIL"), ("emails", "EMAIL"), ("mobilePhone", "PHONE"),
        ("ssn_last4", "US_SSN"), ("ssn_sha256", "US_SSN"), ("passport_no", "PASSPORT"),
        ("x-forwarded-for", "IP"), ("sourceIp", "IP"), ("ipv4", "IP"), ("lastName", "NAME"),
        ("user name", "NAME"), ("dateOfBirth", "BIRTH_DATE"), ("address_line1", "ADDRESS"),
        ("zipCode", "ADDRESS"), ("lat", "LOCATION"), ("patientMRN", "HEALTH_ID"),
        ("bank-account", "BANK_ACCOUNT"), ("imei", "DEVICE_ID"), ("taxId", "GOV_ID"),
    ],
)  # fmt: skip
def test_sensitive_names_announce_their_entity(name: str, entity: str) -> None:
    """However they are spelled, and with what does not change the value."""
    assert entity == entity_of(split(name))


@pytest.mark.parametrize(
    "name",
    [
        "token_count", "max_tokens", "next_token", "NextContinuationToken", "promptTokens",
        "password_policy", "has_password", "is_email", "secret_arn", "kms_key_id", "partition_key",
        "public_key", "card_count", "report_card", "sim_card", "email_verified", "phone_type",
        "username_hash", "author", "bypass", "passenger", "compass", "mission", "status", "japan",
        "keyboard", "microphone", "file_name", "function_name", "hostname", "accountId", "order_id",
        "method_signature", "addressed", "velocity", "spinner", "", "_", "2024",
    ],
)  # fmt: skip
def test_names_about_values_are_left(name: str) -> None:
    """Counts, policies, flags, and words that only contain one."""
    assert entity_of(split(name)) is None


@pytest.mark.parametrize(
    ("parent", "name", "entity"),
    [
        ("patient", "name", "NAME"), ("customers", "name", "NAME"), ("user_info", "Name", "NAME"),
        ("card", "number", "CREDIT_CARD"), ("birth", "date", "BIRTH_DATE"),
        ("device", "id", "DEVICE_ID"), ("claims", "name", "NAME"), ("Metrics", "Name", None),
        ("function", "name", None), ("order", "id", None), ("", "name", None), ("data", "name",
        None),
    ],
)  # fmt: skip
def test_parents_say_whose_name_it_is(parent: str, name: str, entity: str | None) -> None:
    """A bare `name` is a person's below a person only."""
    words = split(name)

    assert is_open(words)
    assert entity == entity_below(split(parent), words)


@given(st.text(max_size=300))
def test_no_name_makes_reading_fail(name: str) -> None:
    """Whatever a key looks like."""
    assert entity_of(split(name.encode("utf-8", "replace").decode())) is None or name
