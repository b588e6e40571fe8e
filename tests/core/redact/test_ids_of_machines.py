"""What machines name things by is nobody's: ids, digests, fingerprints, fractions.

They are drawn; now and then one spells a name (`...bFhwu5pw==`), has `cc` among its bytes, or
the check digit of a card.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from affidavit.plugin import Redactor, Sink, load_policy

REDACTOR = Redactor(load_policy("hipaa").redaction)
DRAWN = 300


def _bytes(number: int, size: int) -> bytes:
    return hashlib.sha512(b"%d" % number).digest()[:size]


def _ends_in_a_name(number: int, size: int) -> str:
    """Return base64 whose last letters are `Pw`, with one sign of padding or two."""
    raw = _bytes(number, size)
    tail = bytes([63]) if size % 3 == 1 else bytes([raw[-2] & 252, 252])
    return base64.b64encode(raw[: -len(tail)] + tail).decode()


def _digits(number: int, size: int) -> str:
    return str(int.from_bytes(_bytes(number, 16)))[:size]


def _pairs(number: int) -> str:
    """Return a fingerprint with `cc` in it, as the length of a name would have it."""
    return (_bytes(number, 8) + b"\xcc" + _bytes(number + 1, 7)).hex(":")


KINDS: dict[str, Callable[[int], str]] = {
    "float": lambda n: f"took 0.{_digits(n, 16)} of 12 s",
    "fingerprint": lambda n: f"key {_pairs(n)} accepted",
    "fingerprint in JSON": lambda n: f'{{"key": "{_pairs(n)}"}}',
    "trace id of 19 digits": lambda n: f"trace id {_digits(n, 19)} done",
    "request id of 19 digits": lambda n: f"request id: {_digits(n, 19)}",
    "message id of 13 digits": lambda n: f"message_id={_digits(n, 13)}",
    "SHA-256": lambda n: f"digest sha256:{_bytes(n, 32).hex()}",
    "trace": lambda n: f"traceparent: 00-{_bytes(n, 16).hex()}-{_bytes(n, 8).hex()}-01",
    "segment": lambda n: f"Root=1-{_bytes(n, 4).hex()}-{_bytes(n, 12).hex()};Sampled=1",
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_id_is_left_as_it_is(kind: str) -> None:
    """Each of those drawn."""
    texts = [KINDS[kind](number) for number in range(DRAWN)]

    assert texts == [REDACTOR.clean(text, Sink.LOG).value for text in texts]


@pytest.mark.parametrize("size", [16, 17, 20, 31])
@pytest.mark.parametrize(
    "text", ["request id {} done", "etag={}", '{{"etag": "{}"}}', "GET /a/{} HTTP/1.1"]
)
def test_padding_of_base64_names_nothing(text: str, size: int) -> None:
    """But for one word in twelve, which has few letters of another kind than their neighbours."""
    texts = [text.format(_ends_in_a_name(number, size)) for number in range(DRAWN)]
    changed = [text for text in texts if REDACTOR.clean(text, Sink.LOG).value != text]

    assert len(changed) <= DRAWN // 12, changed[:3]


@pytest.mark.parametrize(
    "name",
    [
        "dbPw",
        "dbAdminPw",
        "oracle19AppPw",
        "appDb2AdminPw",
        "SVC1AdminPw",
        "Oracle2UserDbPw",
        "a1B2Pw",
    ],
)
@pytest.mark.parametrize(
    "text", ["{}= {}", "{}={}", "{}='{}'", '{}="{}"', "x {}= {}", "{} == '{}'"]
)
def test_a_name_that_could_be_base64_is_a_name(name: str, text: str) -> None:
    """Whatever letters it has, while a value stands behind the sign."""
    said = REDACTOR.clean(text.format(name, "tr0ub4dor&3"), Sink.LOG).value

    assert "ub4dor" not in said


@pytest.mark.parametrize(
    "text",
    [
        "pay 1. 4111111111111111",
        "card 7.4111111111111111",
        "x.4111111111111111",
        "2026.01.02 4111111111111111",
    ],
)
def test_a_card_behind_a_point_is_a_card(text: str) -> None:
    """Unless a number stands before the point, and nobody speaks of a card."""
    assert "4111111111111111" not in REDACTOR.clean(text, Sink.LOG).value


def test_named_cc_among_words_is_a_card() -> None:
    """A name is one where no bytes stand around it."""
    assert "4111" not in REDACTOR.clean("cc:4111 1111 1111 1111", Sink.LOG).value
    assert "x7Kq" not in REDACTOR.clean("cc:x7Kq99", Sink.LOG).value
