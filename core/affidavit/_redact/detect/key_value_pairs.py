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
from affidavit._redact.detect.blank_values import harmless_end
from affidavit._redact.detect.contradictions import contradicts
from affidavit._redact.detect.credential_forms import BARE_KEY, issued_form
from affidavit._redact.detect.further_values import further_values
from affidavit._redact.detect.network import addresses_of
from affidavit._redact.detect.random_words import is_padding
from affidavit._redact.detect.secret_values import value_span
from affidavit._redact.detect.value_forms import (
    DIALLED,
    LINE,
    NAME_SAID,
    NAMED_VALUE,
    NOTHING,
    NUMBERED,
    ONE,
    OPEN,
    PART_BODY,
    PROSE,
    container_end,
    value_at,
)
from affidavit._redact.types.entities import LABELS, SECRETS
from affidavit._redact.types.lexicon import LAST_WORDS
from affidavit._redact.types.match import Classification, Match

Look = Callable[[str], "Classification | None"]
"""Says what a key name means; None if nothing."""


Named = tuple[str, Classification]
"""A name in a text, and what it means."""

_MARK: Final = lazy(rb"[=<]|:(?!(?:(?<=[0-9]T[0-9]{2}:)|(?<=[ ,:\[(][0-9]{2}:))[0-9]{2})")
"""Where a name may end; not the colons of a time."""

_LESS: Final = ord("<")
_EQUAL: Final = ord("=")
_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_FOREIGN: Final = lazy(r"(?:[^\W_]{1,30}[ _-]){0,3}[^\W_]{1,30}$")
"""A name in other letters, of up to four words: whether they are one is looked up."""
_QUOTES: Final = " \t\"'\\[]`*"
_LONGEST_NAME: Final = 80
_LONGEST_KEPT: Final = 32
_JOINED: Final = str.maketrans("", "", "._-()[]{}\"'/,")
_MOST_KEPT: Final = 2048
_WORDS: Final = 4

_LONGEST_LABEL: Final = 32
_LABELLED: Final = lazy(LABELS + r"[ \t\"'\\`*\[\]]*$")
"""A label of ours before a mark is no name."""

_GAP: Final = lazy(
    r"(?::(?:protected|private|[\w\\]{1,80}:private)\][ \t]=>"  # PHP's print_r
    r"|=>|={1,3}|:{1,3}=|:{1,2}|>)(?:\*\*(?=[ \t]))?[ \t]{0,8}"
    r"(?:\s{0,40}(?:string\([0-9]{1,6}\)|\(string\)(?:[ ]\(len=[0-9]{1,6}\))?)[ ](?=\"))?"
)
"""What parts a value from its name, with the type that dumps of PHP and Go say before it."""

_COMPOUND: Final = "?.+|&!~"
"""What stands before the mark of a compound assignment or a comparison: `?=`, `||=`, `!=`."""

_BEHIND_NAME: Final = _COMPOUND + ")>"
_TYPED: Final = lazy(r"[ ]?(?:\([A-Za-z.]{1,20}\)|<[A-Za-z.]{1,20}>)$")
"""The type behind a name: `password (String): x`."""

_TYPES: Final = frozenset({"String", "str", "string", "text", "varchar"})
"""Between a name and its value: `var token string = "x"` of Go, parameters of SQL."""

_SECRET: Final = lazy(r"\S{1,4096}+")
"""Stands for a secret without quotes, which has an end of its own."""

_PLAIN: Final = lazy(
    r"=((?!(?i:basic|bearer|digest|token|apikey)[ \t])[\w/+~-](?:[\w/+~.-]{0,256}[\w/+~-])?+)"
    r"(?=[ \t]|\Z)"
)
"""One without anything that could be an end, a quote or a bracket: nothing has to be weighed."""

_ARN: Final = lazy(r"\barn:[a-z-]{3,16}:[\w:/.*+-]{0,80}$")
"""A name inside of an ARN: what follows names a secret, and is none."""

_PAIRS: Final = lazy(
    r"(?i:(?<=[0-9a-f]{2}:)[0-9a-f]{2}|[0-9a-f]{2}:[0-9a-f]{2}):[0-9a-f]{2}(?![0-9a-z])"
)
"""Bytes with colons between them, as of a fingerprint: `cc` is none of their names."""
_PAIR: Final = 2

_QUOTED: Final = frozenset("\"'`\\")
_BLANKS: Final = frozenset(" \t")
_WORDY: Final = frozenset({"ADDRESS", "BIRTH_DATE", "CONTACT", "HEALTH_ID", "LOCATION", "NAME"})
"""What is written in several words after a colon."""

_HEADERS: Final = ("authorization", "cookie", "-auth")
_TAG: Final = lazy(
    r"<(?:[\w.-]{1,64}:)?([A-Za-z_][\w.-]{0,63})(?:\s[^<>]{0,256})?>"
    r"\s{0,8}(?:<!\[CDATA\[)?([^<]{1,4096}+)"
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

    `_dull` holds words that end in no name of anything, so that they need not be read again.
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
        look, dull = self._look, self._dull
        last = len(raw) - 1
        done = 0
        nothing: set[str] = set()  # names in this text that are none of anything
        for mark in _MARK.finditer(raw):
            at = mark.start()
            if at < done or at == last:
                continue
            if once and hits:
                break
            if raw[at] == _LESS:
                done = _tag(text, at, look, hits)
                continue
            begin = max(0, at - _LONGEST_KEPT - 1)
            space = text.rfind(" ", begin, at)
            word = text[space + 1 if space >= 0 else begin : at]
            if word in dull:
                continue
            before = text[max(0, at - _LONGEST_NAME) : at].rstrip(_QUOTES)
            if before and before[-1] in _BEHIND_NAME:
                before = _without_type(before, equal=raw[at] == _EQUAL)
            name = before[len(before.rstrip(_NAME)) :]
            odd = before[-len(name) - 1 :][:1]
            if not odd.isascii() and (said := _FOREIGN.search(before)):
                verdict = look(said.group())
                if verdict:
                    done = _named_value(text, at, before, (said.group(), verdict), hits)
                    continue
            if name and name not in nothing and not name.isdigit():
                done = self._pair(text, at, before, name, hits)
                if done == 0:
                    nothing.add(name)
                    self._keep(word)
        return hits

    def _pair(self, text: str, at: int, before: str, name: str, hits: list[Match]) -> int:
        """Add the value after the mark at `at` if the `name` that ends `before` says so.

        Return where looking goes on, 0 if the name is none of anything wherever it stands.
        """
        look, alone = self._look, name not in _TYPES
        if not alone and text[at] == "=":
            before = before[: -len(name)].rstrip(_QUOTES)
            name = before[len(before.rstrip(_NAME)) :]
            if not name or name.isdigit():
                return at + 1
        verdict = look(name) or _spoken(before, name, look, colon=text[at] == ":")
        if verdict is not None:
            if is_padding(text, at) or (len(name) == _PAIR and _PAIRS.match(text, at - _PAIR)):
                return at + 1
            return _named_value(text, at, before, (name, verdict), hits)
        low = name.lower()
        if name in _ASKED and before[-len(name) - 1 :][:1] in _QUERY:
            return _issued(text, at, BARE_KEY, hits)
        form = issued_form(name) if low != "id" else None
        if low in _NAMERS:
            done = _issued(text, at, form, hits) if form else at + 1
            return done if done > at + 1 else _named(text, _after(text, at), look, hits)
        if form:
            return _issued(text, at, form, hits)
        return 0 if alone and name not in _ASKED and low not in LAST_WORDS else at + 1

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
    if before[-1] in _COMPOUND:
        return before.rstrip(_COMPOUND + _QUOTES) if equal else before
    typed = _TYPED.search(before)
    return before[: typed.start()] if typed else before


def _after(text: str, at: int) -> int:
    """Return where a value begins whose name has its mark at `at`."""
    gap = _GAP.match(text, at)
    return gap.end() if gap else at + 1


def _named_value(text: str, at: int, before: str, said: Named, hits: list[Match]) -> int:
    """Add the value of a name that is sensitive; return where looking goes on."""
    name, verdict = said
    entity, action = verdict
    secret = entity in SECRETS
    plain = _PLAIN.match(text, at) if secret else None
    start = at + 1 if plain else _after(text, at)
    spaced = text[start - 1] in _BLANKS
    if text.startswith(";PWD", at - len(";PWD")):
        name = "pwd"  # `Driver={x};PWD=/a/b;`: of ODBC's, which puts no space there
    if past := harmless_end(name, text, start):
        return past
    form = _form(name, entity, spaced=spaced)
    if plain and form is _SECRET:
        begin, end = plain.span(1)
    elif form is _SECRET and not OPEN.match(text, start):
        name_end = max(0, at - _LONGEST_NAME) + len(before)
        name_at = name_end - len(name)
        if name_end < at and not _QUOTED.isdisjoint(text[name_end:at]):
            name_at = len(text[:name_at].rstrip("".join(_QUOTED)))
        least = container_end(text, start)
        begin, end = value_span(text, start, name_at, spaced=spaced, least=least)
    else:
        begin, end = value_at(text, start, form)
    last = 0
    if secret:
        more, last = further_values(name, text, start, end)
        hits.extend(Match(*one, entity, action) for one in more)
    elif (places := addresses_of(entity, text, begin, end)) is not None:
        hits.extend(Match(*one, "IP") for one in places)
        return end
    value = text[begin:end].strip()
    if value.lower() in NOTHING or contradicts(name, entity, value, spaced=spaced):
        return max(at + 1, last)
    labelled = max(0, at - _LONGEST_LABEL)
    if text.find("]", labelled, at) >= 0 and _LABELLED.search(text, labelled, at):
        return at + 1
    if ("arn:" in before and _ARN.search(before)) or (
        name == "auth" and text.endswith(f"user={value} auth", 0, at)  # how imapd names one twice
    ):
        return at + 1
    hits.append(Match(begin, end, entity, action))
    return max(end, last)


def _issued(text: str, at: int, form: re.Pattern[str], hits: list[Match]) -> int:
    """Add the key behind the name of an issuer: `ALGOLIA=...`."""
    gap = _ISSUED.match(text, at)
    found = form.match(text, gap.end()) if gap else None
    if found is None:
        return at + 1
    hits.append(Match(*found.span(), "SECRET"))
    return found.end()


def _spoken(before: str, name: str, look: Look, *, colon: bool) -> Classification | None:
    """Look at the words before a colon in prose: `Card number: ...`."""
    if not colon or name.lower() not in LAST_WORDS:
        return None
    words = before[max(before.rfind("]"), before.rfind(":")) + 1 :].split(" ")[-_WORDS:]
    spoken = " ".join(words)
    # The name alone has been looked at.
    return look(spoken) if len(words) > 1 and spoken.strip(" ") != name else None


def _form(name: str, entity: str, *, spaced: bool) -> re.Pattern[str]:
    """Return what a bare value looks like; `spaced` says that a space stands before it."""
    if name.lower().endswith(_HEADERS):
        return LINE
    if entity == "PHONE":
        return DIALLED
    if entity in SECRETS:
        return _SECRET
    if not spaced:
        return ONE
    return PROSE if entity in _WORDY else NUMBERED


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
    beside = NAMED_VALUE.match(text, end)
    if beside:
        gap = _GAP.match(text, beside.end())
        begin, end = value_at(text, gap.end() if gap else beside.end(), ONE)
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
