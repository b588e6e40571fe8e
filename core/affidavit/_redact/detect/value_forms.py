"""Say where a value begins and ends that stands behind its name: quotes, brackets, words, lines."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.secret_values import quoted_end

OPEN: Final = lazy(r"[bBrRuUfF]{0,2}(\\{0,3}[\"'`])")
_CALL: Final = lazy(r"[A-Za-z_][\w.]{0,63}\(|(?:&|\[[0-9]{0,6}\])[A-Za-z_][\w.]{0,63}\{")
_BRACKET: Final = lazy(r"[\[\](){}]")
_OPENING: Final = frozenset("[({")
_INSIDE: Final = frozenset("\"'\r\n{[(")
"""How an object goes on behind its bracket, if it is one."""

_NESTED: Final = 1024
"""Characters in which a bracket must be closed; else all of them belong to the value."""
_NEAR: Final = 64
"""Characters in which most are."""

NOTHING: Final = frozenset({
    "", "true", "false", "null", "none", "nil", "undefined", "yes", "no", "?", "%s", "{}",
})  # fmt: skip
"""Values that hold no secret and no person: what an object keeps too, and bind markers."""

ONE: Final = lazy(
    r"(?:(?i:basic|bearer|digest|token|apikey)[ \t]{1,4})?[^\s,;&\"'<>}\])|\\]{1,4096}+"
)
LINE: Final = lazy(r"[^\r\n\"']++")
PROSE: Final = lazy(
    r"[^\r\n;|,{}<>\"&]{1,200}?(?=[ \t]+[\w.-]{1,40}[ \t]?[:=]|[ \t]{2,}|[\r\n;|,{}<>\"&]|$)"
    r"|[^\r\n;|,{}<>\"&]{200,}+"
)
NUMBERED: Final = lazy(
    r"[^\s,;&\"'<>}\])|\\]{1,512}+"
    r"(?: (?![\w.-]{1,40}=)(?=[^\s,;&\"'<>}\])|\\]{0,32}[0-9])[^\s,;&\"'<>}\])|\\]{1,64}+){0,8}"
)
"""A number in groups: a further word belongs to it if it has a digit."""

_NAMED_VALUE: Final = lazy(
    r"(?:[^<>}\r\n]{0,120}?|[\"']?\r?\n[ \t]{1,40}[\"']?)\b(?i:\w{0,16}value|val|content)\\{0,3}"
    r"[\"']?[ \t]?(?=[:=])"
)
_VALUE_REACH: Final = 160
"""Characters in which that name ends."""

NAME_SAID: Final = lazy(r"\\{0,3}[\"']?([^\s\"'<>\\=,;{}]{1,80})")
_FEED: Final = r"(?:\r?\n|(?:\\r)?\\n)"
_IN_LINE: Final = r"[^\r\n\\]{0,200}+(?:\\(?![rn])[^\r\n\\]{0,200}+){0,8}"
_BEGUN: Final = r"(?![\r\n]|\\[rn])(?=.)"
PART_BODY: Final = lazy(
    rf"{_IN_LINE}(?:{_FEED}{_BEGUN}{_IN_LINE}){{0,4}}{_FEED}{_FEED}"
    rf"({_BEGUN}(?:[^\r\n\\]++|\\(?![rn]))++)"
)
"""The body of a form part (RFC 7578): after the headers and an empty line, also in a repr."""

DIALLED: Final = lazy(r"[+(]?[0-9][0-9 ()./x-]{4,40}+")


def named_value_end(text: str, start: int) -> int:
    """Return where `value` ends that stands beside a name which ends at `start`; 0 if none does."""
    near = text[start : start + _VALUE_REACH].lower()
    beside = _NAMED_VALUE.match(text, start) if "val" in near or "content" in near else None
    return beside.end() if beside else 0


def value_at(text: str, start: int, form: re.Pattern[str]) -> tuple[int, int]:
    """Return where the value that begins at `start` begins and ends, without quotes."""
    quote = OPEN.match(text, start)
    if quote:
        return quote.end(), quoted_end(text, quote.end(), quote[1])
    if form is DIALLED:
        found = form.match(text, start)
        if found:
            return start, start + len(found.group().rstrip(" (./-"))
        form = NUMBERED
    if form is LINE:
        found = form.match(text, start)
        return start, found.end() if found else start
    bracket = container_end(text, start)
    if bracket:
        rest = ONE.match(text, bracket)
        return start, rest.end() if rest else bracket
    found = form.match(text, start)
    return start, found.end() if found else start


def container_end(text: str, start: int) -> int:
    """Return where the object or the call ends that begins at `start`; 0 if none does."""
    call = _CALL.match(text, start)
    bracket = call.end() - 1 if call else start
    return _balanced(text, bracket) if text[bracket : bracket + 1] in {"{", "[", "("} else 0


def _balanced(text: str, start: int) -> int:
    near = text[start : start + _NESTED]
    closed = ")" in near or "]" in near or "}" in near
    # All of them at once: one by one they took a tenth of a millisecond for each name.
    for reach in (start + _NEAR, start + _NESTED) if closed else ():
        depth = 0
        for place, bracket in enumerate(_BRACKET.findall(text, start, reach)):
            depth += 1 if bracket in _OPENING else -1
            if depth == 0:
                return next(islice(_BRACKET.finditer(text, start, reach), place, None)).end()
    if text[start + 1 : start + 2] in _INSIDE:
        return min(len(text), start + _NESTED)
    return start + 1  # a password may begin with a bracket
