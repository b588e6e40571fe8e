"""Encodings that hide a value."""

import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._redact.normalise.decode import (
    WORD,
    begins_text,
    clear_texts,
    hidden_texts,
    may_be_encoded,
    may_be_escaped,
    may_hide,
    text_of,
    unescape,
    unpercent,
)

CLEAR = "note: seen by nobody"


@pytest.mark.parametrize(
    "word",
    [
        base64.b64encode(CLEAR.encode()).decode(),
        base64.urlsafe_b64encode(CLEAR.encode()).decode().rstrip("="),
        CLEAR.encode().hex(),
        CLEAR.encode().hex().upper(),
        base64.b64encode(gzip.compress(CLEAR.encode(), mtime=0)).decode(),
        base64.b64encode(zlib.compress(CLEAR.encode())).decode(),
        gzip.compress(CLEAR.encode(), mtime=0).hex(),
        base64.b64encode(CLEAR.encode("utf-16")).decode(),
    ],
)
def test_encoded_words_are_read(word: str) -> None:
    """Base64, base64url, hexadecimal, packed, UTF-16."""
    assert may_be_encoded(word)
    assert CLEAR in list(clear_texts(word, 1000))


@pytest.mark.parametrize("level", range(10))
def test_each_level_of_packing_is_read(level: int) -> None:
    """They begin in four ways; so does what `gzip` packs, as base64 and as hexadecimal."""
    for data in (
        zlib.compress(CLEAR.encode(), level),
        gzip.compress(CLEAR.encode(), level, mtime=0),
    ):
        word = base64.b64encode(data).decode()
        assert may_be_encoded(word)
        assert [CLEAR] == list(clear_texts(word, len(CLEAR)))
        assert [CLEAR] == list(clear_texts(data.hex(), len(CLEAR)))
        with pytest.raises(OverflowError):
            list(clear_texts(word, len(CLEAR) - 1))


@pytest.mark.parametrize("form", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize(
    "clear", ["jane roe of 12", "Zo\u00eb Bl\u00fcte", "\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e"]
)
def test_each_way_to_write_characters(form: str, clear: str) -> None:
    """As UTF-8 with and without a mark; Latin letters as UTF-16 too, with a mark or without."""
    data = clear.encode(form)
    if form[:6] == "utf-16" and form != "utf-16" and not clear.isascii() and clear[0] != "Z":
        return
    word, hexadecimal = base64.b64encode(data).decode(), data.hex()

    assert clear in [one.lstrip("\ufeff") for one in clear_texts(hexadecimal, 100)]
    assert clear in [one.lstrip("\ufeff") for one in hidden_texts(word, 100)]
    assert begins_text(word) is may_be_encoded(word)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("0" * 16, False), ("20" * 8, True), ("7e" * 8, True), ("1f" * 8, False),
        ("1f8b" + "0" * 12, True),
        ("09" * 8, True), ("0A" * 8, True), ("0d" * 8, True), ("0b" * 8, False),
        ("fffe" + "0" * 12, True),
        ("FEFF" + "0" * 12, True), ("c3a9" * 4, True), ("20" * 7 + "00", False),
    ],
)  # fmt: skip
def test_how_a_text_begins_in_hexadecimal(word: str, expected: bool) -> None:
    """Eight bytes that a text may have, or the mark of something packed."""
    assert expected is may_be_encoded(word)
    assert expected is may_hide(word)


@pytest.mark.parametrize("word", ["2" * 17, "zz" * 8, "2020202020202020x"])
def test_what_is_no_hexadecimal(word: str) -> None:
    """Digits in pairs."""
    assert [] == [one for one in clear_texts(word, 100) if set(one) <= {" ", '"'}]


def test_a_letter_too_many_is_left_out() -> None:
    """A word that was cut off is read as far as it goes."""
    word = base64.b64encode(CLEAR.encode()).decode().rstrip("=")

    for cut in (word[: len(word) // 4 * 4], word[: len(word) // 4 * 4] + "A"):
        (clear,) = clear_texts(cut, 100)
        assert CLEAR.startswith(clear)
    assert [CLEAR] == list(hidden_texts(word.replace("+", "-").replace("/", "_"), 100))


def test_accents_are_read() -> None:
    """A text need not be ASCII inside an encoding."""
    clear = "Zo\u00eb Bl\u00fcte, \u65e5\u672c"
    word = base64.b64encode(clear.encode()).decode()

    assert may_be_encoded(word)
    assert [clear] == list(clear_texts(word, 1000))


def test_a_part_of_a_path_is_read() -> None:
    """A slash is a letter of base64, and separates the parts of a path."""
    word = "/cb/" + base64.urlsafe_b64encode(CLEAR.encode()).decode().rstrip("=") + "/end"

    assert may_be_encoded(word)
    assert CLEAR in list(clear_texts(word, 1000))


def test_what_unpacks_to_too_much_is_refused() -> None:
    """A bound on what comes out: a kilobyte can hold a gigabyte."""
    bomb = base64.b64encode(gzip.compress(b"a" * 100_000)).decode()

    with pytest.raises(OverflowError):
        list(clear_texts(bomb, 1000))


@pytest.mark.parametrize(
    "word",
    ["a6f5c2d0-1234-4abc-9def-001122334455", "9c8f9c3764377bc41e35f12e7b427918", "application/json",
     "requestContextAuthorizer"],
)  # fmt: skip
def test_identifiers_are_no_encoding(word: str) -> None:
    """Their bytes are no text."""
    assert [] == list(clear_texts(word, 1000)) or not may_be_encoded(word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a%40b", "a@b"), ("a%2540b", "a@b"), ("%C3%A9", "\u00e9"), ("100%", "100%"), ("%zz", "%zz")],
)
def test_percent_signs_are_undone_twice(text: str, expected: str) -> None:
    """Proxies encode what was encoded."""
    assert expected == unpercent(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\\u0040b", "a@b"), ("a\\x40b", "a@b"), ("a&#64;b", "a@b"), ("a&#x40;b", "a@b"),
     ("&#9999999;", "&#9999999;"), ("\\u00", "\\u00"), ("a%u0040b", "a@b"), ("a%U0040b", "a@b"),
     ("a&commat;b", "a@b"), ("a&#64b", "a@b"), ("a&period;b", "a.b"), ("a&copy=1", "a&copy=1"),
     ("a=1&amp;b=2", "a=1&b=2"), ("&nosuch;", "&nosuch;"),
     ("at &lt;address> + 0", "at &lt;address> + 0"), ("&lt;a&gt;b&lt;/a&gt;", "<a>b</a>"),
     ("100%unit", "100%unit")],
)  # fmt: skip
def test_escapes_are_undone(text: str, expected: str) -> None:
    """Of JSON, of programming languages, of HTML; a name needs its semicolon."""
    assert expected == unescape(text)
    assert may_be_escaped(text) >= (text != expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a=3D=40b", "a=@b"), ("a@b=\r\ncd", "a@bcd"), ("a@b= \ncd", "a@bcd"),
     ("id=5 name=\nnext: 3", "id=5 name=\nnext: 3"), (f"{'a ' * 36}b=\nc", f"{'a ' * 36}bc"),
     ("x=3Dy name=\nc", "x=y name=\nc"), ("name=\nc", "name=\nc"), (" \nname=\n", " \nname=\n"),
     ("a=2Eb=40c", "a.b@c"),
     ("=?utf-8?Q?a=40b?=", "=?utf-8?Q?a@b?="), ("=3D=C3=A9", "=\u00e9"), ("a=3D=41=31", "a==41=31"),
     ("size=40", "size=40"), ("a=40b=20c", "a=40b=20c"), ("a=3d", "a=3d")],
)  # fmt: skip
def test_quoted_printable_is_undone_where_it_shows(text: str, expected: str) -> None:
    """An equals sign, a dot or a line's end that is quoted; never letters or digits."""
    assert expected == unescape(text)
    assert may_be_escaped(text) >= (text != expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"abc", "abc"), (b"\xff\xfea\0b\0", "ab"), (b"a\0b\0c\0", "abc"), (b"\0a\0b", "ab"),
     (b"\xfe\xff\0a", "a"), (b"\x80\x81", None), (b"a\x01b", None)],
)  # fmt: skip
def test_bytes_are_text_or_not(data: bytes, expected: str | None) -> None:
    """UTF-8 and UTF-16, with and without a mark; control characters are no text."""
    assert expected == text_of(data)


@given(st.text("ABCabc012+/_-= ", min_size=16, max_size=80))
def test_no_word_makes_decoding_fail(text: str) -> None:
    """Whatever a word looks like."""
    for word in WORD.findall(text):
        assert may_be_encoded(word) in {True, False}
        assert all(isinstance(clear, str) for clear in clear_texts(word, 1000))
