"""The value behind a name that is sensitive: where it begins and ends, and whether it is one."""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.blank_values import harmless_end
from affidavit._redact.detect.contradictions import contradicts
from affidavit._redact.detect.further_values import further_values
from affidavit._redact.detect.network import addresses_of
from affidavit._redact.detect.secret_values import value_span
from affidavit._redact.detect.value_forms import (
    DIALLED,
    LINE,
    NOTHING,
    NUMBERED,
    ONE,
    OPEN,
    PROSE,
    container_end,
    value_at,
)
from affidavit._redact.types.entities import LABELS, SECRETS
from affidavit._redact.types.match import Classification, Match

Named = tuple[str, Classification]
"""A name in a text, and what it means."""

LONGEST_NAME: Final = 80
"""Characters before a mark in which its name is looked for."""

COMPOUND: Final = "?.+|&!~"
"""What stands before the mark of a compound assignment or a comparison: `?=`, `||=`, `!=`."""

_LONGEST_LABEL: Final = 32
_LABELLED: Final = lazy(rf"{LABELS}[ \t\"'\\`*\[\]{COMPOUND}]*$")
"""A label of ours before a mark is no name."""
_BEHIND_LABEL: Final = " \t\"'\\`*[" + COMPOUND
_WRITTEN: Final = lazy(LABELS + r"\W*")
"""A label of ours as a value, and what ends a sentence: it was read before."""

_GAP: Final = lazy(
    r"(?::(?:protected|private|\"?[\w\\]{1,80}\"?:private)\][ \t]?=>"  # PHP's dumps
    r"|=>|={1,3}|:{1,3}=|:{1,2}|>)(?:\*\*(?=[ \t]))?[ \t]{0,8}"
    r"(?:\s{0,40}(?:string\([0-9]{1,6}\)|\(string\)(?:[ ]\(len=[0-9]{1,6}\))?)[ ](?=\"))?"
)
"""What parts a value from its name, with the type that dumps of PHP and Go say before it."""

_SECRET: Final = lazy(r"\S{1,4096}+")
"""Stands for a secret without quotes, which has an end of its own."""

_PLAIN: Final = lazy(
    r"=((?!(?i:basic|bearer|digest|token|apikey)[ \t])[\w/+~-](?:[\w/+~.-]{0,256}[\w/+~-])?+)"
    r"(?=[ \t]|\Z)"
)
"""One without anything that could be an end, a quote or a bracket: nothing has to be weighed."""

_MNEMONIC: Final = lazy(r"%[A-Z]\w{1,30}-[0-7]-\w{1,40}$")
"""What Cisco's systems call an event: `%SYS-5-PRIV_AUTH_PASS: ...`."""

_ARN: Final = lazy(r"\barn:[a-z-]{3,16}:[\w:/.*+-]{0,80}$")
"""A name inside of an ARN: what follows names a secret, and is none."""

_EMPTY: Final = lazy(r"(?:\[\](?=[\s,;)}\]\"'\\]|\Z)|\{\}(?=[\s,)\]\"'\\]|\Z))")
"""A list or an object that holds nothing."""

_QUOTES: Final = "\"'`\\"
_QUOTED: Final = frozenset(_QUOTES)
_BLANKS: Final = frozenset(" \t")
_WORDY: Final = frozenset({"ADDRESS", "BIRTH_DATE", "CONTACT", "HEALTH_ID", "LOCATION", "NAME"})
"""What is written in several words after a colon."""

_HEADERS: Final = ("authorization", "cookie", "-auth")


def value_start(text: str, at: int) -> int:
    """Return where a value begins whose name has its mark at `at`."""
    gap = _GAP.match(text, at)
    return gap.end() if gap else at + 1


def named_value(text: str, at: int, before: str, said: Named, hits: list[Match]) -> int:
    """Add the value of a name that is sensitive; return where looking goes on.

    `before` is what stands before its mark at `at`, up to the end of the name.
    """
    name, (entity, action) = said
    plain = _PLAIN.match(text, at) if entity in SECRETS else None
    start = at + 1 if plain else value_start(text, at)
    spaced = text[start - 1] in _BLANKS
    if text.startswith(";PWD", at - len(";PWD")):
        name = "pwd"  # `Driver={x};PWD=/a/b;`: of ODBC's, which puts no space there
    if past := harmless_end(name, text, start):
        return past
    if _EMPTY.match(text, start):
        return at + 1
    form = _form(name, entity, spaced=spaced)
    if plain and form is _SECRET:
        begin, end = plain.span(1)
    elif form is _SECRET and not OPEN.match(text, start):
        least, name_at = container_end(text, start), _name_at(text, at, before, name)
        begin, end = value_span(text, start, name_at, spaced=spaced, least=least)
    else:
        begin, end = value_at(text, start, form)
    last = 0
    if entity in SECRETS:
        more, last = further_values(name, text, start, end)
        hits.extend(Match(*one, entity, action) for one in more)
    elif (places := addresses_of(entity, text, begin, end)) is not None:
        hits.extend(Match(*one, "IP") for one in places)
        return end
    value = text[begin:end].strip()
    if _is_none(value) or contradicts(name, entity, value, spaced=spaced):
        return max(at + 1, last)
    if _is_no_name(text, at, before, name) or (
        name == "auth" and text.endswith(f"user={value} auth", 0, at)  # how imapd names one twice
    ):
        return at + 1
    hits.append(Match(begin, end, entity, action))
    return max(end, last)


def _is_none(value: str) -> bool:
    """Tell whether a value is nothing, or a label of ours that was written before."""
    return value.lower() in NOTHING or (value[:1] == "[" and _WRITTEN.fullmatch(value) is not None)


def _is_no_name(text: str, at: int, before: str, name: str) -> bool:
    """Tell whether a label of ours, an ARN, or what means a file or an event is the name."""
    if name == "fname" and "CEF:" in text:
        return True  # of a file, in ArcSight's Common Event Format
    if "%" in before and _MNEMONIC.search(before):
        return True
    near = text[max(0, at - _LONGEST_LABEL) : at]
    if near.rstrip(_BEHIND_LABEL)[-1:] == "]" and _LABELLED.search(near):
        return True
    return "arn:" in before and _ARN.search(before) is not None


def _name_at(text: str, at: int, before: str, name: str) -> int:
    """Return where the name begins that ends `before`, with its quotes."""
    end = max(0, at - LONGEST_NAME) + len(before)
    start = end - len(name)
    if end < at and not _QUOTED.isdisjoint(text[end:at]):
        return len(text[:start].rstrip(_QUOTES))
    return start


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
