"""Secrets that show by their shape: tokens, keys, headers, passwords in URLs."""

from __future__ import annotations

import binascii
import json
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.credential_forms import AWS_KEYS, CRYPT, beginnings, compiled, forms
from affidavit._redact.detect.private_keys import find_private_keys
from affidavit._redact.detect.random_words import prefixed
from affidavit._redact.detect.spoken_secrets import find_spoken
from affidavit._redact.types.match import Match, TextView, broken_up

_IN_UUID: Final = lazy(r"[0-9A-Fa-f]{4}-(?:[0-9A-Fa-f]{4}-){2}")
"""The middle of one: `00000000-0000-...` begins with the digits of somebody's token."""

_USERINFO: Final = lazy(r"[^\s/?#\"'<>\\]{1,16384}(?=@)")
_RAW: Final = lazy(r"([^\s/:@?#\"'<>]{0,128}):(\S{1,16384}+)")
"""A password that should have been percent-encoded (RFC 3986, 3.2.1) but was not."""

_PORT: Final = lazy(r"[0-9]{2,5}(?:[/?#]|$)")

_HOST: Final = lazy(
    r"@(?:[A-Za-z0-9_-][\w.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?![\w.@:-])"
)

_DIGEST: Final = lazy(r"@(?:sha|md)[0-9]{1,3}:")
"""What follows the name and the tag of a container's image."""

_FARTHEST: Final = 16_514
"""Characters in which a user, a password of 16,384 characters and their `@` stand: tokens for
registries of packages have two thousand."""

_SCHEME: Final = 40
"""Characters before `//` in which a URL's scheme, and a quote before it, stand."""

_LONE_USER: Final = lazy(r"(?=[^0-9]{0,64}[0-9]).{16}")
"""A user without a password who is a token, as git hosts accept it: long, and with a digit."""

_THIN: Final = lazy(r"(?i)\bthin:([^\s/@:\"']{1,128}/[^\s@\"']{1,128})(?=@)")
"""User and password in a JDBC URL of Oracle's: `jdbc:oracle:thin:user/password@host`."""

_B64URL: Final = lazy(r"[A-Za-z0-9_-]++")
_JWT: Final = lazy(r"eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]{3,}+(?:\.[A-Za-z0-9_-]*+){0,3}")
"""Header, payload, signature (RFC 7519), or the five parts of an encrypted one (RFC 7516)."""

_ASCII: Final = 128
_PLAIN64: Final = str.maketrans("-_", "+/")
_ENCRYPTED: Final = 5
_PARAMETERS_OF_JWT: Final = frozenset({"alg", "b64", "enc", "kid", "zip"})
_OBJECT: Final = ("eyJ", "eyI", "eyA", "ewo", "ewk", "ew0", "e30", "ZXlK")
"""How an object begins in base64url: a brace and what may follow it; or a token inside."""

_SCHEMES: Final = (
    "bearer", "basic", "negotiate", "digest", "apikey", "apikey-v1", "flyv1", "aws4-hmac-sha256",
)  # fmt: skip
_AUTH: Final = lazy(r"[ \t:=]{1,4}\"?([A-Za-z0-9._~+/|-]{6,8192}+=*)")
_PARAMETERS: Final = lazy(
    r"[ \t]{1,4}((?i:username|realm|nonce|credential|signedheaders|signature)=[^\r\n]{4,}+)"
)
"""What follows `Digest` (RFC 7616) and `AWS4-HMAC-SHA256` (AWS Signature Version 4)."""
_WORD: Final = lazy(r"[a-z.-]{1,24}|[A-Z]?[a-z.-]{1,24}")
"""A word of a sentence: `basic authentication failed` is no header."""

_HASH: Final = lazy(r"(?i)sha-?[0-9]{1,3}")
"""`digest: sha256:...` is no header."""

_LONG_WORD: Final = lazy(r"[A-Za-z0-9][A-Za-z0-9_.~+/=|:$%@?&-]{15,}+")
"""What may be a token: only such words are held against the catalogue of forms."""

_SHORTEST_WORD: Final = 16
_WORDY: Final = bytes(
    ord("w") if (chr(one).isalnum() and one < _ASCII) or chr(one) in "+-_~" else ord(" ")
    for one in range(256)
)
_WORD_RUN: Final = b"w" * _SHORTEST_WORD
_VAULT: Final = lazy(r"(?<![A-Za-z0-9])s\.[A-Za-z0-9]{15}")
"""A token of Vault's whose dot leaves one character too few for such a word."""

_PARTNER: Final = lazy(
    r"[\s\"'`,:;|/>-]{1,16}(?:\w{1,30}[\s\"'`:=]{1,8})?"
    r"((?=[a-z0-9+/]{0,39}[A-Z])(?=[A-Z0-9+/]{0,39}[a-z])[A-Za-z0-9+/]{40}|[A-Za-z0-9]{30})"
    r"(?![A-Za-z0-9+/=])"
)
"""The secret behind the identifier of an access key, of AWS or Alibaba: in a list, in a call."""

_OF_PAIRS: Final = AWS_KEYS | {"LTAI"}

_B64: Final = r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]"

_INSIDE: Final = {
    "Q~": lazy(r"(?<![\w~.-])[\w~.]{3}[0-9]Q~[\w~.-]{31,34}+"),
    "_mmk": lazy(r"(?<![A-Za-z0-9])[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk(?![A-Za-z0-9])"),
    "-us": lazy(r"(?<![A-Za-z0-9])[a-f0-9]{32}-us[0-9]{1,2}(?![A-Za-z0-9])"),
    "|": lazy(
        r"(?<![A-Za-z0-9])(?:[0-9]{15,16}\|[A-Za-z0-9_-]{27,40}+"
        r"|[0-9]{1,9}\|(?![0-9a-f]{40,48}\b)[A-Za-z0-9]{40,48}(?![A-Za-z0-9]))"
    ),
    "%": lazy(r"(?<![A-Za-z0-9])[0-9]{15,16}%(?:7C)?[A-Za-z0-9_-]{27,40}+"),
    "!": lazy(r"(?<![A-Za-z0-9])00D[A-Za-z0-9]{12,15}![A-Za-z0-9_.]{60,160}+"),
    "Az": lazy(
        r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{33,48}Az(?:Se|Fu|Ca)[A-Za-z0-9+/_-]{5,8}={0,2}"
    ),
    "AZ": lazy(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{33,76}AZ(?:DO|EG)[A-Za-z0-9+/]{4,8}={0,2}"),
    "+A": lazy(rf"{_B64}{{33,76}}\+A(?:Sb|Eh|Rm|CR|Ba|MC|St)[A-Za-z0-9+/]{{5,}}+={{0,2}}"),
    "AIoT": lazy(rf"{_B64}{{33}}AIoT[A-Za-z0-9+/]{{6}}="),
    "APIM": lazy(rf"{_B64}{{76}}APIM[A-Za-z0-9+/]{{6}}=="),
    "ACDb": lazy(rf"{_B64}{{76}}ACDb[A-Za-z0-9+/]{{6}}=="),
    "JQQJ9": lazy(rf"{_B64}{{52}}JQQJ9[9DH][A-Za-z0-9+/]{{20,26}}={{0,2}}"),
    ".AgAB": lazy(r"(?<![A-Za-z0-9])[01]\.[A-Za-z0-9_-]{20,120}\.AgAB[A-Za-z0-9_-]{60,3000}+"),
    ".atlas": lazy(r"(?<![A-Za-z0-9])[A-Za-z0-9]{8,16}\.atlasv1\.[A-Za-z0-9_=-]{50,80}+"),
    ":AA": lazy(r"(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,35}(?![A-Za-z0-9])"),
    "=}": lazy(r"(?<!\w)\{[A-Za-z0-9+/]{20,400}={1,2}\}(?!\w)"),
    ":::": lazy(r"(?<=:)[0-9A-Fa-f]{32}:[0-9A-Fa-f]{32}(?=:::)"),
    "NR": lazy(r"(?<![A-Za-z0-9])[A-Za-z0-9]{24,44}-?NR(?:MA|AL)(?![A-Za-z0-9])"),
}
"""Credentials that show in their middle: of Microsoft Entra, Azure and its DevOps, MaxMind,
Mailchimp, Facebook, Laravel, Salesforce, Terraform, Maven, Windows, Telegram and New Relic.
"""


def find_credentials(seen: TextView, hits: list[Match]) -> None:
    """Add every secret that shows by its shape."""
    text, lower = seen.text, seen.lower
    if "://" in text:
        _find_userinfo(seen, hits)
    find_private_keys(seen, hits)
    if "thin:" in lower:
        hits.extend(Match(*found.span(1), "BASIC_AUTH_URL") for found in _THIN.finditer(text))
    if " " in text or ":" in text:
        for scheme in _SCHEMES:
            if scheme in lower:
                _find_header(seen, scheme, hits)
    if has_long_word(text, seen.raw) or "://" in text or "hooks." in text:
        find_tokens(seen, hits)


def has_long_word(text: str, raw: bytes) -> bool:
    """Tell whether a word is as long as a token, as an encoded value without a slash, or packed."""
    return (
        raw.translate(_WORDY).find(_WORD_RUN) >= 0
        or "H4sI" in text  # how gzip begins in base64; slashes may cut the rest into short words
        or "Q~" in text
        or ("$" in text and CRYPT.search(text) is not None)
        or ("s." in text and _VAULT.search(text) is not None)
    )


def may_hold_token(text: str) -> bool:
    """Tell whether a word in `text` begins as a credential does."""
    text = broken_up(text)
    return (
        "eyJ" in text
        or "$" in text
        or any(one in text for one in _INSIDE)
        or any(_begins(text, *word.span()) for word in _LONG_WORD.finditer(text))
        or _is_spoken(text)
    )


begins_token = may_hold_token


def _begins(text: str, start: int, end: int) -> bool:
    return prefixed(text, start, end) is not None or any(True for _ in beginnings(text, start, end))


def _is_spoken(text: str) -> bool:
    hits: list[Match] = []
    find_spoken(text, hits)
    return bool(hits)


def find_tokens(seen: TextView, hits: list[Match]) -> None:
    """Add tokens and keys that are one word with a well-known beginning."""
    text = broken_up(seen.text)
    if "eyJ" in text:
        _find_jwts(text, hits)
    for landmark, form in _INSIDE.items():
        if landmark in text:
            hits.extend(Match(*found.span(), "API_TOKEN") for found in form.finditer(text))
    find_spoken(text, hits)
    if "$" in text:
        hits.extend(Match(*found.span(), "SECRET") for found in CRYPT.finditer(text))
    for word in _LONG_WORD.finditer(text):
        before = len(hits)
        for place, beginning in beginnings(text, *word.span()):
            _add_form(text, beginning, place, hits)
        if len(hits) == before and (found := prefixed(text, *word.span())):
            hits.append(Match(*found, "API_TOKEN"))


def _add_form(text: str, beginning: str, start: int, hits: list[Match]) -> None:
    """Add what begins at `start`, if the rest is as the catalogue says."""
    known = forms()
    for size in range(len(beginning), 1, -1):
        for form in known.get(beginning[:size], ()):
            found = compiled(form.body).match(text, start + size)
            if found and not (
                form.beginning.isdigit() and _IN_UUID.search(text, start, found.end())
            ):
                hits.append(Match(start, found.end(), form.entity))
                partner = form.beginning in _OF_PAIRS and _PARTNER.match(text, found.end())
                if partner:
                    hits.append(Match(*partner.span(1), "SECRET"))
                return


def _find_userinfo(seen: TextView, hits: list[Match]) -> None:
    text = seen.text
    at = text.find("://")
    while at >= 0:
        start = at + 3
        end = _userinfo_end(text, start) if text.find("@", start, start + _FARTHEST) > 0 else start
        if end > start:
            hits.append(Match(start, end, "BASIC_AUTH_URL"))
        at = text.find("://", max(start, end))


def _userinfo_end(text: str, start: int) -> int:
    """Return where the user and password end that begin at `start`; `start` if there are none.

    A raw password may hold all that ends a host, and the `@` before it: the last one that a
    host follows counts, in the word or up to the quote that stood before the URL.
    """
    web = text.startswith("http", max(0, start - len("https://")))
    raw = _RAW.match(text, start)
    if raw and not (web and raw.group(1) and _PORT.match(text, raw.start(2))):
        end = raw.end()
        opening = max(text.rfind(one, max(0, start - _SCHEME), start) for one in "\"'`")
        if opening >= 0 and " " not in text[opening:start]:
            quote = text.find(text[opening], start, end)
            end = quote if quote > start else end
        hosts = [one.start() for one in _HOST.finditer(text, raw.start(2), end)]
        if web:
            # Scopes of packages: `https://jane:x@registry.example.com/@scope/name`.
            hosts = [one for one in hosts if text[one - 1] != "/"] or hosts
        # Without a host, for a socket or a placeholder: `svc:hunter2@/db`, `svc:hunter2@{host}/db`.
        last = hosts[-1] if hosts else text.rfind("@", raw.start(2), end - 1)
        return start if last < 0 or _DIGEST.match(text, last) else last
    found = _USERINFO.match(text, start)
    if found and (":" in found.group() or _LONE_USER.match(found.group())):
        return found.end()
    return start


def _find_jwts(text: str, hits: list[Match]) -> None:
    at = text.find("eyJ")
    while at >= 0:
        found = _JWT.match(text, at)
        if found and _is_jwt(found.group()):
            hits.append(Match(at, found.end(), "JWT"))
            end = found.end()
        else:
            # Another start within the same word ends at the same place: skip them all.
            word = _B64URL.match(text, at)
            end = word.end() if word else at + 3
        at = text.find("eyJ", end)


def _is_jwt(token: str) -> bool:
    """Tell whether the first part is a header, and the second may be what it is about.

    A log may have cut the second part short; the first has a dot behind it and is whole.
    """
    parts = token.split(".")
    try:
        header = json.loads(binascii.a2b_base64(parts[0].translate(_PLAIN64) + "=="))
    except (ValueError, RecursionError):
        return False
    if not isinstance(header, dict):
        return False
    sure = len(parts) == _ENCRYPTED or not _PARAMETERS_OF_JWT.isdisjoint(header)
    return sure or parts[1].startswith(_OBJECT)


def _find_header(seen: TextView, scheme: str, hits: list[Match]) -> None:
    low = seen.lower
    at = low.find(scheme)
    while at >= 0:
        end = at + len(scheme)
        if not low[max(0, at - 1) : at].isalnum():
            found = _PARAMETERS.match(seen.text, end) or _AUTH.match(seen.text, end)
            if found and _is_credential(found[1], scheme, seen.text[found.end() : found.end() + 1]):
                hits.append(Match(*found.span(1), "AUTH_HEADER"))
                end = found.end()
        at = low.find(scheme, end)


def _is_credential(word: str, scheme: str, after: str) -> bool:
    """Tell a credential from the next word of a sentence, a field's name, a kind of digest."""
    if (word[-1] == "=" and after.isalnum()) or _HASH.fullmatch(word):
        return False
    if scheme != "basic" or "=" in word.rstrip("="):
        return not _WORD.fullmatch(word)
    letters = word.rstrip("=")
    if len(letters) % 4 == 1:  # a log cut it short
        letters = letters[:-1]
    try:
        return b":" in binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except binascii.Error:
        return False
