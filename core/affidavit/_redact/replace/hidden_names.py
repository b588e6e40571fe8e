"""Look for known names in values, and in what texts say once their encodings are undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from affidavit._lazy import lazy
from affidavit._redact.normalise import embedded_json
from affidavit._redact.normalise.decode import (
    FORM_SPACE,
    PART,
    hidden_texts,
    may_be_escaped,
    may_hide,
    unescape,
    unpercent,
)
from affidavit._redact.types.budget import ROUNDS
from affidavit._redact.types.entities import label
from affidavit._types import Json

_CODED: Final = lazy(r"[A-Za-z0-9+/_-]{8,}+={0,2}")
"""A word that may be encoded: six bytes are a short name and the field that it stands in."""

_BLANKS: Final = {"\\n": "  ", "\\r": "  ", "\\t": "  "}
"""Escapes whose letter is no part of the word behind it, and as much space."""

_TIMES: Final = 16
_UNPACKED: Final = 1_000_000
"""How much is read of what encodings hide: so many times the value, and what is unpacked."""


class KnownNames(NamedTuple):
    """Names with their tokens: of texts, longest first, of numbers, of short values.

    One of `marks` stands in every text that has a name, in clear or encoded once.
    """

    names: tuple[tuple[str, str], ...] = ()
    numbers: Mapping[int, str] = MappingProxyType({})
    short: Mapping[str, str] = MappingProxyType({})
    marks: tuple[str, ...] = ()


class HiddenNames:
    """One search in a value of about `size` characters.

    Where nothing is encoded but names perhaps, `met` are the marks that stand in the value:
    a text without any of them has no name.
    """

    __slots__ = ("_known", "_left", "_met")

    def __init__(self, known: KnownNames, size: int, met: Sequence[str] = ()) -> None:
        self._known = known
        self._left = _TIMES * size + _UNPACKED
        self._met = met

    def replace(self, value: Json, rounds: int = ROUNDS) -> Json:
        """Return `value` with tokens in place of the names; `rounds` encodings are undone."""
        if isinstance(value, str):
            return self._known.short.get(value) or self._text(value, rounds)
        if value is None:
            return None
        if isinstance(value, dict):
            return {self._text(key, rounds): self.replace(value[key], rounds) for key in value}
        if isinstance(value, list):
            return [self.replace(item, rounds) for item in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._known.numbers.get(value, value)
        return value

    def _text(self, text: str, rounds: int) -> str:
        if rounds == ROUNDS and self._met:
            for mark in self._met:
                if mark in text:
                    break
            else:
                return text
        if rounds:
            self._left -= len(text)
            if self._left < 0:
                return label("LIMIT")
            document = self._document(text, rounds - 1)
            if document is not None:
                return document
        for name, token in self._known.names:
            if name in text:
                text = _replace_words(text, name, token)
        return self._decoded(text, rounds - 1) if rounds else text

    def _decoded(self, text: str, rounds: int) -> str:
        """Look at what percent signs, escapes and words in `text` say in clear."""
        if "%" in text or ("+" in text and FORM_SPACE.search(text)):
            text = PART.sub(lambda found: self._part(found.group(), rounds), text)
        if may_be_escaped(text):
            plain = unescape(text)
            done = self._text(plain, rounds)
            if done != plain:
                return done
        return _CODED.sub(lambda found: self._word(found.group(), rounds), text)

    def _document(self, text: str, rounds: int) -> str | None:
        """Return a JSON text without the names, where that takes reading it; None if it is none.

        As few are read as can be: what is read is written anew, with other spaces perhaps.
        """
        if "\\" not in text and not any(f'"{one}"' in text for one in self._known.short):
            return None
        found = embedded_json.read(text, embedded_json.after_blank(text, 0))
        if found is None or text[found[1] :].strip():
            return None
        done = self.replace(found[0], rounds)
        return text if done == found[0] else embedded_json.write(done)

    def _part(self, coded: str, rounds: int) -> str:
        if "%" not in coded and "+" not in coded:
            return coded
        plain = unpercent(coded.replace("+", " "))
        done = self._text(plain, rounds)
        return coded if done == plain else done

    def _word(self, word: str, rounds: int) -> str:
        """Return an encoded word, or the token of whom its clear text names."""
        if not may_hide(word) and not any(mark in word for mark in self._known.marks):
            return word
        try:
            for clear in hidden_texts(word, max(self._left, 0)):
                done = self.replace(clear, rounds)
                if done != clear:
                    return self._told(str(done))
        except OverflowError:
            return label("LIMIT")
        if "/" not in word:
            return word
        # A path: each of its parts may be a word by itself.
        parts = [self._word(one, rounds) if _CODED.match(one) else one for one in word.split("/")]
        return "/".join(parts)

    def _told(self, done: str) -> str:
        tokens = [*(token for _, token in self._known.names), *self._known.short.values()]
        return next((token for token in tokens if token in done), label("LIMIT"))


def _replace_words(text: str, name: str, token: str) -> str:
    # No pattern: `re` would keep the name among the last ones that it compiled.
    plain = text
    if "\\" in text:
        for escape, blank in _BLANKS.items():
            plain = plain.replace(escape, blank)
    parts: list[str] = []
    done = 0
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        inside = (name[0].isalnum() and plain[max(0, at - 1) : at].isalnum()) or (
            name[-1].isalnum() and text[end : end + 1].isalnum()
        )
        if not inside:
            parts += (text[done:at], token)
            done = end
        at = text.find(name, at + 1 if inside else end)
    return "".join((*parts, text[done:]))
