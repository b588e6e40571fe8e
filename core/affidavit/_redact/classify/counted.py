"""Say whether `tokens` are words of a text or a count of them, and whether `session` is a state.

`tokens: ["deny", "tcp", "any"]`, `tokens: 812`, `session: "opened for user root"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.plain_words import is_in_words

_MOST: Final = 4096
"""Elements of a list that are looked at; a longer one is not vouched for."""

_LEAST: Final = 10**9
"""The least number that is none of a count, or of a session that is counted."""

_NO_SECRET: Final = lazy(
    r"\W{0,3}|[0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?"
    r"|[A-Z][A-Za-z-]{1,24}[0-9]{1,3}(?:/[0-9]{1,3}){0,4}"
)
"""A sign, a number, an address, a part of a router: what a word of a text or of a rule is, too."""

_STATE: Final = lazy(
    r"-?[0-9]{1,8}(?:\.[0-9]{1,9})?|0x[0-9A-Fa-f]{1,16}"
    r"|[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.Z+-]{2,20})?"
)

_OF_WORDS: Final = frozenset({
    "end_offset", "lemma", "logprob", "pos", "position", "start_offset", "upos",
})  # fmt: skip
"""What is told of a word, and of no secret."""


def is_counted(value: object, *, talk: bool) -> bool:
    """Tell whether a value below `tokens`, or `session` if that is the `talk`, is no secret."""
    if type(value) is int or type(value) is float:
        return abs(value) < _LEAST
    if type(value) is str:
        text = value.strip()
        if talk:
            return _STATE.fullmatch(text) is not None or (text.islower() and is_in_words(text))
        return text.isdigit() and len(text) < len(str(_LEAST))
    if talk or not isinstance(value, (list, tuple)) or len(value) > _MOST:
        return False
    return all(_is_word(one) for one in value)


def _is_word(one: object) -> bool:
    if type(one) is int or type(one) is float:
        return abs(one) < _LEAST
    return type(one) is str and (_NO_SECRET.fullmatch(one) is not None or is_in_words(one))


def tells_of_words(value: object) -> bool:
    """Tell whether a list has the words of a text with what is told of each."""
    first = value[0] if isinstance(value, (list, tuple)) and value else None
    return isinstance(first, Mapping) and not _OF_WORDS.isdisjoint(first)
