"""Say what a value cannot be, whatever its name says: `ip: localhost`, `email: sent`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.blank_values import BIND, is_blank
from affidavit._redact.detect.network import is_nobody
from affidavit._redact.types.entities import SECRETS

_NO_HOME: Final = lazy(
    r"(?i)[0-9]{1,6}(?:\.[0-9]{1,3})?[ ]?[kmgt]i?b\Z|[0-9]{1,4}\.[0-9]{1,3}\Z"
    r"|0x[0-9a-f]{2,16}|[0-9a-f]{8,16}\b(?![ -])|(?:connection|no|not|cannot|can't|unable|failed"
    r"|error|invalid|unknown|permission|address|already|operation|network|host|resource|too|bad"
    r"|broken|temporary)\b|[\w.-]*[A-Za-z][\w.-]*(?::[0-9]{1,5}|\.[a-z]{2,12}(?::[0-9]{1,5})?)(?:[\s,;]|\Z)"
)
"""A size (`zip` is a file, too), a place in memory, an error, a computer: what else it is."""

_CODE: Final = lazy(r"[A-Za-z_]\w{0,40}(?:\.\w{1,40}){1,4}\([A-Za-z_,. ]{0,80}\)?")
"""A method called without a number or a text in it: what a line of code says, and no person."""

_CODED_NAME: Final = lazy(r"(?=[0-9A-F]*[A-F])(?:[2-7][0-9A-F]){4,64}")
"""The name of an account, as the kernel writes one that is not known: `acct=28756E6B...`."""

_BOUND: Final = lazy(
    r"[A-Za-z_]\w{0,40}\(\s?(?::[A-Za-z_]\w{0,60}|:[0-9]{1,3}|\$[0-9]{1,3}|\?|%s)\s?\)?"
)
"""A function of SQL over a bind variable: `lower(:n)`."""

_NETWORK_CALL: Final = lazy(r"(?i)[a-z_]{1,40}\(\"?[0-9a-f:.]{2,45}\"?\)?|\W*[a-z.+]{2,40}://")
"""`inet_addr("127.0.0.1")`, `[akka.tcp://...`: an address of computers."""

_PORT: Final = lazy(r":[0-9]{1,5}$")

_HEX: Final = lazy(r"[0-9A-Fa-f]")
_MAC_DIGITS: Final = 12
_COUNT: Final = 4
"""Digits from which on the number of a device is one of its own, not of a few."""

_ADDRESS: Final = lazy(r"[0-9]\.[0-9]|[0-9A-Fa-f]:|::")

_MAILED: Final = lazy(r"@|%40|[ (\[{<]at[ )\]}>]|[0-9*\[]|\.")
"""What the next word of a sentence about e-mail has not."""

_FIELD: Final = lazy(r"[A-Za-z][\w.-]{0,60}=")
"""The next field, where this one has no value, and neither has it: `address= id=`."""

_SELECTOR: Final = lazy(r"[A-Za-z]\w{0,60}:")
"""The next part of a method's name: `deviceIdentifier:deviceType:` of Objective-C."""


def contradicts(name: str, entity: str, value: str, *, spaced: bool) -> bool:
    """Tell whether a value cannot be what its name says, as in `ip: localhost`."""
    if entity in SECRETS:
        return is_blank(name, value, spaced=spaced)
    if BIND.fullmatch(value) or (_FIELD if spaced else _SELECTOR).fullmatch(value):
        return True
    if value[-1:] in "()" and (_CODE.fullmatch(value) or _BOUND.fullmatch(value)):
        return True
    judge = _JUDGES.get(entity)
    return judge is not None and judge(value, spaced)


def _without_port(value: str) -> str:
    """Return an IPv4 address without its port."""
    return _PORT.sub("", value) if value.count(":") == 1 else value


def _no_email(value: str, spaced: bool) -> bool:  # noqa: FBT001 - as the others are called
    return spaced and not _MAILED.search(value)


_JUDGES: Final[dict[str, Callable[[str, bool], bool]]] = {
    "ADDRESS": lambda value, _: (
        value[:1] == "," or bool(_NO_HOME.match(value) or _NETWORK_CALL.match(value))
    ),
    "BANK_ACCOUNT": lambda value, _: (
        (value.isalpha() and value.islower()) or _CODED_NAME.fullmatch(value) is not None
    ),
    **dict.fromkeys(
        ("CREDIT_CARD", "IBAN", "UK_NHS", "UK_NINO", "US_ITIN", "US_MBI", "US_NPI", "US_SSN"),
        lambda value, _: value == value.lower() and not any(map(str.isdigit, value)),
    ),
    "DEVICE_ID": lambda value, _: value.isdigit() and len(value) < _COUNT,
    "EMAIL": _no_email,
    "IP": lambda value, _: not _ADDRESS.search(value) or is_nobody(_without_port(value)),
    "MAC_ADDRESS": lambda value, _: len(_HEX.findall(value)) < _MAC_DIGITS,
    "PHONE": lambda value, _: not any(map(str.isdigit, value)),
}
"""By entity: whether a value cannot be it."""
