"""Secrets that a word before them makes known, and those that a text says twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.model import Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(my.rules())
DENSE = "qe59ic8kjektsn5plm2zz7"
GROUPED = "4rv0hdx5188-3q48-2luk-e8v5-dyuuf8l44"
UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    "text",
    [
        "acme token - '{}'", "acmeSECRET-{}", "acme-secret-{}", "acmeKEY {}", "acme ACCESS {}",
        "acmePRIVATE.{}", "acme key: {}", "the acme token is {}", "acme-key-{}",
        "<id>token {}</id>", "[DEBUG] Using Key={}", "https://api.example.com/v1/user?key={}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("secret", [DENSE, GROUPED])
def test_a_random_word_behind_the_name_of_a_secret_is_one(text: str, secret: str) -> None:
    """Whatever parts the two: a space, a dash, a colon, quotes."""
    assert secret[:8] not in REDACTOR.text(text.format(secret), Sink.LOG)


@pytest.mark.parametrize("text", ["mixpanel {}", "mixpanel '{}'", "postmark-{}", "bugsnag: `{}`"])
@pytest.mark.parametrize("secret", [DENSE, UUID])
def test_a_random_word_behind_who_issues_keys_is_a_key(text: str, secret: str) -> None:
    """Nothing else that they give out looks so."""
    assert secret[:8] not in REDACTOR.text(text.format(secret), Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        f"kms_key={UUID}", f"kms_key: {UUID}", f"cache key {DENSE}", f"sort key: {DENSE}",
        f"key: {UUID}", f"no such key {UUID}",
        f"found {UUID} by key {UUID}", f"order {UUID}", f"commit {DENSE}", "access to 3f6d2a9b",
        "token 0x00007f3a5c6d7e8f", "the key performance-indicators-2026-01-23",
        "unexpected token EXPRESSION_STATEMENT_12", "secret prices-credentials-2026-01-23-b here",
        f"monkey {UUID}", "mixpanel prices-credentials-2026-01-23-b", "redis.key:prices:2026:01:23",
    ],
)  # fmt: skip
def test_what_only_looks_so_stays(text: str) -> None:
    """Keys of places, names of things, addresses in memory, identifiers behind other words."""
    assert text == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "token={0} and again {0}", "token = '{0}' | '{0}'", 'got {{"token": "{0}"}} then ({0})',
        "password: {0}\nlogged in with {0}.", "x-{0} y\npassword={0}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("secret", ["Tr0ub4dor3xyz99", "869511423:BctOM4-oB", "a]b}c1{d>e"])
def test_a_secret_that_a_text_says_twice_is_gone_twice(text: str, secret: str) -> None:
    """Known by its name once, it is one wherever it stands as a word."""
    seen = REDACTOR.text(text.format(secret), Sink.LOG)
    assert secret not in seen.replace(f"x-{secret}", "")


def test_words_that_are_values_of_secrets_stay_elsewhere() -> None:
    """Without a digit it may be any word of a sentence."""
    text = "password=authentication and authentication failed"
    assert "password=[dropped] and authentication failed" == REDACTOR.text(text, Sink.LOG)


@given(st.lists(st.sampled_from(["token=", DENSE, " ", "key ", "-", "'", "mixpanel ", ":"])))
def test_what_is_written_is_final(parts: list[str]) -> None:
    """A second reading changes nothing."""
    once = REDACTOR.text("".join(parts), Sink.LOG)
    assert once == REDACTOR.text(once, Sink.LOG)
