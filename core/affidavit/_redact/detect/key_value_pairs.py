"""Names with values inside a text: `password=x`, `"ssn": "y"`, `<email>z</email>`.

The same key names count as in an object. What is looked up is the word before a
`=`, a `:` or a tag's `>`; nothing is searched for by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.detect.contradictions import contradicts
from affidavit._redact.detect.credential_forms import BARE_KEY, issued_form
from affidavit._redact.detect.named_values import (
    COMPOUND,
    LONGEST_NAME,
    named_value,
    value_start,
)
from affidavit._redact.detect.random_words import is_padding
from affidavit._redact.detect.value_forms import (
    NAME_SAID,
    NOTHING,
    ONE,
    PART_BODY,
    named_value_end,
    value_at,
)
from affidavit._redact.types.lexicon import LAST_WORDS
from affidavit._redact.types.match import Classification, Match

Look = Callable[[str], "Classification | None"]
"""Says what a key name means; None if nothing."""


_MARK: Final = lazy(rb"[=<]|:(?!(?:(?<=[0-9]T[0-9]{2}:)|(?<=[ ,:\[(][0-9]{2}:))[0-9]{2})")
"""Where a name may end; not the colons of a time."""

_LESS: Final = ord("<")
_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_FOREIGN: Final = lazy(r"(?:[^\W_]{1,30}[ _-]){0,3}[^\W_]{1,30}$")
"""A name in other letters, of up to four words: whether they are one is looked up."""
_QUOTES: Final = " \t\"'\\[]`*"
_LONGEST_KEPT: Final = 32
_JOINED: Final = str.maketrans("", "", "._-()[]{}\"'/,")
_MOST_KEPT: Final = 2048
_WORDS: Final = 4
_WORD: Final = lazy(r"[A-Za-z][\w.-]{0,40}")

_BEHIND_NAME: Final = COMPOUND + ")>"
_NO_NAME: Final = frozenset("=:;,<{(/@#$%^\r\n")
"""What ends no name, nor stands between one and its mark."""
_TYPED: Final = lazy(r"[ ]?(?:\([A-Za-z.]{1,20}\)|<[A-Za-z.]{1,20}>)$")
"""The type behind a name: `password (String): x`."""

_TYPES: Final = frozenset({"String", "str", "string", "text", "varchar"})
"""Between a name and its value: `var token string = "x"` of Go, parameters of SQL."""

_PAIRS: Final = lazy(
    r"(?i)(?:(?<=[0-9a-f]{2}:)[0-9a-f]{2}|[0-9a-f]{2}:[0-9a-f]{2}):[0-9a-f]{2}(?![0-9a-z])"
)
"""Bytes with colons between them, as of a fingerprint: `cc` is none of their names."""
_PAIR: Final = 2

_TAG: Final = lazy(
    r"<(?:[\w.-]{1,64}:)?([A-Za-z_][\w.-]{0,63})(?:\s[^<>]{0,256})?>"
    r"\s{0,8}(?:<!\[CDATA\[)?([^<]++)"
)
_BLANK: Final = lazy(r"(?:\s|\\[nrt])+")
"""What stands between elements, also where a program has written its ends of lines so."""

_QUERY: Final = frozenset("?&")
_ASKED: Final = frozenset({"code", "key"})
"""What holds a secret in the query of an address: RFC 6749, 4.1.2, and many an API's key."""

_ISSUED: Final = lazy(r"[=:>|,?]{1,3}[ \t]{0,4}[\"'`]?=?")
_KEPT: Final = Classification("SECRET", RedactionAction.DROP)
_NAMERS: Final = frozenset({
    "name", "key", "field", "header", "attribute", "param", "parameterkey", "attributename",
    "parametername", "property", "parameter", "variable", "option", "setting",
})  # fmt: skip


class Pairs:
    """Finds values by their names, as `look` reads them.

    `_dull` holds names, and words that end in one, that are none of anything whatever stands
    around them, so that they need not be read again.
    """

    __slots__ = ("_dull", "_look")

    def __init__(self, look: Look) -> None:
        self._look = look
        self._dull: set[str] = set()

    def find(self, text: str, raw: bytes, *, once: bool = False) -> list[Match]:
        """Return the values whose names are sensitive; `raw` has a byte for each character.

        `once`: the first one is enough, for who asks whether there is any.
        """
        hits: list[Match] = []
        nothing: set[str] = set()  # names in this text that are none of anything
        last = len(raw) - 1
        done = 0
        for mark in _MARK.finditer(raw):
            at = mark.start()
            if at < done or at == last:
                continue
            if once and hits:
                break
            if raw[at] == _LESS:
                done = _tag(text, at, self._look, hits)
            elif text[at - 1] not in _NO_NAME:
                done = self._at(text, at, nothing, hits)
        return hits

    def _at(self, text: str, at: int, nothing: set[str], hits: list[Match]) -> int:
        """Read the name before the mark at `at`; return where looking goes on."""
        begin = max(0, at - _LONGEST_KEPT - 1)
        space = text.rfind(" ", begin, at)
        word = text[space + 1 if space >= 0 else begin : at]
        if word in self._dull:
            return at + 1
        before = text[max(0, at - LONGEST_NAME) : at].rstrip(_QUOTES)
        typed = before[-1:] in _BEHIND_NAME
        if before and typed:
            before = _without_type(before, equal=text[at] == "=")
        name = before[len(before.rstrip(_NAME)) :]
        odd = before[-len(name) - 1 :][:1]
        if not odd.isascii() and (said := _FOREIGN.search(before)):
            phrase = said.group()
            verdict = self._look(phrase) or self._look(phrase.rpartition(" ")[2])
            if verdict:
                return named_value(text, at, before, (phrase, verdict), hits)
        if not name or name in nothing or name in self._dull or name.isdigit():
            return at + 1
        done = self._pair(text, at, before, name, hits)
        if done == 0:
            nothing.add(name)
            self._keep(name)
            if not typed:  # else the word is a type's, and comes behind other names
                self._keep(word)
        return done or at + 1

    def _pair(self, text: str, at: int, before: str, name: str, hits: list[Match]) -> int:
        """Add the value after the mark at `at` if the `name` that ends `before` says so.

        Return where looking goes on, 0 if the name is none of anything wherever it stands.
        """
        look, alone = self._look, name not in _TYPES
        name = name.removeprefix("-D")  # a property of Java's
        if not alone and text[at] == "=" and not _spoken(before, name, look, mark="="):
            before = before[: -len(name)].rstrip(_QUOTES)
            name = before[len(before.rstrip(_NAME)) :]
            if not name or name.isdigit():
                return at + 1
        verdict = look(name) or _spoken(before, name, look, mark=text[at])
        low = name.lower()
        if verdict is None and "pass" in low[-6:]:
            verdict = _opens(text, at, name)
        if verdict is not None:
            chance = is_padding(text, at) or (len(name) == _PAIR and _PAIRS.match(text, at - _PAIR))
            return at + 1 if chance else named_value(text, at, before, (name, verdict), hits)
        if name in _ASKED and before[-len(name) - 1 :][:1] in _QUERY:
            return _issued(text, at, BARE_KEY, hits)
        form = issued_form(name) if low != "id" else None
        if low in _NAMERS:
            done = _issued(text, at, form, hits) if form else at + 1
            return done if done > at + 1 else _named(text, value_start(text, at), look, hits)
        if form:
            return _issued(text, at, form, hits)
        telling = name in _ASKED or low in LAST_WORDS or "pass" in low[-6:]
        return 0 if alone and not telling else at + 1

    def _keep(self, word: str) -> None:
        """Remember a word of letters, brackets and quotes that ends in such a name.

        One in other letters may be one with the words before it, here or in the next text.
        """
        if len(word) <= _LONGEST_KEPT and word.isascii() and word.translate(_JOINED).isalpha():
            if len(self._dull) >= _MOST_KEPT:
                self._dull.clear()
            self._dull.add(word)


def _without_type(before: str, *, equal: bool) -> str:
    """Return what stands before a mark without a comparison's sign, or the type of the name."""
    if before[-1] in COMPOUND:
        return before.rstrip(COMPOUND + _QUOTES) if equal else before
    typed = _TYPED.search(before)
    return before[: typed.start()] if typed else before


def _issued(text: str, at: int, form: re.Pattern[str], hits: list[Match]) -> int:
    """Add the key behind the name of an issuer: `ALGOLIA=...`."""
    gap = _ISSUED.match(text, at)
    found = form.match(text, gap.end()) if gap else None
    if found is None:
        return at + 1
    hits.append(Match(*found.span(), "SECRET"))
    return found.end()


def _opens(text: str, at: int, name: str) -> Classification | None:
    """Return what a value makes of a name in `pass`: a secret, if somebody chose it."""
    from affidavit._redact.detect.pass_names import CHOSEN, may_open  # noqa: PLC0415 - few events have one: an import need not wait for it

    opens = may_open(name) and CHOSEN.match(text, value_start(text, at))
    return _KEPT if opens else None


def _spoken(before: str, name: str, look: Look, *, mark: str) -> Classification | None:
    """Look at the words before a mark in prose: `Card number: ...`, `secret key = ...`."""
    if name.lower() not in LAST_WORDS:
        return None
    near = before[-len(name) - 2 : -len(name)]
    if mark == "=" and not (near[1:] == " " and near[0].isalpha()):
        return None  # the commonest: a name of one word
    words = before[max(map(before.rfind, "]:\n")) + 1 :].split(" ")[-_WORDS:]
    if mark == "=":  # what stands behind a mark of its own is a value: `mode=access key=5`
        others = [place for place, word in enumerate(words, 1) if not _WORD.fullmatch(word)]
        words = words[max(others, default=0) :]
    spoken = " ".join(words)
    # The name alone has been looked at.
    return look(spoken) if len(words) > 1 and spoken.strip(" ") != name else None


def _tag(text: str, at: int, look: Look, hits: list[Match]) -> int:
    element = _TAG.match(text, at)
    verdict = look(element[1]) if element else None
    if (
        element is None
        or verdict is None
        or (_BLANK.fullmatch(element[2]) or element[2].strip().lower() in NOTHING)
    ):
        return at + 1
    hits.append(Match(*element.span(2), *verdict))
    return element.end()


def _named(text: str, start: int, look: Look, hits: list[Match]) -> int:
    """Look at `name="password"` with the value in a form part, or in `value=` next to it."""
    said = NAME_SAID.match(text, start)
    if said is None:
        return start
    name = said[1].rpartition("/")[2]
    verdict, form = look(name), None
    if verdict is None:
        form = issued_form(name)
        if form is None:
            return start
    end = said.end(1)
    if beside := named_value_end(text, end):
        begin, end = value_at(text, value_start(text, beside), ONE)
    else:
        part = PART_BODY.match(text, end)
        if part is None:
            return end
        begin, end = part.span(1)
    if form is not None:
        verdict = _KEPT if form.match(text, begin, end) else None
    value = text[begin:end]
    if value and verdict and not contradicts(name, verdict.entity, value, spaced=False):
        hits.append(Match(begin, end, *verdict))
    return end
