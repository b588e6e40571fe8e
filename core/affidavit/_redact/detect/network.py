"""Network addresses: IPv4, IPv6, and MAC."""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import HEX, Match, TextView, is_latin

MASKED: Final = lazy(r"(?:[0-9]{1,3}\.){3}\*|(?:[0-9a-f]{1,4}:){3}\*")
"""What `truncated` leaves."""

_BITS: Final = 128
_SITE: Final = 48
"""Bits of a network that a site gets (RFC 6177); a longer one may be a household's."""

_OCTETS: Final = 4
_GROUPS: Final = 8
_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = lazy(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_LONGEST_V6: Final = 45
"""Characters of the longest IPv6 text, with an IPv4 tail (RFC 4291, section 2.2)."""

_V6: Final = lazy(rb"(?:(?<![hz:.-])h{0,4}|(?<=[hz]:)h{1,4}):[h:]++(?:\.h{1,3}){0,3}")
"""Behind a name and one colon, too: `client:2001:db8::1`."""

_NAME: Final = lazy(rb"z[hz]{0,32}:$")
"""A letter that is no hexadecimal digit makes what stands before a colon a name."""

_FULL: Final = lazy(rb":h{1,4}:h{1,4}:h{1,4}:h{1,4}:")
"""The middle of an address that leaves no group out."""

_AFTER: Final = lazy(r"(?:%[0-9A-Za-z]{1,16})?(?:/[0-9]{1,3})?")
_MACS: Final = (b"hh:hh:hh:hh:hh:hh", b"hh-hh-hh-hh-hh-hh", b"hhhh.hhhh.hhhh")
_BYTES_BEFORE: Final = lazy(rb"[hz]$|(?<![hz])h{1,4}[:-]$")
_BYTES_AFTER: Final = lazy(rb"[hz]|[:-][hz]")
"""More of a word, or of what is written byte by byte; a name and a colon may stand before."""
_NOBODY: Final = ({"0"}, {"f"}, {"F"})
_VERSION_WORDS: Final = frozenset({
    "version", "ver", "v", "release", "rev", "revision", "build", "schema", "firmware", "patch",
    "kernel", "agent", "driver", "runtime", "engine", "sdk", "semver", "update", "oid",
})  # fmt: skip
_HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PUNCTUATION: Final = "".join(
    one for one in map(chr, range(256)) if one not in _LETTERS and one not in "0123456789"
)
_VERSION: Final = lazy(
    rf"(?i)(?:\b(?:{'|'.join(sorted(_VERSION_WORDS, key=len, reverse=True))})\b[^0-9A-Za-z]{{0,4}}"
    r"|(?:^|[\s(;,\"'])(?:[\w-]{0,12}(?:chrome|chromium|edg[a-z]{0,3}|opera|electron|safari|firefox"
    r"|vivaldi|browser|webkit|gecko|client|sdk[\w-]{0,12}|cli|crios|fxios|opr|trident|version"
    r"|build|okhttp|curl|wget|java|python|node|ruby|php|perl|go|dotnet|netty|jetty|nginx|apache"
    r"|openssl|boto3|botocore|teams|outlook|office|zoom|slack|dalvik|cfnetwork|darwin))/)$"
)
"""A word that makes what follows a version, or a program as in `User-Agent` (RFC 9110, 10.1.5).

Only programs that are known: Java writes an address as `host/198.51.100.7`.
"""

_DUMP: Final = lazy(
    r"(?i)\b(?:bytes?|hex|dump|hexdump|payload|magic|fingerprint|checksum|digest|serial|frame|prefix)"
    r"[^0-9A-Za-z]{1,4}$"
)
"""A word that makes six pairs of hexadecimal digits a part of some data."""

_BEFORE: Final = 40


def is_ipv4(text: str) -> bool:
    """Tell whether `text` is four numbers up to 255 with dots and no leading zeros."""
    return _IPV4.fullmatch(text) is not None


def is_version(text: str, start: int) -> bool:
    """Tell whether the words before `start` make four dotted numbers a version."""
    before = text[max(0, start - _BEFORE) : start]
    said = before.rstrip(_PUNCTUATION)
    word = said[len(said.rstrip(_LETTERS)) :].lower()
    # The pattern decides; most addresses have no such word before them.
    return (before[-1:] == "/" or word in _VERSION_WORDS) and _VERSION.search(before) is not None


def groups_of(text: str) -> list[int] | None:
    """Return the eight numbers of an IPv6 address, or None if `text` is none (RFC 4291)."""
    head, gap, tail = text.partition("::")
    if len(text) > _LONGEST_V6 or "::" in tail or tail[:1] == ":":
        return None
    if gap and "." in head:  # an IPv4 address stands at the end only
        return None
    front, back = _numbers(head), _numbers(tail)
    if front is None or back is None:
        return None
    missing = _GROUPS - len(front) - len(back)
    if (missing < 1) if gap else (missing != 0):
        return None
    return [*front, *[0] * missing, *back]


def _numbers(part: str) -> list[int] | None:
    pieces = part.split(":") if part else []
    numbers: list[int] = []
    for place, piece in enumerate(pieces):
        if place == len(pieces) - 1 and is_ipv4(piece):
            one, two, three, four = map(int, piece.split("."))
            numbers += [one << 8 | two, three << 8 | four]
        elif 1 <= len(piece) <= 4 and _HEX_DIGITS.issuperset(piece):  # noqa: PLR2004 - RFC 4291
            numbers.append(int(piece, 16))
        else:
            return None
    return numbers


def truncated(text: str) -> str | None:
    """Return the start of an address and a star for what is left out, or None if it is none.

    Three numbers of four, three groups of eight. With a star, because `198.51.100.0/24` would
    be a network that somebody did not write.
    """
    address = text.partition("/")[0].partition("%")[0].strip("[]")
    if is_ipv4(address):
        return address.rpartition(".")[0] + ".*"
    if text.endswith("*") and MASKED.fullmatch(text):
        return text
    try:
        groups = groups_of(address)
    except ValueError:
        return None
    return None if groups is None else "{:x}:{:x}:{:x}:*".format(*groups)


_WRITTEN: Final = lazy(r"\[IP\]|tok_[0-9A-Za-z_]{8,96}|[0-9A-Fa-f:.*]{3,64}")
"""What may be an address, or stands for one already."""

_SIZED: Final = lazy(r"(?:%[0-9A-Za-z]{1,16})?(?:/[0-9]{1,3}(?![0-9]))?")


def addresses_of(entity: str, text: str, start: int, end: int) -> list[tuple[int, int]] | None:
    """Return where somebody's addresses stand in a value that has ports or protocols too.

    None if there is no address in what its name calls one, or it is one of people:
    `LocalAddress="IPV4/UDP/198.51.100.7/5060"`.
    """
    if entity not in {"IP", "ADDRESS"}:
        return None
    found: list[tuple[int, int]] = []
    for word in _WRITTEN.finditer(text, start, end):
        one = word.group().rstrip(".:")
        if one.count(":") == 1:
            one = one.partition(":")[0]
        acted = one[:1] in {"[", "t"} or MASKED.fullmatch(one)
        if acted or is_ipv4(one) or (":" in one and groups_of(one)):
            close = word.start() + len(one)
            sized = _SIZED.match(text, close, end)
            found.append((word.start(), sized.end() if sized else close))
    if not found or (entity == "ADDRESS" and found[0][0] > start and " " in text[start:end]):
        return None
    return [one for one in found if not is_nobody(text[slice(*one)])]


def is_nobody(text: str) -> bool:
    """Tell whether an address or a network is no computer of anybody's.

    This computer itself, a netmask, a group, an address that every link has (RFC 6890), and a
    network of more than two hundred addresses, or of any size where it is private.
    """
    address, slash, size = text.partition("/")
    bits = int(size) if slash and size.isdecimal() else _BITS
    address = address.partition("%")[0].strip("[]")
    if is_ipv4(address):
        return _is_nobody_v4([int(part) for part in address.split(".")], bits)
    try:
        groups = groups_of(address)
    except ValueError:
        return False
    if groups is None:
        return False
    if slash and bits <= _SITE and not any(groups[_SITE // 16 :]):
        return True
    local = groups[0] & 0xFFC0 == 0xFE80  # noqa: PLR2004 - RFC 4291, 2.5.6
    # The second half of many link-local addresses is the hardware's (RFC 4291, appendix A).
    made_of_mac = groups[5] & 0xFF == 0xFF and groups[6] >> 8 == 0xFE  # noqa: PLR2004
    return (local and not made_of_mac) or groups[0] >> 8 == 0xFF or not any(groups[:-1])  # noqa: PLR2004


def _is_nobody_v4(octets: list[int], bits: int) -> bool:
    first, second = octets[:2]
    if first in {0, 127} or first >= 224 or (first, second) == (169, 254):  # noqa: PLR2004
        return True
    private = (
        first == 10  # noqa: PLR2004
        or (first == 172 and 16 <= second < 32)  # noqa: PLR2004
        or (first, second) == (192, 168)
        or (first == 100 and 64 <= second < 128)  # noqa: PLR2004
    )
    whole = int.from_bytes(bytes(octets), "big")
    return bits <= (30 if private else 24) and whole & ((1 << (32 - bits)) - 1) == 0


def find_network(seen: TextView, hits: list[Match]) -> list[Match]:
    """Add IPv6 and MAC addresses; IPv4 comes from the reader of numbers. Return `hits`."""
    text = seen.text
    colons = text.count(":")
    double = "::" in text
    if not double and colons < _OCTETS and text.count("-") < _OCTETS and text.count(".") < 2:  # noqa: PLR2004
        return hits
    shape = seen.broken.translate(HEX)
    if double or (colons >= _GROUPS - 2 and _FULL.search(shape)):
        for match in _V6.finditer(shape):
            start, end = match.span()
            after_colon = start > 0 and text[start - 1] == ":"
            if not after_colon or _NAME.search(shape, max(0, start - _BEFORE), start):
                _add_v6(text, start, end, hits)
    for picture in _MACS:
        at = shape.find(picture)
        while at >= 0:
            _add_mac(text, shape, at, at + len(picture), hits)
            at = shape.find(picture, at + len(picture))
    return hits


def _add_v6(text: str, start: int, end: int, hits: list[Match]) -> None:
    address = text[start:end]
    if address.endswith(":") and not address.endswith("::"):
        address = address[:-1]
    # Two numbers at least: `::` alone is C++, and `[::2]` a slice.
    if len(address) > _LONGEST_V6 or sum(map(bool, address.split(":"))) < 2:  # noqa: PLR2004
        return
    end = start + len(address)
    if is_latin(text[end : end + 1]):
        return
    if groups_of(address) is None:
        return
    after = _AFTER.match(text, end)
    end = after.end() if after else end
    if not is_nobody(text[start:end]):
        hits.append(Match(start, end, "IP"))


def _add_mac(text: str, shape: bytes, start: int, end: int, hits: list[Match]) -> None:
    near = shape[max(0, start - _BEFORE) : start]
    if _BYTES_BEFORE.search(near) or _BYTES_AFTER.match(shape, end):
        return
    digits = re.sub(r"[:.-]", "", text[start:end])
    dump = _DUMP.search(text, max(0, start - _BEFORE), start)
    if set(digits) not in _NOBODY and not _is_time(text[start:end]) and not dump:
        hits.append(Match(start, end, "MAC_ADDRESS"))


def _is_time(text: str) -> bool:
    """Tell whether six dashed numbers are a date and a time rather than an address."""
    parts = text.split("-")
    most = (99, 12, 31, 23, 59, 59)
    return len(parts) == len(most) and all(
        part.isdigit() and int(part) <= limit for part, limit in zip(parts, most, strict=True)
    )
