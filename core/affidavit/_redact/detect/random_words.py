"""Words of which only the make is known: a prefix and many random letters, a line of a key."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy

SHORTEST: Final = 36

_PREFIXED: Final = lazy(
    r"(?<![A-Za-z0-9_+/.-])(?!sha|md[0-9]|img|data)[a-z][a-z0-9]{1,11}(?:[_-][a-z0-9]{1,12}){0,3}[_-]"
    r"(?=(?:[A-Za-z]{0,40}[0-9]){4})(?=(?:[a-z0-9]{0,40}[A-Z]){4})(?=(?:[A-Z0-9]{0,40}[a-z]){4})"
    r"[A-Za-z0-9]{32,128}+(?![\w/+=.-])"
)
"""How issuers write keys since GitHub did: `abc_` and letters of three kinds.

Identifiers that are written so have 27 letters at most (KSUID, Stripe's objects, ULID).
"""

SHORTEST_LINE: Final = 64
"""Letters of the shortest line of a key, whose slashes may leave no long word."""

_KEY_LINE: Final = lazy(
    r"\s{0,80}(?=[^a-z]{0,70}[a-z])(?=[^A-Z]{0,70}[A-Z])(?=[^0-9]{0,70}[0-9])"
    r"(?=[A-Za-z0-9/]{0,70}[+/])"
    rf"[A-Za-z0-9+/]{{{SHORTEST_LINE}}}(?:[A-Za-z0-9+/]{{6}}|[A-Za-z0-9+/]{{12}})?\s{{0,8}}"
)
"""A line of base64 of the lengths in which keys are wrapped (RFC 7468, RFC 4880, OpenSSH)."""

_ALNUM: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_STANDARD: Final = _ALNUM + "+/"
_FOR_URLS: Final = _ALNUM + "_-"
_ENDS: Final = frozenset(_STANDARD + _FOR_URLS)
_PADDING: Final = lazy(
    r"={1,2}(?=[\"'`]?[ \t]{0,8}(?:[,;:&<>)\]}|\\\r\n]|$)|(?<===)[ \t]{1,8}[^\s\"'`]"
    r"|[ \t]{1,8}(?:HTTP/|[a-z]{1,16}(?:[\s=:]|$)))"
)
"""Signs with nothing behind them that could be a value; behind a single one a word may stand."""
_TURNS: Final = lazy(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]|[+/]")
_LEAST: Final = 10
_LONGEST: Final = 400
_PARTS: Final = 4
_RANDOM: Final = 0.4
"""Share of the letters that are of another kind than the one before: 0.6 of random base64, and
0.3 of names that are written with humps."""


def prefixed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where a key with a prefix of its issuer's stands in a word of `text`."""
    found = _PREFIXED.search(text, start, end) if end - start >= SHORTEST else None
    return found.span() if found else None


def is_key_line(text: str) -> bool:
    """Tell whether a whole text is a line of a key that is printed line by line.

    Sixty-four letters of base64 and nothing else: a certificate's look the same, and nobody
    can read them either.
    """
    return _KEY_LINE.fullmatch(text) is not None


def is_padding(text: str, at: int) -> bool:
    """Tell whether the equals sign at `at` fills up base64 (RFC 4648, 3.2), and names nothing.

    One id in 200 ends in letters that are a name: `...bFhwu5pw==`.
    """
    found = _PADDING.match(text, at) if at and text[at - 1] in _ENDS else None
    if not found:
        return False
    before = text[max(0, at - _LONGEST) : at]
    word = before[len(before.rstrip(_STANDARD)) :]
    words = [before[len(before.rstrip(_FOR_URLS)) :], word]
    for _ in range(_PARTS):  # it may be the end of a path
        word = word.partition("/")[2]
        words.append(word)
    return any((len(word) + found.end() - at) % 4 == 0 and _is_mixed(word) for word in words)


def _is_mixed(word: str) -> bool:
    return len(word) >= _LEAST and len(_TURNS.findall(word)) >= _RANDOM * len(word)
