"""Secrets behind names that no mark follows: in sentences, tables, code and statements.

`password "x"`, `the password is x`, `| password | x |`, `setattr(c, 'password', 'x')`,
`DB_PASSWORD x`. A name alone says less there than before a `=`. So the value must look like a
secret, too: a password by what it is made of, all others by letters and digits taking turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.detect.spoken_secrets import RANDOM
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Match

_NAME_AT: Final = lazy("passw|passphrase|passcode|pwd|secret|token|key")
_HARD: Final = lazy(r"(?i)pass(?:word|wd|phrase|code|wort)|pwd|pswd")

_MADE: Final = lazy(
    r"(?i)(?:api|app|access|account|auth|bot|client|encryption|master|private|refresh|secret"
    r"|service|session|shared|signing|user)[_. -]?(?:key|secret|token)"
)
"""Names of what a program makes, in two words: no sentence has them by chance."""

_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_LONGEST_NAME: Final = 60
_NAME_REST: Final = lazy(r"[\w.-]{0,40}")
_REACH: Final = 160
"""Characters behind a name in which its value begins."""

_MARKED: Final = lazy(r"[\"'`\])*]{0,3}[ \t]?(?:[=:](?![ \t]*[:=<>|])|[?.+|&!~]=)")
_DIGIT: Final = lazy(r"[0-9]")
_LETTERS: Final = lazy(r"[^A-Za-z]*+(?:[A-Za-z]{1,19}+[^A-Za-z]++)*+[A-Za-z]{20}")
"""What a secret has, or is. In words, because looking from each letter on takes long."""
_QUOTE: Final = lazy(r"[\"'`]")

_QUOTED: Final = lazy(r"(?<![\w\"'`])(\\?[\"'`])([^\s\"'`]{6,4096})\1")
_QUOTED_BEFORE: Final = lazy(
    r"(?<![\w\"'`])([\"'`])([^\s\"'`]{6,200})\1"
    r"[ ](?:for|as|of|in|is|was)(?: [a-z]{1,12}){0,4}(?: [\"'`]?)?$"
)
_MOST_QUOTED: Final = 3
_WHOSE: Final = lazy(r"\b(?:for|of)(?: (?:the )?(?:account|database|role|user|username))? \\?\Z")
"""Behind it stands whose password it is: `invalid password for 'user1'`."""

_PATH: Final = frozenset({"/", "\\", "%"})
"""What stands before a name that is one of a file: `/etc/passwd`, `%2fetc%2fpasswd`."""

_TO_VALUE: Final = lazy(
    r"[\"'`*\])>]{0,3}"
    r"(?:[ \t]{1,4}(?:for|of)(?:[ \t]{1,4}[^\s:=]{1,60}){1,5}?"
    r"(?=[ \t]{0,4}:|[ \t]{1,4}(?:is|was)\b))?"
    r"(?P<said>[ \t]{0,60}(?:(?:you|is|ist|lautet|was|are|to|set|has|value|with|now|provided|given"
    r"|generated|changed|[05-9](?=[ \t])|[:=|,<>!\u2014\u2013\u2502\u2503\u2551-]{1,3})"
    r"[ \t]{0,60}){0,5})"
    r"[\[({<\"'`]?(?=\S)"
)
"""What may part a secret from its name: `for jane is`, `|`, `, `, a bracket, spaces."""

_CODED_MARK: Final = lazy("=3D")
"""The same mark in quoted-printable, which is read once it is undone."""

_WORD: Final = lazy(r"(?:(?!</)\S){8,200}")
_TAIL: Final = ",;.:!?)]}>\"'`|"

_HARMLESS: Final = lazy(
    r"(?i)\W*(?:/|~|\.{1,2}/|[a-z]:\\|[a-z+]{2,12}://|[0-9a-f]{0,4}:[0-9a-f:]+$|\d[\d.:,/T+-]*Z?$"
    r"|[\w.-]{1,60}(?:[=@(\[:]|\)values\b)|\$|%|<|\{|v?\d+(?:\.\d+)+|(?:[a-z][\w-]*\.)+[a-z]\w*(?::\d+)?$"
    r"|(?:[a-z]{1,20}[_-]){0,4}(?:(?:with|and|s|b|y)?(?:sha|md5|pbkdf|hmac|crypt|argon|utf|base64"
    r"|oauth|x509|pkcs|iso|rfc|https?|utc|varchar)i?d?[_-]?[0-9]{0,5}[_-]?){1,4}"
    r"(?:[_-][a-z0-9]{1,20}){0,4}(?:[(/:;,$]|\W*\Z)"
    r"|0x|[0-9a-f]{8}-[0-9a-f]{4}-|(?:\\x[0-9a-f]{2}){2,4}$)"
)
"""What stands behind such a name and is none: a path, a host, a time, a number, another field,
one letter of UTF-8 in bytes."""

_BEFORE: Final = 60
_SETTING: Final = lazy(
    r"[ \t]*(?:(?:ENV|ARG|setenv|SetEnv|fastcgi_param|set -[a-zA-Z]{1,3})[ \t]{1,4})?"
)
"""What stands before a setting in its line: blanks, or what Docker, a shell, a web server say."""

_ALONE: Final = lazy(r"[ \t]{1,20}([\"'])([^\"'\r\n]{1,200})\1[ \t]{0,4}[;,]?\s{0,2}\Z")
_SET: Final = lazy(r"[ \t]{1,20}([\"']?)(?![${<%])(\S{3,200}?)\1[ \t]{0,4}[;\\]?\s{0,2}\Z")

_LABEL_NUMBER: Final = lazy(r"(?i)[a-z]+[_-]?[0-9]{1,4}|[a-z]+(?:-[a-z]+){1,8}[_-]?[0-9]{0,4}")
"""`user12`, `attempt-3`: what counts things, unless quotes or `is` say that it is the value."""


def may_be_said(lower: str) -> bool:
    """Tell whether the name of a secret stands in a text."""
    # One by one: each text of a cold event is asked.
    return (
        "key" in lower or "token" in lower or "secret" in lower or "pwd" in lower or "pass" in lower
    )


def find_said(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add what looks like a secret behind the name of one."""
    done = 0
    quoted = _QUOTE.search(text) is not None
    for found in _NAME_AT.finditer(lower):
        at = found.start()
        if at < done:
            continue
        rest = _NAME_REST.match(text, found.end())
        end = rest.end() if rest else found.end()
        if not quoted and _MARKED.match(text, end):
            done = end  # it is read elsewhere, by what ends a value there
            continue
        before = text[max(0, at - _LONGEST_NAME) : at]
        begin = at - len(before) + len(before.rstrip(_NAME))
        name = text[begin:end].strip(".-")
        verdict = look(name) if name and text[begin - 1 : begin] not in _PATH else None
        done = end
        if verdict is None or verdict.entity not in SECRETS:
            continue
        for start, stop in _values(text, begin, end, _least_digits(name)):
            hits.append(Match(start, stop, *verdict))
            done = max(done, stop)


@lru_cache(maxsize=1024)
def _least_digits(name: str) -> int:
    """Return how many digits the secret behind `name` has at least; 0 if it must look random."""
    return 1 if _HARD.search(name) else 2 if _MADE.search(name) else 0


def _values(text: str, begin: int, end: int, least: int) -> list[tuple[int, int]]:
    """Return where the values stand whose name is `text[begin:end]`."""
    line = text.find("\n", end, end + _REACH)
    stop = line if line >= 0 else min(len(text), end + _REACH)
    alone = _alone(text, begin, end, stop) if least == 1 else None
    if alone:
        return [alone]
    marked = _MARKED.match(text, end) is not None
    if marked and not _QUOTE.search(text, max(0, begin - _REACH), stop):
        return []
    if not _is_worth(text, end, stop) and not _is_worth(text, max(0, begin - 40), begin):
        return []
    found = _in_quotes(text, begin, end, stop, least)
    gap = None if marked else _TO_VALUE.match(text, end, stop)
    word = _WORD.match(text, gap.end()) if gap and gap.end() > end else None
    if gap and word and not _CODED_MARK.match(text, gap.end() - 1):
        value = word.group().rstrip(_TAIL)
        sure = bool(gap["said"].strip())
        if _is_secret(value, least, sure=sure):
            found.append((word.start(), word.start() + len(value)))
    return found


def _is_worth(text: str, start: int, stop: int) -> bool:
    """Tell whether a part of `text` may hold a secret at all."""
    return _DIGIT.search(text, start, stop) is not None or bool(_LETTERS.match(text, start, stop))


def _in_quotes(text: str, begin: int, end: int, stop: int, least: int) -> list[tuple[int, int]]:
    """Return where secrets stand in quotes, up to `stop` behind the name or right before it."""
    found: list[tuple[int, int]] = []
    if _QUOTE.search(text, end, stop):
        found += [
            one.span(2)
            for one in islice(_quotations(text, end, stop), _MOST_QUOTED)
            if _is_secret(one[2], least, sure=True) and not _WHOSE.search(text, end, one.start())
        ]
    first = max(0, begin - _REACH)
    if _QUOTE.search(text, first, begin):
        before = _QUOTED_BEFORE.search(text[first:begin])
        if before and _is_secret(before[2], least, sure=True):
            found.append((before.start(2) + first, before.end(2) + first))
    return found


def _quotations(text: str, start: int, stop: int) -> Iterator[re.Match[str]]:
    """Yield what stands in quotes and begins between `start` and `stop`, however long it is."""
    done = start
    for quote in _QUOTE.finditer(text, start, stop):
        at = quote.start() - (text[quote.start() - 1] == "\\")
        found = _QUOTED.match(text, at) if at >= done else None
        if found:
            done = found.end()
            yield found


def _alone(text: str, begin: int, end: int, stop: int) -> tuple[int, int] | None:
    """Return where the value stands of a setting that is all of its line: `password "x"`."""
    line = text.rfind("\n", max(0, begin - _BEFORE), begin) + 1
    said = _SETTING.fullmatch(text, line, begin) if line or begin <= _BEFORE else None
    if said is None:
        return None
    whole = _ALONE.match(text, end, stop) if not said[0].strip() else _SET.match(text, end, stop)
    return whole.span(2) if whole else None


def _is_secret(value: str, least: int, *, sure: bool) -> bool:
    """Tell whether a value looks like a secret; `sure`: quotes or a word say that it is a value."""
    if _HARMLESS.match(value):
        return False
    if RANDOM.match(value):
        return True
    if not least or sum(map(str.isdigit, value)) < least or not any(map(str.isalpha, value)):
        return False
    return (sure and least == 1) or _LABEL_NUMBER.fullmatch(value) is None
