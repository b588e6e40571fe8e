"""Read the catalogue of credentials: how they begin, and what may follow.

It is a table beside this module, read when the first long word is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from affidavit._lazy import lazy
from affidavit._library import shipped_text
from affidavit._redact.types.match import UUID

ALPHABETS: Final = {
    "hex": "A-Fa-f0-9",
    "alnum": "A-Za-z0-9",
    "upper": "A-Z0-9",
    "word": "A-Za-z0-9_-",
    "dotted": "A-Za-z0-9_.=-",
    "base64": "A-Za-z0-9+/=_-",
    "path": "A-Za-z0-9/_.%~-",
}

AWS_KEYS: Final = frozenset({"AKIA", "ASIA", "ABIA", "ACCA", "A3T"})

CRYPT: Final = lazy(
    r"\$(?:2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}"
    r"|(?:argon2|pbkdf2|scrypt)[\w-]{0,12}\$[^\s'\";:]{20,240}+"
    r"|(?:1|5|6|7|y|gy|apr1|sha1)\$[^\s'\",;:$]{1,32}\$[^\s'\",;:]{20,160}+"
    r"|[89]\$[./A-Za-z0-9]{14}\$[./A-Za-z0-9]{43}"
    r"|(?:(?<=[\s\"'=:]\$)|(?<=^\$))9\$[./A-Za-z0-9-]{8,400}+"  # of Junos, which can be read back
    r"|krb5[a-z]{2,6}\$[0-9]{1,2}\$[^\s'\",;]{32,8192}+)"
)
"""A password's hash as crypt(5), routers and Kerberos write it: it can be guessed at leisure."""


class CredentialForm:
    """One form: who issues it, how it begins, what follows, and where that is described."""

    __slots__ = ("beginning", "body", "issuer", "page")

    def __init__(self, issuer: str, beginning: str, body: str, page: str) -> None:
        self.issuer = issuer
        self.beginning = beginning
        self.body = body
        self.page = page

    @property
    def entity(self) -> str:
        """What a value of this form is."""
        return "AWS_KEY" if self.beginning in AWS_KEYS else "API_TOKEN"


_DER: Final = (
    r"[A-Za-z0-9+/=_-]{20,6000}+"
    r"(?:(?:\\n|\s){1,4}[A-Za-z0-9+/=_-]{24,76}(?![A-Za-z0-9+/_-])){0,80}+"
)
"""The rest of a key in base64, which may go on in further lines."""

_DRAWN: Final = r"(?=(?:[A-Za-z_-]{0,30}[0-9]){2})(?=[a-z0-9_-]{0,30}[A-Z])"
"""What is drawn and no name of anything, behind beginnings of few letters: digits, capitals."""

_SPECIAL: Final = {
    "authress": r"[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[a-z0-9+/_=-]{30,120}",
    "asana-old": r"[A-Fa-f0-9]{32}(?![A-Za-z0-9/])",
    "x": r"(?=[A-Za-z0-9+/=_%-]{0,60}[B-Zb-z2-9])[A-Za-z0-9+/=_%-]{60,200}[A-Za-z0-9]*+",
    "asana": r"[0-9]{10,20}:[a-z0-9]{20,40}(?![A-Za-z0-9])",
    "django": r"[a-z0-9!@#$%^&*(_=+)-]{30,64}+",
    "pkcs": rf"[A-Za-z0-9+/]{{2}}[AQgw]IBA(?:AK|DA){_DER}",
    "der": _DER,
    "workato": (
        r"[a-z]{0,2}-eyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{16,2000}\.[A-Za-z0-9_-]{64,1000}+"
    ),
    "vault": r"[A-Za-z]{0,16}[0-9][A-Za-z0-9]{14,23}(?![A-Za-z0-9])",
    "wrapped": (
        r"[A-Za-z0-9+/_-]{20,20000}+={0,2}"
        r"(?:(?:\\n|\s){1,4}[A-Za-z0-9+/_-]{24,76}+={0,2}){0,400}+"
        r"(?:(?:\\n|\s){1,4}[A-Za-z0-9+/_-]{1,75}={1,2})?"
    ),
    "airtable-oauth": r"[A-Za-z0-9]{14}\.v1\.[A-Za-z0-9_.=-]{40,700}+",
    "apideck": r"[A-Za-z0-9]{40,100}+-[A-Za-z0-9-]{16,60}+",
    "recharge": r"[0-9]x[0-9]_[a-f0-9]{60,70}+",
    "tickets": r"[0-9]{3,8}_[0-9]{3,8}_[a-f0-9]{32}(?![A-Za-z0-9])",
    "zoho": r"[a-f0-9]{32}\.[a-f0-9]{32}(?![A-Za-z0-9])",
    "airtable": r"[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    "clickup": r"[0-9]{5,10}_[A-Z0-9]{32}(?![A-Za-z0-9])",
    "close": r"[A-Za-z0-9]{22}\.[A-Za-z0-9]{22}(?![A-Za-z0-9])",
    "upper-": r"[A-Z0-9-]{26,40}+",
    "production$": r"(?:production|sandbox)\$[a-z0-9]{10,24}\$[a-f0-9]{20,40}",
    "path:": r"[0-9]{6,20}:[A-Za-z0-9_-]{10,60}@[A-Za-z0-9_-]{2,64}",
    "hex-": r"[a-f0-9]{32}(?:-[0-9])?(?![A-Za-z0-9])",
    "google": (
        r"[A-Za-z0-9_-]{4,40}/messages\?key=[A-Za-z0-9_-]{20,80}&token=[A-Za-z0-9_%=-]{20,120}"
    ),
    "uuid": UUID,
    "teams": r"[^\s\"'<>]{40,600}+",
    "resend": r"[A-Za-z0-9]{6,12}_[A-Za-z0-9]{16,32}",
    "discord": r"[A-Za-z0-9_-]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
    "telegram": r"[0-9]{6,14}:[A-Za-z0-9_-]{30,50}",
}
"""What an alphabet and a length do not say."""


@cache
def _table() -> tuple[list[str], frozenset[str]]:
    above, _, below = shipped_text("_redact/detect/credentials.txt").partition("\n----\n")
    return [one for one in above.splitlines() if one and one[0] != "#"], frozenset(below.split())


def lines() -> list[str]:
    """Return the lines of the table, one form each."""
    return _table()[0]


def issuers() -> frozenset[str]:
    """Return the names of issuers whose keys have no beginning."""
    return _table()[1]


@lru_cache(maxsize=2048)
def issued_form(name: str) -> re.Pattern[str] | None:
    """Return what the value of a field may look like whose name has an issuer, or is a key's.

    `ALGOLIA`, `ACME_KEY`: a long word with a digit. `acme_key`: letters and digits mixed.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    last = words[-1].rstrip(_DIGITS) if words else ""
    if last in _PLACES:
        return None
    if any(word in issuers() for word in words) or _is_glued(last):
        return BARE_KEY
    if last not in KEYS or not NO_SECRET.isdisjoint(words):
        return None
    # In capitals, as variables of the environment are written, the name alone says enough.
    if name.isupper() or (name.endswith("KEY") and name != "KEY"):
        return BARE_KEY
    return DENSE_KEY if len(words) > 1 else _ANY_KEY if name == "Key" else None


def _is_glued(word: str) -> bool:
    """Tell whether `key` stands behind the name of somebody who issues keys: `GITHUBKEY`."""
    issuer = word.removesuffix("key")
    return len(issuer) >= _SHORT and issuer != word and issuer in issuers() | _names()


@cache
def _names() -> frozenset[str]:
    """Return the first words of those whose keys have a beginning."""
    return frozenset(line.partition(";")[0].partition(" ")[0].lower() for line in lines())


KEYS: Final = frozenset({"key", "keys", "pat"})
"""Last words of names whose value shows whether it was issued to somebody."""

_DIGITS: Final = "0123456789"
_SHORT: Final = len("slack")
_PLACES: Final = frozenset({
    "bucket", "cache", "cluster", "database", "date", "dir", "domain", "edge", "endpoint", "env",
    "file", "host", "hostname", "hosts", "image", "level", "mode", "node", "path", "pop", "port",
    "region", "role", "schema", "server", "size", "state", "status", "time", "timeout", "type",
    "uri", "url", "version", "warehouse", "zone",
})  # fmt: skip
"""Last words of a name that say what it is: where an issuer is, and no key."""

_WORD: Final = lazy(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+[0-9]{0,2}")
NO_SECRET: Final = frozenset({
    "aggregation", "alert", "cache", "candidate", "column", "composite", "correlation", "dedup",
    "deduplication", "dest", "destination", "duplicate", "entity", "entry", "event", "file",
    "finding", "foreign", "group", "hash", "host", "idempotency", "image", "incident", "index",
    "item", "job", "lock", "log", "login", "lookup", "map", "message", "metric", "natural",
    "node", "object", "parent", "partition", "primary", "public", "range", "record", "redis",
    "registry", "request", "routing", "row", "rule", "s3", "search", "shard", "sort", "source",
    "state", "target", "task", "tenant", "topic", "trace", "translation", "type", "unique",
})  # fmt: skip
"""Words before `KEY` that make it the name of a place, or one that everybody may know."""

SHUFFLED: Final = (
    r"(?=[0-9]{0,12}(?:[A-Za-z][A-Za-z_-]{0,20}[0-9][0-9_-]{0,20}){4})[A-Za-z0-9_-]{16,300}+"
)
"""A word in which letters and digits take turns, as those of no name do."""

_ANY_KEY: Final = lazy(rf"(?![0-9a-f]{{8}}-){SHUFFLED}(?![\w./:])")

TURNS: Final = r"(?:[A-Z]{1,4}[a-z]{1,2}){4}"
"""Capitals and small letters that take turns, as in no word and no name."""

DENSE_KEY: Final = lazy(
    rf"(?:(?=[A-Za-z]{{0,40}}{TURNS})[A-Za-z0-9_-]{{20,}}+|"
    r"(?=(?:[A-Za-z]*[0-9]){2})(?=(?:[0-9]*[A-Za-z]){2})[A-Za-z0-9]{20,}+"
    r"|(?=(?:[A-Za-z]{0,16}[0-9]){4})(?=(?:[0-9]{0,16}[A-Za-z]){4})[A-Za-z0-9]{16,}+"
    r"|(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=(?:[A-Za-z_-]*[0-9]){3})[A-Za-z0-9_-]{20,}+)(?![\w.:/-])"
)
"""The same where a name says less: a word that nobody would read out."""

BARE_KEY: Final = lazy(
    r"(?![A-Z][A-Z0-9]{1,20}-[0-9]{1,9}(?![\w-]))"
    rf"(?=[^\s]{{0,80}}(?:[0-9]|{TURNS}))[A-Za-z0-9_.=/+~-]{{14,}}+"
)
"""What such a key looks like: a long word with a digit, and not the number of a ticket."""


@cache
def forms() -> dict[str, list[CredentialForm]]:
    """Return all forms by their beginning, read when first asked for."""
    found: dict[str, list[CredentialForm]] = {}
    for line in lines():
        issuer, beginning, alphabet, length, page = line.split("; ")
        found.setdefault(beginning, []).append(
            CredentialForm(issuer, beginning, _body(alphabet, length), page)
        )
    return found


@cache
def compiled(body: str) -> re.Pattern[str]:
    """Return the pattern of what follows a beginning; most are never met."""
    return re.compile(body)


def _body(alphabet: str, length: str) -> str:
    if alphabet in _SPECIAL:
        return _SPECIAL[alphabet]
    least, _, most = length.partition("-")
    if alphabet == "drawn":
        return f"{_DRAWN}[A-Za-z0-9_-]{{{least},{most or least}}}+"
    # A length that may vary says nothing of the end: what is longer is taken whole.
    end = "[A-Za-z0-9]*+" if most or alphabet == "path" else "(?![A-Za-z0-9])"
    return f"[{ALPHABETS[alphabet]}]{{{least},{most or least}}}+{end}"


@cache
def _sizes() -> dict[str, tuple[int, ...]]:
    """Return how long the beginnings are that begin with the same two letters, longest first."""
    found: dict[str, set[int]] = {}
    for one in forms():
        found.setdefault(one[:2], set()).add(len(one))
    return {letters: tuple(sorted(sizes, reverse=True)) for letters, sizes in found.items()}


def beginnings(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield where the words of a part of `text` begin as a credential does, and how.

    Looked up by their lengths and not by one pattern for all: that took ten milliseconds to
    compile, in the first line that has a long word.
    """
    known, sizes, done = forms(), _sizes(), start
    for word in _WORD_START.finditer(text, start, end):
        place = word.start()
        if place < done:
            continue
        for size in sizes.get(text[place : place + 2], ()):
            one = text[place : place + size]
            if place + size <= end and one in known:
                yield place, one
                done = place + size
                break


_WORD_START: Final = lazy(r"(?<![A-Za-z0-9])[A-Za-z0-9]")
