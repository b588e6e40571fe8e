"""Secrets that show by their shape."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given

import redact_strategies as my
from affidavit._redact.detect.credentials import find_credentials, may_hold_token
from affidavit._redact.types.match import Match, TextView

WORD = "Q7x9" * 10
HEADER = "eyJhbGciOiJIUzI1NiJ9"
ENCRYPTED = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0"
CLAIMS = '{"sub": "424242"}'


def _found(text: str) -> list[tuple[str, str]]:
    hits: list[Match] = []
    find_credentials(TextView(text), hits)
    return [(text[hit.start : hit.end], hit.entity) for hit in hits]


@given(my.jwts())
def test_every_token_is_found(token: str) -> None:
    """A JSON web token, whatever its claims."""
    assert [(token, "JWT")] == _found(f"got {token}, ok")


@pytest.mark.parametrize(
    ("text", "expected", "entity"),
    [
        ("Bearer abcDEF123456.x", "abcDEF123456.x", "AUTH_HEADER"),
        ("BEARER: abcDEF123456", "abcDEF123456", "AUTH_HEADER"),
        ("basic c3ZjOmh1bnRlcjI=", "c3ZjOmh1bnRlcjI=", "AUTH_HEADER"),
        ('Digest username="j", nonce="n"', 'username="j", nonce="n"', "AUTH_HEADER"),
        ("pg://svc:hunter2@db/app", "svc:hunter2", "BASIC_AUTH_URL"),
        ("jdbc:oracle:thin:svc/hunter2@//db:1521/x", "svc/hunter2", "BASIC_AUTH_URL"),
        ("pg://svc:hun@ter2@db/app", "svc:hun@ter2", "BASIC_AUTH_URL"),
        ("pg://svc:hun/ter2@db/app", "svc:hun/ter2", "BASIC_AUTH_URL"),
        (f"https://{WORD}@git.example/x", WORD, "BASIC_AUTH_URL"),
        ("key AKIAQ7XQ7XQ7XQ7XQ7XQ.", "AKIAQ7XQ7XQ7XQ7XQ7XQ", "AWS_KEY"),
        (f"x ghp_{WORD} y", f"ghp_{WORD}", "API_TOKEN"),
        (f"x xoxb-{WORD} y", f"xoxb-{WORD}", "API_TOKEN"),
        (f"x sk_live_{WORD} y", f"sk_live_{WORD}", "API_TOKEN"),
        (f"x sk-proj-{WORD} y", f"sk-proj-{WORD}", "API_TOKEN"),
        (f"x AIza{WORD} y", f"AIza{WORD}", "API_TOKEN"),
        (f"x hvs.{WORD} y", f"hvs.{WORD}", "API_TOKEN"),
    ],
)
def test_secrets_are_found(text: str, expected: str, entity: str) -> None:
    """And nothing around them."""
    assert [(expected, entity)] == _found(text)


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl\\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE and the log was cut",
    ],
)
def test_private_keys_are_found_whole(key: str) -> None:
    """With line breaks, with escaped ones, and without an end."""
    assert [(key, "PRIVATE_KEY")] == _found(f"it was {key}")


@pytest.mark.parametrize(
    "text",
    ["basic information follows", "Bearer authentication failed", "basic dGVzdA==",
     "https://x.example:8080/a?b=c@d", "ssh://git@example.org/x", "eyJhbGciOiJub25lIn0",
     "-----BEGIN CERTIFICATE-----\nMIIB", "AKIAIOSFODNN", "highlight", "sk-short",
     "task-1234567890"],
)  # fmt: skip
def test_what_is_no_secret(text: str) -> None:
    """Sentences, certificates, ports and beginnings of words."""
    assert [] == _found(text)


def _part(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        pytest.param(f"{HEADER}.{_part('{}')}.", True, id="without a signature"),
        pytest.param(f"{HEADER}.{_part(CLAIMS)[:9]}", True, id="cut off"),
        pytest.param(f"{HEADER}.{_part(HEADER)}.c2ln", True, id="a token in a token"),
        pytest.param(f"{ENCRYPTED}.AAAA.BBBB.CCCC.DDDD", True, id="encrypted"),
        pytest.param(HEADER, False, id="a header alone"),
        pytest.param(f"eyJhbx{HEADER[6:]}.{_part(CLAIMS)}.c2ln", False, id="a broken header"),
        pytest.param(f"{_part('[1234567]')}.{_part(CLAIMS)}", False, id="no object"),
        pytest.param(f"{HEADER}.Zm9vYmFy.c2ln", False, id="no claims"),
    ],
)
def test_a_token_has_a_header_and_claims(token: str, expected: bool) -> None:
    """RFC 7519, section 7.2, as far as a log line lets one see."""
    assert ([(token, "JWT")] if expected else []) == _found(f"got {token} here")


def test_a_short_text_without_a_beginning_holds_no_token() -> None:
    """One search stands for thirty."""
    assert not may_hold_token("application/json")
    assert may_hold_token(f"ghp_{WORD}")
