"""Tell words that say what is done, allowed or meant from a secret in their place.

`role: "admin"`, `scope: "read:orders https://api.example.com/v2"`, and not `role: "q8Rk2vN5xT0y"`.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import UUID

_LONGEST: Final = 4096
"""Characters of a list of scopes that is read; a longer one is not vouched for."""

_SUBSCRIPTION: Final = lazy(rf"(?<=/){UUID}(?=/|\Z)")
"""What a path in a cloud names a subscription or a role by."""

_PIECE: Final = lazy(r"[^\s:/.,;|_*()\[\]{}'\"<=>+-]+")

_PATH: Final = lazy(r"/[A-Za-z]{2,40}/\S|(?:https?|arn|urn):")
_NUMBER: Final = lazy(r"[0-9]{1,4}")
_OF_PATH: Final = lazy(r"[0-9]{1,13}|[A-Za-z]{1,12}[0-9]{1,4}")
"""The number of an account, a machine's: `vm01`."""

_SHORT: Final = lazy(r"[A-Za-z0-9]{1,3}")
_ALGORITHM: Final = lazy(
    r"(?i)oauth[12]|http[123]|x509|pbkdf2|argon2|aes(?:128|192|256)"
    r"|(?:aws|rsa|saml|sha|hs|rs|es|ps|md|ecdsa|ed|dsa|hmac|hmacsha|sigv|tlsv)[0-9]{1,5}[ka]?"
)
_HUMPS: Final = lazy(r"[A-Z]?[a-z]+|[A-Z]+")
_UNSPEAKABLE: Final = lazy(r"(?i)[bcdfghjklmnpqrstvwxz]{6}|[aeiou]{5}")
_LONG_WORD: Final = 23
_HUMPED: Final = 8
_PER_HUMP: Final = 2.5
"""Letters of a word in a name that is written with capitals: random ones have fewer."""

_AGENT: Final = lazy(r"[A-Za-z][A-Za-z._-]{1,40}/v?[0-9]{1,4}(?:\.[0-9]{1,6}){0,4}(?:[\s;+-]|\Z)")
"""What a user agent begins with: a product and its version (RFC 9110, 10.1.5)."""


def is_in_words(value: str) -> bool:
    """Tell whether a text consists of words, with few small numbers, and nothing that was drawn."""
    if len(value) > _LONGEST:
        return False
    other = _NUMBER
    if _PATH.match(value):
        other, value = _OF_PATH, _SUBSCRIPTION.sub("", value)
    if _is_drawn(value):
        return False
    words = others = 0
    letters = False
    for piece in _PIECE.findall(value):
        if _is_word(piece) if piece.isalpha() else _ALGORITHM.fullmatch(piece):
            words += 1
        elif not piece.isalpha() and (_SHORT.fullmatch(piece) or other.fullmatch(piece)):
            others += 1
            letters = letters or not piece.isdigit()
        else:
            return False
    return others <= words + letters and words + letters > 0


def is_agent(value: str) -> bool:
    """Tell whether a text says which program asks: `Mozilla/5.0 (X11; Linux x86_64)`."""
    return _AGENT.match(value) is not None or is_in_words(value)


def _is_word(one: str) -> bool:
    if len(one) > _LONG_WORD and len(_HUMPS.findall(one)) == 1:
        return False
    return not _is_drawn(one) and _UNSPEAKABLE.search(one) is None


def _is_drawn(value: str) -> bool:
    """Tell whether capitals and small letters take turns as in no name that is written so."""
    humps = _HUMPS.findall(value)
    letters = sum(map(len, humps))
    return letters >= _HUMPED and letters < _PER_HUMP * len(humps)
