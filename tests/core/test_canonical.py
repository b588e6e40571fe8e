"""Canonical bytes, held against the reference implementation of RFC 8785."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from affidavit._canonical import (
    MAX_INT,
    canonical_bytes,
    is_canonical,
    plain_text,
    record_bytes,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.text(st.characters(max_codepoint=0x7F), max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | TEXTS


def documents() -> st.SearchStrategy[Any]:
    """JSON of the restricted domain: ASCII keys, whole numbers, valid Unicode."""
    return st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=12,
    )


def _in_order(value: Any) -> Any:
    """Sort every nested object, as the writer of records builds them."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


@given(document=documents())
def test_the_bytes_are_those_of_the_reference_implementation(document: Any) -> None:
    """On the restricted domain the standard library writes RFC 8785."""
    assert rfc8785.dumps(document) == canonical_bytes(document)


def test_forty_thousand_documents_have_the_bytes_of_the_reference() -> None:
    """Many more than a property draws, and less clever: every plane, every control character."""
    rng = random.Random(8785)  # noqa: S311 - the same documents each time
    for _ in range(40_000):
        document = _random(rng, 3)
        assert rfc8785.dumps(document) == canonical_bytes(document)


def _random(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(7 if depth else 5)
    match kind:
        case 0:
            return rng.choice([None, True, False])
        case 1:
            return rng.randint(-MAX_INT, MAX_INT) >> rng.randrange(54)
        case 2 | 3 | 4:
            return "".join(chr(_character(rng)) for _ in range(rng.randrange(6)))
        case 5:
            return [_random(rng, depth - 1) for _ in range(rng.randrange(4))]
        case _:
            return {_key(rng): _random(rng, depth - 1) for _ in range(rng.randrange(4))}


def _key(rng: random.Random) -> str:
    return "".join(chr(rng.randrange(128)) for _ in range(rng.randrange(5)))


def _character(rng: random.Random) -> int:
    point = rng.randrange(1 << rng.randint(1, 20))
    return point if not 0xD800 <= point <= 0xDFFF else 0xFFFD


@given(document=st.dictionaries(KEYS, documents(), max_size=5))
def test_the_fast_writer_writes_the_same_bytes(document: dict[str, Any]) -> None:
    """With nested keys in order; the members themselves may come in any order."""
    ordered = {key: _in_order(value) for key, value in document.items()}

    assert rfc8785.dumps(document) == record_bytes(ordered)


@given(document=documents())
def test_what_was_written_is_recognised(document: Any) -> None:
    """The writer and the recogniser agree, and a reader gets the document back."""
    body = canonical_bytes(document)

    assert is_canonical(body)
    assert document == json.loads(body)


@pytest.mark.parametrize(
    ("outside", "why"),
    [
        pytest.param(1.0, "float is not in the domain", id="a fraction"),
        pytest.param(float("nan"), "float", id="not a number"),
        pytest.param(float("inf"), "float", id="infinity"),
        pytest.param(MAX_INT + 1, "beyond", id="one beyond the largest"),
        pytest.param(-MAX_INT - 1, "beyond", id="one beyond the smallest"),
        pytest.param({"é": 1}, "key is not ASCII", id="a key beyond ASCII"),
        pytest.param({1: 1}, "key is not ASCII", id="a number as a key"),
        pytest.param({None: 1}, "key is not ASCII", id="nothing as a key"),
        pytest.param("\ud800", "not valid Unicode", id="half a surrogate pair"),
        pytest.param(b"bytes", "bytes is not in the domain", id="bytes"),
        pytest.param((1, 2), "tuple is not in the domain", id="a tuple"),
        pytest.param({1, 2}, "set is not in the domain", id="a set"),
        pytest.param(object(), "object is not in the domain", id="an object"),
    ],
)
@pytest.mark.parametrize("depth", [0, 3])
def test_what_leaves_the_domain_is_refused(outside: Any, why: str, depth: int) -> None:
    """At any depth, with a word about the kind and none about the value."""
    document = outside
    for _ in range(depth):
        document = {"a": [None, document]}

    with pytest.raises(ValueError, match=why):
        canonical_bytes(document)


@pytest.mark.parametrize("place", ["top", "nested", "in a list"])
def test_the_fast_writer_refuses_invalid_unicode(place: str) -> None:
    """A record with half a surrogate pair could not be read back everywhere."""
    value: Any = {"top": "\ud800", "nested": {"b": "\ud800"}, "in a list": ["\ud800"]}[place]

    with pytest.raises(ValueError, match="not valid Unicode"):
        record_bytes({"a": value})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a":1,"a":1}', id="a key that occurs twice"),
        pytest.param(b'{"a":1,"a":2}', id="a key with two values"),
        pytest.param(b'{"b":1,"a":2}', id="another order"),
        pytest.param(b'{"a": 1}', id="a space"),
        pytest.param(b'{"a":1}\n', id="a line break at the end"),
        pytest.param(b'{"a":1.0}', id="a fraction"),
        pytest.param(b'{"a":1e1}', id="an exponent"),
        pytest.param(b'{"a":-0}', id="minus nothing"),
        pytest.param(b'{"a":NaN}', id="not a number"),
        pytest.param(b'{"a":9007199254740992}', id="too large"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", id="far too large"),
        pytest.param(b'{"a":"\\u0041"}', id="an escape that is not needed"),
        pytest.param(b'{"a":"\\u001F"}', id="an escape in capitals"),
        pytest.param(b'{"a":"\\/"}', id="an escaped slash"),
        pytest.param('{"é":1}'.encode(), id="a key beyond ASCII"),
        pytest.param(b'{"a":"\xff"}', id="invalid UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', id="a byte-order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), id="another encoding"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[" * 100_000, id="brackets without end"),
    ],
)
def test_every_other_way_to_write_it_is_recognised(body: bytes) -> None:
    """Only one form is hashed; a second one would be another document to somebody."""
    assert not is_canonical(body)


def test_what_nests_too_deeply_is_refused() -> None:
    """Beyond what the writer takes there is no form, so it is outside the domain."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(ValueError, match="nested too deeply"):
        canonical_bytes(deep)


@given(text=st.text(max_size=80), limit=st.integers(2, 40))
def test_plain_text_always_fits_a_record(text: str, limit: int) -> None:
    """Whatever a source calls its event, the record can hold it."""
    plain = plain_text(text, limit)

    assert len(plain) <= limit
    assert is_canonical(record_bytes({"req": plain}))
    assert plain == plain_text(plain, limit) or plain.endswith("…")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("abc", "abc", id="short"),
        pytest.param("abcdef", "abcd…", id="cut, and it shows"),
        pytest.param("e\u0301", "é", id="composed"),
        pytest.param("a\ud800b", "a?b", id="half a surrogate pair"),
    ],
)
def test_plain_text_says_what_it_can(text: str, expected: str) -> None:
    """NFC, valid, and a mark where something was cut."""
    assert expected == plain_text(text, 5)
