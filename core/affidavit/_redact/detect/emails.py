"""E-mail addresses, plain and written around filters."""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match, TextView, named

_LOCAL: Final = 256
"""Characters before the `@` that are read. RFC 5321 allows 64; bounce addresses have more."""

_MARKS: Final = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e"
    "\u0eb1-\u0ece\u0f71-\u0f87\u102b-\u103e\u17b4-\u17d3"
)
"""Vowels and accents that are written with a letter, above all in the scripts of India."""

_LOCAL_PART: Final = lazy(rf"[\w{_MARKS}.+%'&~!#$^`{{|}}?-]++$")
_EDGE: Final = "'`{|}&?.!#$^~%-"
"""What may stand in a local part and, at its start, more likely stands before it."""

_DOMAIN: Final = lazy(
    r"(?:[ \t]{0,8}\\?[\r\n]{1,2}[ \t]{0,8})?"
    rf"(?:(?:[^\W_](?:[\w{_MARKS}-]{{0,61}}(?:[^\W_]|[{_MARKS}]))?\.){{1,8}}"
    rf"(?:xn--[a-zA-Z0-9-]{{2,59}}|[^\W\d_](?:[^\W\d_]|[{_MARKS}]){{1,23}})"
    r"|\[(?:IPv6:)?[0-9A-Fa-f.:]{3,45}\])"
)
"""Labels and a top level without digits (RFC 1035, 2.3.1; RFC 3696, 2), or an address in brackets
(RFC 5321, 4.1.3); a log may break a line."""

_WHOSE: Final = lazy(
    r"(?:(?<!\w)(?i:from|to|cc|bcc|sender|reply-to|author|committer|by):[ \t]{0,4}"
    r"([^<>:;,\"\r\n]{2,80}?)"
    r"|\\?\"([^\"\\\r\n]{2,80})\\?\"|(=\?[^?\s]{1,20}\?[bBqQ]\?[^?\s]{1,200}\?=)"
    r"|(?<![\w-])((?!(?:From|To|Cc|Via|By)\b)[^\W\d_a-z][\w'.-]{0,30}+"
    r"(?:[ ](?:[^\W\d_a-z][\w'.-]{0,30}+|v[ao]n|d[aeio][lrns]?|l[ae]|bin|al|el|zu|y)){0,4}))"
    r"[ \t]{0,2}$"
)
"""Whose address in brackets it is: `"Roe, Jane" <...>` (RFC 5322, 3.4)."""

_QUOTED: Final = lazy(r'\\?"[^"\r\n]{1,64}$')

_BRACKETED: Final = lazy(
    r"(?<![\w.+-])[\w.+-]{1,64}+\s{0,2}[\[({<]\s?at\s?[\])}>]\s{0,2}"
    r"[\w-]{1,63}(?:(?:\.|\s{0,2}[\[({<]\s?dot\s?[\])}>]\s{0,2})[\w-]{1,63}){1,5}",
    re.IGNORECASE,
)
_TOP: Final = (
    "(?:com|org|net|edu|gov|info|biz|io|co|ai|app|dev|me|uk|us|ca|au|de|fr|ch|eu|nl|es|it)"
)
_SPOKEN: Final = lazy(
    r"(?<![\w.+-])[\w.+-]{1,64}+ at [\w-]{1,63}(?: dot [\w-]{1,63}){0,4}"
    rf" dot {_TOP}\b",
    re.IGNORECASE,
)
_QUOTED_AT: Final = lazy(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}+=40[A-Za-z][\w-]{{0,62}}(?:\.[\w-]{{1,63}}){{0,4}}\.{_TOP}\b",
    re.IGNORECASE,
)
"""An address in quoted-printable without a sign of that: `=40` may be a number, this is none."""

_SAID: Final = lazy(
    r"(?<![\w.+-])[\w.+-]{1,64}+ at (?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,24}\b(?!\.?[\w/])"
)
"""An address with a word for its `@`. Hosts are said so too: a word before it must announce it."""

_MAIL_WORDS: Final = (b"mail",)


def find_emails(seen: TextView, hits: list[Match]) -> None:
    """Add e-mail addresses, `jane at example dot com` included."""
    text = seen.text
    at = text.find("@")
    while at >= 0:
        _add(text, at, hits)
        at = text.find("@", at + 1)
    lower = seen.lower
    if "=40" in lower:
        hits.extend(Match(*found.span(), "EMAIL") for found in _QUOTED_AT.finditer(text))
    if "at" not in lower:
        return
    if "mail" in lower and " at " in lower:
        said = [found.span() for found in _SAID.finditer(text)]
        hits.extend(Match(*span, "EMAIL") for span in said if named(seen, span[0], _MAIL_WORDS))
    if "at]" in lower or "at)" in lower or "at}" in lower or "at>" in lower or "at ]" in lower:
        hits.extend(Match(*found.span(), "EMAIL") for found in _BRACKETED.finditer(text))
    if " dot " in lower:
        hits.extend(Match(*found.span(), "EMAIL") for found in _SPOKEN.finditer(text))


def _add(text: str, at: int, hits: list[Match]) -> None:
    domain = _DOMAIN.match(text, at + 1)
    if domain is None:
        return
    before = text[max(0, at - _LOCAL) : at]
    local = _LOCAL_PART.search(before)
    if local is not None:
        start = at - len(local.group().lstrip(_EDGE))
    else:
        quoted = _QUOTED.search(before[:-1]) if before.endswith('"') else None
        start = at - 1 - len(quoted.group()) if quoted else at
    if start < at:
        hits.append(Match(start, domain.end(), "EMAIL"))
        if text[start - 1 : start] == "<":
            begin = max(0, start - 1 - _LOCAL)
            if whose := _WHOSE.search(text[begin : start - 1]):
                first, last = whose.span(whose.lastindex or 0)
                hits.append(Match(begin + first, begin + last, "NAME"))
