"""Read key names: split them into words, and say which entity their value is.

`userPassword`, `USER_PASSWORD`, `user-password`, `user.password`, `userpassword`
and `u\u200bser pass\u0461ord` are read alike as far as people read them alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.normalise.confusables import fold_name
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.lexicon import (
    COUNTED,
    DIGESTS,
    ENDINGS,
    FILLERS,
    FLAGS,
    FOREIGN,
    LAST_WORDS,
    OPEN,
    PARTS,
    WHOLE,
)

Words = tuple[str, ...]
"""A key name as lower-case words."""

MAX_NAME: Final = 128
"""Characters of a key that are read, from its end; the longest phrase has half as many."""

_LONGEST: Final = 4
_SPLIT: Final = lazy(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

_WORDS: Final = lazy(r"[^\W\d_]+|[0-9]+")
"""Words of a name in other letters, which is in lower case by then."""


def _joined(phrases: Mapping[str, str]) -> dict[str, str]:
    """Return `phrases` without their spaces, all at once: a cold start waits for it."""
    words = "\n".join(phrases).replace(" ", "").split("\n")
    return dict(zip(words, phrases.values(), strict=True))


_AS_ONE: Final = _joined({phrase: what for phrase, what in ENDINGS.items() if " " in phrase})
_JOINED: Final = ENDINGS | _AS_ONE | _joined(WHOLE)
_ENDS: Final = ENDINGS | {one: what for one, what in _AS_ONE.items() if len(one) > len("post")}

_LAST: Final = LAST_WORDS.union(_AS_ONE)
_TAILS: Final = PARTS | DIGESTS
_SIGNED: Final = frozenset({"function", "method", "type"})

_DATED: Final = frozenset({
    "ca", "cert", "certificate", "cookie", "domain", "key", "lease", "licence", "license",
    "password", "policy", "session", "ssl", "subscription", "tls", "token",
})  # fmt: skip
_OTHERS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("parent", "name"): frozenset({
        "directory", "folder", "image", "job", "module", "node", "pod", "process", "task", "thread",
    }),
    ("member", "id"): frozenset({
        "channel", "chat", "cluster", "etcd", "guild", "project", "raft", "replica", "team",
        "workspace",
    }),
    ("serial", "number"): frozenset({"ca", "cert", "certificate", "issuer", "signer", "zone"}),
    ("expiry", "date"): _DATED,
    ("expiration", "date"): _DATED,
}  # fmt: skip
"""By the last words of a name: words before them with which they are nobody's."""

GLUED: Final = (
    "password", "passwd", "passphrase", "passcode", "secret", "token", "cookie", "apikey",
    "secretkey", "privatekey", "accesskey", "creditcard", "cardnumber", "email", "emailaddress",
    "phonenumber", "ipaddress", "firstname", "lastname", "sessionid", "ssn", "mrn", "dob", "cvv",
    "passport", "pwd",
)  # fmt: skip
"""Words that are found at the end of another word too: `dbpassword`, `useremail`."""

_GLUED_ENTITY: Final = {word: _JOINED[word] for word in GLUED}

VERSION: Final = frozenset({
    "agent", "build", "firmware", "kernel", "patch", "release", "revision", "runtime", "schema",
    "semver", "ver", "version", "versions",
})  # fmt: skip
"""Words before or above four numbers with dots that make them a version, not an address."""

TELLING: Final = VERSION.union(_JOINED, OPEN)
"""Every single word that means something as a key."""


_PASSES: Final = frozenset({
    "a", "all", "and", "any", "assert", "back", "backward", "band", "boarding", "build", "bus",
    "by", "check", "checks", "ci", "compile", "compiler", "coverage", "day", "depth", "did",
    "does", "eval", "failed", "first", "forward", "fourth", "free", "full", "gate", "gc", "health",
    "high", "ir", "job", "last", "lint", "llvm", "low", "mountain", "multi", "n", "next", "of",
    "one", "or", "per", "quality", "render", "rendering", "result", "season", "second", "shadow",
    "single", "ski", "step", "style", "sync", "test", "tests", "the", "third", "this", "to",
    "total", "transit", "travel", "two", "unit", "will", "z",
})  # fmt: skip
"""Words before `pass` with which it is no password: `first_pass`, `boarding_pass`."""

_ASKED: Final = frozenset({"has", "is"})
"""Words anywhere in a name that asks whether: `DestinationIsIpv6`."""

_LABELLED: Final = ("security", ("code",))
"""A label of FHIR's, which says who may read a resource, and not the code on a card."""

_HASHED: Final = SECRETS | {
    "CREDIT_CARD", "GOV_ID", "HEALTH_ID", "IBAN", "BANK_ACCOUNT", "PHONE", "UK_NHS", "UK_NINO",
    "US_ITIN", "US_MBI", "US_NPI", "PASSPORT", "US_SSN",
}  # fmt: skip
"""What can be counted through or is a secret: a hash of it is treated as the thing itself."""


def split(name: str) -> Words:
    """Return the words of a key `name`, in lower case, digits as words of their own."""
    if len(name) > MAX_NAME:
        name = name[-MAX_NAME:]
    if not name.isascii():
        name = fold_name(name)
        if not name.isascii():
            return tuple(_WORDS.findall(name))
    elif name.isalpha() and name.islower():
        return (name,)
    return tuple([word.lower() for word in _SPLIT.findall(name)])


def entity_of(words: Words) -> str | None:
    """Return the entity that a key of `words` announces, or None.

    >>> entity_of(("user", "password"))
    'SECRET'
    """
    if len(words) == 1:
        word = words[0]
        entity = _JOINED.get(word)
        if entity is None and not word.isascii():
            return _foreign().get(word)
        return entity if entity is not None else _inflected(word)
    if not words:
        return None
    joined = "".join(words)
    entity = _JOINED.get(joined)
    if entity is not None or words[0] in FLAGS or not _ASKED.isdisjoint(words):
        return entity
    return _ending(words) if joined.isascii() else _foreign_ending(words)


@cache
def _foreign() -> Mapping[str, str]:
    """Return the phrases in other letters, folded as names are."""
    return {
        between.join(split(phrase)): entity
        for phrase, entity in FOREIGN.items()
        for between in (" ", "")
    }


def _foreign_ending(words: Words) -> str | None:
    sizes = range(min(len(words), _LONGEST), 0, -1)
    found = (_foreign().get(" ".join(words[-size:])) for size in sizes)
    return next((entity for entity in found if entity), None) or _ending(words)


def entity_below(parent: Words, words: Words) -> str | None:
    """Return the entity that `words` announce below a key of `parent`, or None.

    For keys whose last word is in `OPEN` and that announce nothing by themselves.
    """
    while parent and (parent[-1] in FILLERS or parent[-1].isdigit()):
        parent = parent[:-1]
    if not parent or words[0] in FLAGS or (parent[-1], words) == _LABELLED:
        return None
    last = parent[-1]
    singular = last[:-1] if last.endswith("s") and last not in ENDINGS else last
    return _ending((*parent[:-1], singular, *words))


def is_open(words: Words) -> bool:
    """Tell whether a key of `words` may mean something below the right parent."""
    return len(words) == 1 and words[0] in OPEN


def _ending(words: Words) -> str | None:
    last = words[-1]
    if last in _LAST:
        entity = _phrase(words)
        if entity is not None:
            return None if _is_counted(words) else entity
        if opening := _opening(words):
            return opening
    if last in _TAILS or last.isdigit():
        return _without_tail(words)
    return _inflected(last, words[:-1])


def _without_tail(words: Words) -> str | None:
    """Look again without the words that leave a value what it is."""
    end = len(words)
    digest = False
    while end > 1 and (words[end - 1] in _TAILS or words[end - 1].isdigit()):
        digest = digest or words[end - 1] in DIGESTS
        end -= 1
        rest = words[:end]
        entity = _phrase(rest) or _JOINED.get("".join(rest)) or _opening(rest)
        if entity is not None:
            return None if digest and entity not in _HASHED else entity
    return None


def _opening(words: Words) -> str | None:
    """Return what a word is before which something stands that it opens: `IRC_PASS`."""
    opens = len(words) > 1 and words[-1] == "pass" and words[-2] not in _PASSES
    return "SECRET" if opens else None


def _phrase(words: Words) -> str | None:
    for size in range(min(len(words), _LONGEST), 0, -1):
        entity = _ENDS.get(" ".join(words[-size:]))
        if entity is not None:
            return entity
    return None


def _inflected(word: str, before: Words = ()) -> str | None:
    """Look at a word that is no phrase itself: a plural, or glued to another word."""
    if word.endswith(GLUED):
        return _glued(word)
    if not word.endswith("s"):
        return None
    word = word[:-1]
    entity = _phrase((*before, word))
    if entity is not None:
        return None if _is_counted((*before, word)) else entity
    return _glued(word) if word.endswith(GLUED) else None


def _glued(word: str) -> str | None:
    for tail, entity in _GLUED_ENTITY.items():
        if word.endswith(tail):
            head = word[: -len(tail)]
            return None if head in FLAGS or (tail == "token" and head in COUNTED) else entity
    return None


def _is_counted(words: Words) -> bool:
    """Tell whether a token is a place in a list, a signature a function's, a parent a program."""
    if len(words) == 1:
        return False
    before, last = words[-2:]
    if words[-3:-2] and words[-3] in _OTHERS.get((before, last), ()):
        return True
    return before in COUNTED if last == "token" else last == "signature" and before in _SIGNED
