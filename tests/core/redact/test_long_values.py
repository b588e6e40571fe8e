"""A value that is longer than what a pattern looks at goes whole: nothing of its end stays.

Tokens of a cloud's session have two thousand characters, a ticket of Kerberos ten times as many.
"""

from __future__ import annotations

import os
import random
from typing import Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR: Final = Redactor(load_policy("hipaa").redaction)

DIGITS: Final = "23456789"
SMALL: Final = "abcdefghijkmnopqrstuvwxyz"
LETTERS: Final = SMALL + SMALL.upper()
ALPHABETS: Final = {
    "base64": LETTERS + DIGITS + "+/",
    "for addresses": LETTERS + DIGITS + "-_",
    "letters and digits": LETTERS + DIGITS,
    "hexadecimal": DIGITS + "abcdef",
    "printable": LETTERS + DIGITS + "!#$%^*_+-=.~()[]{}|?",
}

BRIEF: Final = os.environ.get("HYPOTHESIS_PROFILE") == "brief"
LENGTHS: Final = (300, 6_000) if BRIEF else (130, 300, 1_000, 3_000, 6_000, 15_000)

SHAPES: Final = (
    "password={}",
    "password: {}",
    '"password": "{}"',
    "'password': '{}'",
    "--password {}",
    "--password '{}'",
    '("password", "{}")',
    'IDENTIFIED BY "{}"',
    "ALTER USER x PASSWORD '{}'",
    "Authorization: Bearer {}",
    "Authorization: Negotiate {}",
    "authorization=Bearer {}",
    "Cookie: session={}",
    "SAMLResponse={}&RelayState=x",
    "X-Amz-Security-Token={}",
    "aws_session_token = {}",
    '{{"SessionToken": "{}", "Expiration": "2026"}}',
    "<Password>{}</Password>",
    '<property name="password">{}</property>',
    '<password value="{}"/>',
    "-----BEGIN PRIVATE KEY-----\n{}",
    "private_key: {}",
    "password: |\n  {}\n",
    'name="password"\r\n\r\n{}\r\n--b',
    "password -> {}",
    "curl -u a:{}",
    "Key (password)=({}) already exists",
    "Failing row contains (1, {}, null).",
)
"""What a secret of any letters stands in."""

PLAIN: Final = (
    "https://x.example.com/a?token={}&b=1",
    "postgres://svc:{}@db.example.com/orders",
    "https://aws:{}@packages.example.com/simple/",
    "seen IQoJ{} there",
    "ABSK{}",
    "glpat-{}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}",
)
"""The same, where a sign of any other kind ends the secret, or is none of the form's."""


SAID: Final = ("secret {}", "the client_secret is {}", 'token "{}"')
"""The same in a sentence, where a secret has to look like one."""


def made(kind: str, size: int) -> str:
    """Return a value, the same each time."""
    rng = random.Random(size)  # noqa: S311 - no secret
    return "Ab3" + "".join(rng.choices(ALPHABETS[kind], k=size - 6)) + "x9Y"


@pytest.mark.parametrize("size", LENGTHS)
@pytest.mark.parametrize("kind", ALPHABETS)
def test_a_long_secret_goes_to_its_end(kind: str, size: int) -> None:
    """In whatever shape it stands behind its name."""
    value, leaks = made(kind, size), []
    whole = PLAIN if kind in {"for addresses", "letters and digits"} else ()
    for shape in (*SHAPES, *whole, *(SAID if kind == "letters and digits" else ())):
        done = REDACTOR.text(shape.format(value), Sink.LOG)
        left = [at for at in range(0, size, 8) if value[at : at + 8] in done]
        leaks += [(shape, left[:1], len(left))] if left else []
    assert [] == leaks


@pytest.mark.parametrize(
    "text",
    [
        "address: {}",
        "patient name: {}",
        "Failing row contains (1, {}).",
        "duplicate key value is ({}).",
    ],
)
@pytest.mark.parametrize("words", [20, 60, 900])
def test_a_long_text_about_somebody_goes_to_its_end(text: str, words: int) -> None:
    """However many words it has."""
    done = REDACTOR.text(text.format("Zanzibar Quay " * words + "Wapping"), Sink.LOG)
    assert "Zanzibar" not in done
    assert "Wapping" not in done


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"token: {'a1B2' * 40}.", "token: [dropped]."),
        ('"token": "' + "a1B2" * 40 + '", next', '"token": "[dropped]", next'),
        (f"GET /x?token={'a1B2' * 40}&page=2", "GET /x?token=[dropped]&page=2"),
        (f"IQoJ{'a1B2' * 1200}+/=", "[dropped]"),
        (f"glpat-{'a1B2' * 5} and more", "[dropped] and more"),
        (f"mail {'a' * 130}@example.com or write", "mail [EMAIL] or write"),
    ],
)
def test_what_stands_behind_a_long_value_stays(text: str, expected: str) -> None:
    """The sentence, the next field, the next word."""
    assert expected == REDACTOR.text(text, Sink.LOG)
