"""Undo encodings that hide a value: base64, hexadecimal, gzip, percent, escapes.

Nothing here redacts. Each function says what a text would read once decoded,
within bounds, and the caller looks at that.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final

from affidavit._lazy import lazy

SHORTEST: Final = 16
"""Characters from which on a word may be an encoded value: twelve bytes of base64."""

WORD: Final = lazy(r"[A-Za-z0-9+/_-]{16,}+={0,2}")
"""What base64 (RFC 4648, 4), base64url (5) and hexadecimal (8) are written with."""

PART: Final = lazy(r"[^\s&=?;,\"'<>]++")
"""A part of a form or a query (WHATWG URL Standard, 5.1), which is encoded by itself."""

ENCODED_NAME: Final = lazy(r"%[0-9A-Fa-f]{2}[\w.-]{0,64}+=")
"""The end of a name that is encoded, so that the whole must be decoded to read the pair."""

FORM_SPACE: Final = lazy(r"[A-Za-z0-9]\+\+?-{0,2}[A-Za-z0-9]")
"""A plus that may stand for a space, as in a form, before an option too."""

_SPACE: Final = lazy(r"\+(?!(?:(?<=%[0-9A-Fa-f]{2}\+)|(?<![0-9A-Za-z]\+))[1-9][0-9]{6})")
"""Behind a mark and before a country's code a plus is one: `tel%3D+4930901820`."""

_HEX: Final = lazy(r"(?:[0-9a-fA-F]{2}){8,}")
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31
_ZLIB_HEADS: Final = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
_PRINTABLE: Final = bytes([*range(0x20, 0x7F), *b"\t\n\r"])
_HEX_HEAD: Final = lazy(
    r"(?:[2-7][0-9a-fA-F]|0[9aAdD]|[89a-fA-F][0-9a-fA-F]){8}|1[fF]8[bB]|[fF][fFeE][fF][eEfF]"
)
"""The first bytes of a text in hexadecimal: ASCII, UTF-8, gzip, a byte order mark."""

_HIGH: Final = bytes(range(0x80, 0x100))
_PACKED: Final = (_GZIP, *_ZLIB_HEADS, b"\xff\xfe", b"\xfe\xff")
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_PERCENT: Final = lazy(r"(?:%[0-9a-fA-F]{2})+")
_ESCAPE: Final = lazy(r"(?:\\u|%[uU])([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_OCTETS: Final = lazy(r"(?:\\x[89a-fA-F][0-9a-fA-F]){2,}")
"""Letters of UTF-8 as the repr of bytes has them."""
_NUMBERED: Final = r"#(?:[0-9]{2,7}|[xX][0-9a-fA-F]{2,6});?"
_NAMED: Final = r"[A-Za-z][A-Za-z0-9]{1,24};"
_ENTITY: Final = lazy(rf"&(?:{_NUMBERED}|{_NAMED})")
_NO_TAG: Final = lazy(rf"&(?:{_NUMBERED}|(?!lt;){_NAMED})")
"""A character reference (HTML, 13.5): a name needs its semicolon here, a number does not."""

_NO_CHARACTER: Final = "\ufffd"

_SOFT_BREAK: Final = lazy(r"=[ \t]{0,4}\r?\n")
_FILLED: Final = 68
"""Letters of a line that is broken at its 76th at the latest."""
_FIELD: Final = lazy(r"(?<![^\s,;|&({\[])[A-Za-z_][\w.-]{0,40}$")
_LONGEST_FIELD: Final = 48
_QUOTED: Final = lazy(r"(?:=(?:0[9AD]|2[0-9A-F]|3[A-F]|40|[57][B-F]|60|[89A-F][0-9A-F]))+")
"""Octets that are quoted. Nobody quotes letters and digits, and read so they would make numbers."""

_COLOUR: Final = lazy(r"\x1b\[[0-9;]{0,16}[Km]")
"""What colours a terminal or clears its line (ECMA-48, 8.3.117, 8.3.41): a name and its mark may
stand on both sides."""

_MOVE: Final = lazy(r"\x1b\[[0-9;]{0,16}[A-Za-z]")
"""What moves the cursor: what stands on both sides is no word."""


def uncoloured(text: str) -> str:
    """Return `text` as a terminal shows it, with a space where the cursor moves."""
    return _MOVE.sub(" ", _COLOUR.sub("", text))


LITERAL: Final = lazy(r"(?<!\\)([\"'])((?:(?!\1)[^\\\r\n]|\\.)*+)\1")
"""A text in quotes as a program writes it, which may have backslashes in it."""

_SLASHED: Final = lazy(r"\\([nrt\\\"'])")
_SLASHES: Final = {"n": "\n", "r": "\r", "t": "\t"}


def unquoted(inside: str) -> str:
    """Return what stands between the quotes of a literal as it was before it was written."""
    return _SLASHED.sub(lambda found: _SLASHES.get(found[1], found[1]), inside)


def quoted(plain: str, mark: str) -> str:
    """Return the literal of `plain` between two of `mark`."""
    inside = plain.replace("\\", "\\\\")
    for letter, written in _SLASHES.items():
        inside = inside.replace(written, "\\" + letter)
    return mark + inside.replace(mark, "\\" + mark) + mark


def unpercent(text: str) -> str:
    """Return `text` without percent-encoding (RFC 3986, 2.1), which may be there twice."""
    once = _PERCENT.sub(_octets, text)
    return _PERCENT.sub(_octets, once) if "%" in once else once


def unspaced(text: str) -> str:
    """Return a part of a form with spaces for its pluses, but that of a telephone number."""
    return _SPACE.sub(" ", text)


def _octets(found: re.Match[str]) -> str:
    return bytes.fromhex(found.group().replace("%", "")).decode("utf-8", "replace")


def may_be_escaped(text: str) -> bool:
    """Tell whether `unescape` may find anything in `text`."""
    return (
        "\\" in text
        or ("&" in text and _ENTITY.search(text) is not None)
        or "%u" in text
        or "%U" in text
        or ("=" in text and _is_quoted(text))
    )


def _is_broken(text: str, at: int) -> bool:
    """Tell whether the `=` at the end of a line is a soft break, and no field without a value.

    Programs that write them fill their lines; by hand one breaks within a word, as an address is.
    """
    begin = text.rfind("\n", 0, at) + 1
    return at - begin >= _FILLED or not _FIELD.search(text, max(begin, at - _LONGEST_FIELD), at)


def _joined(found: re.Match[str]) -> str:
    return "" if _is_broken(found.string, found.start()) else found.group()


def _is_quoted(text: str) -> bool:
    """Tell quoted-printable (RFC 2045, 6.7; RFC 2047, 4.2) from numbers: `size=40` is none."""
    if "=3D" in text or "=2E" in text or "?q?" in text or "?Q?" in text:
        return True
    return "\n" in text and any(_is_broken(text, one.start()) for one in _SOFT_BREAK.finditer(text))


def unescape(text: str) -> str:
    r"""Return `text` with `\u0040`, `\x40`, `%u0040`, `&#64;`, `&commat;` as the character.

    Quoted-printable is undone, too, where a text shows that it is it.
    """
    plain = _ESCAPE.sub(_character, _OCTETS.sub(_letters, text))
    if "&" in plain:
        # Manuals are full of `&lt;address&gt;`, which is a blank to fill in; an element has an end.
        plain = (_ENTITY if "&lt;/" in plain else _NO_TAG).sub(_referred, plain)
    if "=" in plain and _is_quoted(plain):
        plain = _QUOTED.sub(_quoted, _SOFT_BREAK.sub(_joined, plain))
    return plain


def _letters(found: re.Match[str]) -> str:
    written = found.group()
    try:
        return bytes.fromhex(written.replace("\\x", "")).decode()
    except UnicodeDecodeError:
        return written


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2], 16))


def _referred(found: re.Match[str]) -> str:
    # Imported here: most Lambdas never meet a reference that needs its table of two thousand.
    import html  # noqa: PLC0415

    one = html.unescape(found.group())
    return found.group() if one == _NO_CHARACTER else one


def _quoted(found: re.Match[str]) -> str:
    return bytes.fromhex(found.group().replace("=", "")).decode("utf-8", "replace")


def may_be_encoded(word: str) -> bool:
    """Tell whether `word`, or a part of a path, may be base64 or hexadecimal of a text."""
    if _begins_text(_head(word)) or _HEX_HEAD.match(word):
        return True
    return "/" in word and any(
        len(part) >= SHORTEST and _begins_text(_head(part)) for part in word.split("/")
    )


def may_hide(word: str) -> bool:
    """Tell whether a `word` of eight letters or more begins as something encoded does."""
    return begins_text(word) or _HEX_HEAD.match(word) is not None


def begins_text(word: str) -> bool:
    """Tell whether a `word` of base64 begins as a text does, whatever else it holds."""
    return _begins_text(_head(word[: min(len(word) // 4 * 4, SHORTEST)]))


def _head(word: str) -> bytes:
    return binascii.a2b_base64(word[:SHORTEST].encode().translate(_STANDARD))


def clear_texts(word: str, most: int) -> Iterator[str]:
    """Yield what `word` may say in clear: as hexadecimal, as base64, or parts of it so.

    Raises:
        OverflowError: It unpacks to more than `most` bytes.

    """
    if len(word) % 2 == 0 and _HEX.fullmatch(word):
        clear = text_of(_opened(bytes.fromhex(word), most))
        if clear:
            yield clear
    clear = _unbase64(word, most)
    if clear:
        yield clear
    elif "/" in word:
        # A path: the slash is a letter of base64 and shifts what follows.
        for part in word.split("/"):
            clear = _unbase64(part, most) if len(part) >= SHORTEST else ""
            if clear:
                yield clear


def hidden_texts(word: str, most: int) -> Iterator[str]:
    """Yield what `word` says as hexadecimal and as base64, even where parts of it are no text.

    Raises:
        OverflowError: It unpacks to more than `most` bytes.

    """
    if len(word) % 2 == 0 and _HEX.fullmatch(word):
        yield _legible(bytes.fromhex(word), most)
    yield _legible(_bytes_of(word), most)


def _legible(data: bytes, most: int) -> str:
    data = _opened(data, most)
    return text_of(data) or data.decode("utf-8", "replace")


def _unbase64(word: str, most: int) -> str:
    return text_of(_opened(_bytes_of(word), most)) or "" if _begins_text(_head(word)) else ""


def _bytes_of(word: str) -> bytes:
    """Return what base64 and base64url stand for; a letter too many is left out."""
    data = word.rstrip("=").encode().translate(_STANDARD)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _begins_text(start: bytes) -> bool:
    """Tell whether bytes begin like text or like something packed."""
    odd = start.translate(None, _PRINTABLE)
    if not odd or start.startswith(_PACKED):
        return True
    if not odd.strip(b"\0"):
        return not start[1::2].strip(b"\0")  # UTF-16, as PowerShell's `-EncodedCommand` has it
    # Names with accents: whole UTF-8 sequences only, the last one cut perhaps.
    if odd.translate(None, _HIGH):
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4 and error.reason == "unexpected end of data"
    return True


def _opened(data: bytes, most: int) -> bytes:
    """Return `data`, unpacked if it is packed."""
    if data[:2] == _GZIP:
        return _unpacked(data, _GZIP_WINDOW, most)
    return _unpacked(data, zlib.MAX_WBITS, most) if data[:2] in _ZLIB_HEADS else data


def _unpacked(data: bytes, window: int, most: int) -> bytes:
    # A bound on what comes out, not on what goes in: a kilobyte can unpack to a gigabyte.
    packed = zlib.decompressobj(window)
    try:
        clear = packed.decompress(data, most)
    except zlib.error:
        return b""
    if packed.unconsumed_tail:
        raise OverflowError
    return clear


def text_of(data: bytes) -> str | None:
    """Return `data` as text if it is UTF-8 or UTF-16, else None."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0" and data[3:4] == b"\0":
        return data.decode("utf-16-le", "replace")
    if data[:1] == b"\0" and data[2:3] == b"\0":
        return data.decode("utf-16-be", "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if not data.translate(None, _PRINTABLE + _HIGH) else None
