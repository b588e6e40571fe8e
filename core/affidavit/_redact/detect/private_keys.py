"""Private keys: in PEM, and as PuTTY and .NET write them."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match, TextView

_BEGIN: Final = b"-----BEGIN "
_PEM: Final = lazy(r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = lazy(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")

_BREAK: Final = r"(?:\\[rn]|\s){1,4}"
_PUTTY: Final = lazy(
    rf"Private-Lines: ?[0-9]{{1,4}}((?:{_BREAK}[A-Za-z0-9+/]{{16,80}}={{0,2}}){{1,400}}+"
    rf"(?:{_BREAK}[A-Za-z0-9+/]{{2,15}}={{1,2}})?)"
)
"""What follows the public lines of a key of PuTTY's (its manual, appendix C)."""

_PART: Final = r"[^<]{1,4096}+(?:</\w{1,12}>\s{0,8})?"
_NET: Final = lazy(
    rf"<RSAKeyValue>\s{{0,8}}(?:<(?:Modulus|Exponent)>{_PART}){{2}}"
    rf"((?:<(?:P|Q|DP|DQ|InverseQ|D)>{_PART}){{1,6}})"
)
"""`RSA.ToXmlString(true)`: behind what is public stand the primes."""


def find_private_keys(seen: TextView, hits: list[Match]) -> None:
    """Add what is private of every key."""
    text = seen.text
    if "-----" in text:
        _find_pem(seen, hits)
    if "Private-Lines:" in text:
        hits.extend(Match(*found.span(1), "PRIVATE_KEY") for found in _PUTTY.finditer(text))
    if "<RSAKeyValue>" in text:
        hits.extend(Match(*found.span(1), "PRIVATE_KEY") for found in _NET.finditer(text))


def _find_pem(seen: TextView, hits: list[Match]) -> None:
    text = seen.text
    at = seen.raw.find(_BEGIN)
    while at >= 0:
        begin = _PEM.match(text, at + len(_BEGIN))
        end = at + len(_BEGIN)
        if begin:
            # A log cuts long lines: without an end the rest of the text is the key.
            close = _END.search(text, begin.end())
            end = close.end() if close else len(text)
            hits.append(Match(at, end, "PRIVATE_KEY"))
        at = seen.raw.find(_BEGIN, end)
