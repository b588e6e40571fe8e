"""Names with values inside a text: `password=x`, `"ssn": "y"`, `<email>z</email>`.

The same key names count as in an object. What is looked up is the word before a
`=`, a `:` or a tag's `>`; nothing is searched for by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.network import is_nobody
from affidavit._redact.types.entities import LABELS, SECRETS
from affidavit._redact.types.lexicon import LAST_WORDS
from affidavit._redact.types.match import Classification, Match, TextView

Look = Callable[[str], "Classification | None"]
"""Says what a key name means; None if nothing."""

_MARK: Final = lazy(rb"[=:<]")
_LESS: Final = ord("<")
_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_QUOTES: Final = " \t\"'\\[]`*"
_LONGEST_NAME: Final = 80
_LONGEST_VALUE: Final = 4096
_WORDS: Final = 4

_LONGEST_LABEL: Final = 32
_LABELLED: Final = lazy(LABELS + r"[ \t\"'\\`*\[\]]*$")
"""A label of ours before a mark is no name."""

_GAP: Final = lazy(r"[=:>]{1,3}[ \t]{0,8}")
_OPEN: Final = lazy(r"[bBrRuUfF]{0,2}(\\{0,3}[\"'`])")
_OPTION: Final = lazy(r"(?<![\w-])--([A-Za-z][\w-]{1,40}+) {1,2}[\"']?([^\s\"'-][^\s\"']{0,255})")
_CALL: Final = lazy(r"[A-Za-z_][\w.]{0,63}\(")
_BRACKET: Final = lazy(r"[\[\](){}]")
_NESTED: Final = 1024
"""Characters in which a bracket must be closed; else all of them belong to the value."""

_ONE: Final = lazy(
    r"(?:(?i:basic|bearer|digest|token|apikey)[ \t]{1,4})?[^\s,;&\"'<>}\])|\\]{1,4096}+"
)
_LINE: Final = lazy(r"[^\r\n\"']{1,4096}+")
_PROSE: Final = lazy(
    r"[^\r\n;|,{}<>\"&]{1,200}?(?=[ \t]+[\w.-]{1,40}[ \t]?[:=]|[ \t]{2,}|[\r\n;|,{}<>\"&]|$)"
)
_NUMBERED: Final = lazy(
    r"[^\s,;&\"'<>}\])|\\]{1,512}+"
    r"(?: (?=[^\s,;&\"'<>}\])|\\]{0,32}[0-9])[^\s,;&\"'<>}\])|\\]{1,64}+){0,8}"
)
"""A number in groups: a further word belongs to it if it has a digit."""

_NOTHING: Final = frozenset({
    "", "true", "false", "null", "none", "nil", "undefined", "yes", "no", "?", "%s", "{}",
})  # fmt: skip
"""Values that hold no secret and no person: what an object keeps too, and bind markers."""

_WORDY: Final = frozenset({"ADDRESS", "BIRTH_DATE", "CONTACT", "HEALTH_ID", "LOCATION", "NAME"})
"""What is written in several words after a colon."""

_ADDRESS: Final = lazy(r"[0-9]\.[0-9]|[0-9A-Fa-f]:|::")

_MAILED: Final = lazy(r"@|%40|[ (\[{<]at[ )\]}>]|[0-9*\[]|\.")
"""What the next word of a sentence about e-mail has not."""

_DIALLED: Final = lazy(r"[+(]?[0-9][0-9 ()./x-]{4,40}+")

_HEADERS: Final = ("authorization", "cookie", "-auth")
_TAG: Final = lazy(
    r"<(?:[\w.-]{1,64}:)?([A-Za-z_][\w.-]{0,63})(?:\s[^<>]{0,256})?>"
    r"\s{0,8}(?:<!\[CDATA\[)?([^<]{1,4096}+)"
)
_NAMERS: Final = frozenset({"name", "key", "field", "header", "attribute", "param"})
_NAMED_VALUE: Final = lazy(r"[^<>\r\n]{0,120}?\b(?i:value|val|content)\\{0,3}[\"']?[ \t]?(?=[:=])")
_PART_BODY: Final = lazy(r"[^\r\n]{0,200}(?:\r?\n[^\r\n]{1,200}){0,4}\r?\n\r?\n([^\r\n]{1,4096}+)")
"""The body of a form part (RFC 7578): after the headers and an empty line."""


def find_pairs(seen: TextView, look: Look, hits: list[Match]) -> None:
    """Add the values whose names are sensitive."""
    text, raw = seen.text, seen.raw
    if b"--" in raw:
        _options(text, look, hits)
    last = len(raw) - 1
    done = 0
    for mark in _MARK.finditer(raw):
        at = mark.start()
        if at < done or at == last:
            continue
        if raw[at] == _LESS:
            done = _tag(text, at, look, hits)
            continue
        before = text[max(0, at - _LONGEST_NAME) : at].rstrip(_QUOTES)
        if before:
            done = _pair(text, at, before, look, hits)


def _options(text: str, look: Look, hits: list[Match]) -> None:
    """Add the values of options on a command line: `--password x`."""
    for option in _OPTION.finditer(text):
        verdict = look(option[1])
        if verdict is not None and option[2].lower() not in _NOTHING:
            hits.append(Match(*option.span(2), *verdict))


def _pair(text: str, at: int, before: str, look: Look, hits: list[Match]) -> int:
    """Add the value after the mark at `at` if the word before it says so.

    Return where looking goes on.
    """
    name = before[len(before.rstrip(_NAME)) :]
    if not name or name.isdigit():
        return at + 1
    verdict = look(name) or _spoken(before, name, look, colon=text[at] == ":")
    if verdict is None and name.lower() not in _NAMERS:
        return at + 1
    gap = _GAP.match(text, at)
    start = gap.end() if gap else at + 1
    if verdict is None:
        return _named(text, start, look, hits)
    begin, end = _value(text, start, _form(name, verdict, spaced=start > at + 1))
    value = text[begin:end].strip()
    if value.lower() in _NOTHING or _contradicts(verdict.entity, value, spaced=start > at + 1):
        return at + 1
    if _LABELLED.search(text, max(0, at - _LONGEST_LABEL), at):
        return at + 1
    hits.append(Match(begin, end, *verdict))
    return end


def _contradicts(entity: str, value: str, *, spaced: bool) -> bool:
    """Tell whether a value cannot be what its name says, as in `ip: localhost`."""
    if entity == "IP":
        return not _ADDRESS.search(value) or is_nobody(value)
    return entity == "EMAIL" and spaced and not _MAILED.search(value)


def _spoken(before: str, name: str, look: Look, *, colon: bool) -> Classification | None:
    """Look at the words before a colon in prose: `Card number: ...`."""
    if not colon or name.lower() not in LAST_WORDS:
        return None
    words = before.split(" ")[-_WORDS:]
    return look(" ".join(words)) if len(words) > 1 else None


def _form(name: str, verdict: Classification, *, spaced: bool) -> re.Pattern[str]:
    """Return what a bare value looks like; `spaced` says that a space stands before it."""
    if name.lower().endswith(_HEADERS):
        return _LINE
    if verdict.entity == "PHONE":
        return _DIALLED
    if not spaced or verdict.entity in SECRETS:
        return _ONE
    return _PROSE if verdict.entity in _WORDY else _NUMBERED


def _value(text: str, start: int, form: re.Pattern[str]) -> tuple[int, int]:
    """Return where the value that begins at `start` begins and ends, without quotes."""
    quote = _OPEN.match(text, start)
    if quote:
        return quote.end(), _closing(text, quote.end(), quote[1])
    if form is _DIALLED:
        found = form.match(text, start)
        if found:
            return start, start + len(found.group().rstrip(" (./-"))
        form = _NUMBERED
    if form is _LINE:
        found = form.match(text, start)
        return start, found.end() if found else start
    call = _CALL.match(text, start)
    bracket = call.end() - 1 if call else start
    if text[bracket : bracket + 1] in "{[(" and bracket < len(text):
        bracket = _balanced(text, bracket)
        rest = _ONE.match(text, bracket)
        return start, rest.end() if rest else bracket
    found = form.match(text, start)
    return start, found.end() if found else start


def _closing(text: str, start: int, quote: str) -> int:
    at = text.find(quote, start)
    while at > 0 and quote[0] != "\\" and text[at - 1] == "\\" and at > start:
        at = text.find(quote, at + 1)
    return at if at >= 0 else len(text)


def _balanced(text: str, start: int) -> int:
    depth = 0
    for bracket in _BRACKET.finditer(text, start, start + _NESTED):
        depth += 1 if bracket.group() in "[({" else -1
        if depth == 0:
            return bracket.end()
    return min(len(text), start + _NESTED)


def _tag(text: str, at: int, look: Look, hits: list[Match]) -> int:
    element = _TAG.match(text, at)
    verdict = look(element[1]) if element else None
    if element is None or verdict is None or element[2].strip().lower() in _NOTHING:
        return at + 1
    hits.append(Match(*element.span(2), *verdict))
    return element.end()


def _named(text: str, start: int, look: Look, hits: list[Match]) -> int:
    """Look at `name="password"` with the value in a form part, or in `value=` next to it."""
    begin, end = _value(text, start, _ONE)
    name = text[begin:end]
    verdict = look(name) if 0 < len(name) <= _LONGEST_NAME and "\n" not in name else None
    if verdict is None:
        return start
    beside = _NAMED_VALUE.match(text, end)
    if beside:
        gap = _GAP.match(text, beside.end())
        begin, end = _value(text, gap.end() if gap else beside.end(), _ONE)
    else:
        part = _PART_BODY.match(text, end)
        if part is None:
            return end
        begin, end = part.span(1)
    if begin < end:
        hits.append(Match(begin, end, *verdict))
    return end
