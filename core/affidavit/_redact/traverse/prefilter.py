"""Prove a plain text clean by its shape: one letter for each kind of character, one search."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.command_lines import ORACLE, SCHEMES_OF_HASHES
from affidavit._redact.detect.name_value_shapes import NAMING

SHORTEST_PHRASE: Final = len("cf -p x")

_CLASSES: Final = (
    (":", b":"),
    ("0", b"0123456789"),
    ("-", b"-_~"),
    ("/", b"/"),
    (".", b".()"),
    (" ", b" \t"),
    ("a", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
)
SHAPES: Final = bytes(
    next((ord(kind) for kind, members in _CLASSES if one in members), ord(","))
    for one in range(256)
)
_SIGNS: Final = lazy(
    rb"@[^ ]"  # an e-mail address, a password in a URL
    rb"|%(?:[0-9A-Fa-f]{2}|[uU])"  # a character in percent-encoding
    rb"|\+[.()]?[0-9](?:[ \t.()/_~-]{0,3}[0-9]){6}"  # an international telephone number
    rb"|[0-9A-Za-z]\+(?![01][0-9]:?[0-5]0\b)\+?-{0,2}[0-9A-Za-z]"  # a form's space, not a time zone
    rb"|&(?:[A-Za-z][0-9A-Za-z]{1,24};|#)"  # a character reference
)
_COLONS: Final = lazy(rb":[0a]{1,4}:[0a]{1,4}:[0a]{1,4}:")
_DASHES: Final = lazy(rb"-[0a]{2}-[0a]{2}-[0a]{2}-")
_DOTS: Final = lazy(rb"\.[0a]{4}\.")
"""The middles of IPv6 and MAC addresses, with dots and with dashes; not a time."""

_FEW: Final = 4
_OPTION: Final = lazy(r"(?<![\w-])--[A-Za-z]")

_SHORT: Final = lazy(
    r" -(?:[pu]|[acktwx] |hp|[a-z]{0,24}(?:pass(?:wd|word|phrase)?|pwd?|secret|token|apikey)[ :])"
)
_QUOTED: Final = lazy(r"' ?,|identified|(?:like|regexp) {0,4}[en]?'|\bin ?\( ?[en]?'")
_AUTH: Final = lazy(
    r"auth(?:\" \"| digest [^\s:]{1,64}:| (?:[a-z][\w-]{1,40} )?\S{8}|(?:\\r\\n|\r\n)\$)"
)
_SET: Final = lazy(r"\b(?:set|with)\w{2,60}\( ?\\{0,3}[\"']")
_PASSWORDS: Final = ("passw", "pass ", "passphrase", "passcode", "requirepass")
"""Names of passwords: what follows may be one, whatever stands between."""

NINE: Final = "0" * 9


def has_sign(text: str, raw: bytes) -> bool:
    """Tell whether what stands between words makes something of them."""
    return ("@" in text or "%" in text or "+" in text or "&" in text) and _SIGNS.search(
        raw
    ) is not None


def may_hold_address(text: str, shape: bytes) -> bool:
    """Tell whether an IPv6 or a MAC address may stand in `text`."""
    return (
        (":" in text and "::" in text)
        or (text.count(":") >= _FEW and _COLONS.search(shape) is not None)
        or (text.count("-") >= _FEW and _DASHES.search(shape) is not None)
        or ("." in text and _DOTS.search(shape) is not None)
    )


def has_syntax(text: str) -> bool:
    """Tell whether `text` is, or may hold, what a program wrote for another: JSON, an escape."""
    first = text.lstrip()[:1]
    return (
        first in _DOCUMENTS
        or (first == "[" and ('"' in text or "{" in text or "[[" in text))
        or ("\\" in text and any(one in text for one in _ESCAPED))
        or ('":' in text and "{" in text)
        or (">" in text and "->" in text)
        or "\x1b" in text
        or ("<" in text and any(one in text for one in _ELEMENTS))
        or (
            "=" in text
            and ("=40" in text or "=3D" in text or "=2E" in text or "\n" in text or "\r" in text)
        )
        or ("?" in text and ("?q?" in text or "?Q?" in text))
        or (
            "\n" in text
            and ("@" in text or ": |" in text or ": >" in text or "Private-Lines" in text)
        )
    )


def has_phrase(low: str) -> bool:
    """Tell whether words announce a header, an option, a key, a statement, a spoken address."""
    return (
        "bearer" in low
        or "basic" in low
        or "negotiate" in low
        or "digest" in low
        or "apikey" in low
        or "flyv1" in low
        or "aws4-" in low
        or ("--" in low and ("-----" in low or _OPTION.search(low) is not None))
        or (
            " -" in low
            and ("ssh-keygen" in low or "ldappasswd" in low or _SHORT.search(low) is not None)
        )
        or ("into" in low and "values" in low)
        or '",' in low
        or ("'" in low and _QUOTED.search(low) is not None)
        or ("(" in low and ("set" in low or "with" in low) and _SET.search(low) is not None)
        or ("pass" in low and any(one in low for one in _PASSWORDS))
        or "identified by" in low
        or "duplicate entry" in low
        or "row contains" in low
        or "key value is" in low
        or (")" in low and ")=(" in low and "key (" in low)
        or " dot " in low
        or ("mail" in low and " at " in low)
        or ("(" in low and ("(at" in low or "( at" in low))  # for `@`, around filters
        or ("[" in low and ("[at" in low or "[ at" in low))
        or ("{" in low and any(one in low for one in _BRACED))
        or _is_placed(low)
    )


def _is_placed(low: str) -> bool:
    """Tell whether a program is named that takes a password without an option of a name."""
    return (
        ("/" in low and (" /p" in low or " /rp" in low or any(one in low for one in _ORACLE)))
        or ("net" in low and ("net use" in low or "net.exe use" in low))
        or ("login " in low and any(one in low for one in _LOGINS))
        or "securestring" in low
        or "rabbitmqctl" in low
        or ("auth" in low and ("masterauth" in low or _AUTH.search(low) is not None))
        or (":" in low and (":5432:" in low or ":*:" in low or ":::" in low or "cubrid:" in low))
        or ("|" in low and ("echo " in low or "printf " in low))
        or ("config" in low and any(one in low for one in _CONFIGURED))
        or "alias set " in low
        or "acl setuser" in low
    )


_ORACLE: Final = tuple(f"{one} " for one in ORACLE)
_LOGINS: Final = (" login ", "vault login", "bw login", "cargo login")
_CONFIGURED: Final = (
    "http-basic", "-token.", "github-oauth", "bundle config", "config set ", "configure set ",
    "config host add ",
)  # fmt: skip
_ESCAPED: Final = ("\\u", "\\x", "\\n", "\\'", '\\"')
_BRACED: Final = ("{at", "{ at", *SCHEMES_OF_HASHES)
_ELEMENTS: Final = (
    *NAMING,
    "alue=",
    "ontent=",
    "ame>",
    "ey>",
    "AME>",
    "EY>",
    "<RSAKey",
    "<-",
    "<at",
    "< at",
)
"""What an element that speaks of another one has, or an arrow, or an address without its sign."""

_DOCUMENTS: Final = frozenset({"{", '"'})
