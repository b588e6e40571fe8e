"""Say what no value of a key's kind can be: then the key means something else.

`ip: "AWS Internal"`, `sessionId: 2`, `resultSignature: "Accepted"`. A text is read
as `detect/contradictions.py` has it, by what stands around; in an object a key is
believed, and only what cannot be doubted is let pass, to be read as any other value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.blank_values import describes
from affidavit._redact.types.entities import SECRETS

Words = tuple[str, ...]

CERTAIN: Final = ""
"""Whatever stands below such a key is what it says, unless it is empty."""

_DIGIT: Final = lazy(r"[0-9]")
_ALNUM: Final = lazy(r"[^\W_]")
_FAMILY: Final = frozenset({"ipv4", "ipv6"})
_SMALLEST: Final = 2**24
"""The least number that is an address in use: 1.0.0.0."""

_NOTHING: Final = frozenset({"null", "none", "nil", "undefined", "unknown", "n/a"})

_IN_MEMORY: Final = lazy(r"0[xX][0-9a-fA-F]{1,16}")
_PROGRAM: Final = lazy(r"(?i)[^\r\n]{1,400}\.(?:exe|dll|sys|bat|cmd|ps1|msi)")

_REPOSITORY: Final = lazy(r"[\w.-]{1,100}/[\w.-]{1,100}")
_REGION: Final = lazy(r"global|[a-z]{2}|(?:[a-z]{2,12}-){1,3}[a-z]{0,12}[0-9]{1,2}(?:-?[a-z])?")
"""Where a cloud has its computers: `europe-central2-a`, `us-east-1`."""

_FEW: Final = 1000
"""Numbers below count devices."""

_SESSIONS: Final = 10**8
"""Numbers below count sessions: of Windows' terminals, of a gateway."""
_SESSION: Final = lazy(r"[0-9]{1,8}")

_STATEMENT: Final = lazy(r"(?:[A-Z]{1,4}[a-z]{2,20} ?){1,8}[0-9]{0,13}|S-1(?:-[0-9]{1,10}){1,15}")
"""The `Sid` of a statement in a policy of AWS's, in words: `PublicRead`, `Stmt1538161409`; a
security identifier of Windows (MS-DTYP, 2.4.2.1)."""

_IDEMPOTENCY: Final = lazy(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""What AWS calls the token of a client's request: a UUID by which it is known again. A
`client_token` may be Vault's, which was a UUID once, and is believed."""


_HOLDERS: Final = frozenset({
    "auth", "authorization", "cred", "creds", "credential", "credentials", "session", "sig",
    "signature", "signatures", "tokens", "webhook", "webhooks",
})  # fmt: skip
_BY_PAIR: Final[dict[Words, str]] = {
    ("session", "id"): "SESSION",
    ("session", "ids"): "SESSION",
    ("secret", "id"): "NAMED",
    ("secret", "arn"): "NAMED",
    ("http", "tokens"): "STATE",
}
"""By the last two words of a name: what else its value may be."""

_MOST: Final = 64


def doubt_of(words: Words, entity: str) -> str:
    """Return what kind of value a key of `words` cannot have; `CERTAIN` if it may have any."""
    if entity not in SECRETS:
        repository = words[-2:] == ("full", "name")
        return "FULL_NAME" if repository else entity if entity in _OTHERS else CERTAIN
    last, pair = words[-1] if words else "", words[-2:]
    if last in {"sig", "signature"}:
        return "SIGNATURE"
    if last == "sid":
        return "SID"
    if words[-3:] == ("client", "request", "token"):
        return "IDEMPOTENCY"
    return _BY_PAIR.get(pair, CERTAIN)


def is_holder(words: Words, entity: str) -> bool:
    """Tell whether an object below a key of `words` tells of a secret rather than being one."""
    return entity in SECRETS and not _HOLDERS.isdisjoint(words[-1:])


def is_other(doubt: str, value: object) -> bool:
    """Tell whether `value` cannot be what its key says."""
    if type(value) is dict:
        return not value or doubt in _SHAPED
    if type(value) is list or type(value) is tuple:
        return len(value) <= _MOST and all(
            type(one) is not list and is_other(doubt, one) for one in value
        )
    return _OTHERS[doubt](value)


def _says_nothing(value: object) -> bool:
    return type(value) is str and (not _ALNUM.search(value) or value.strip().lower() in _NOTHING)


def _no_address(value: object) -> bool:
    if type(value) is int:
        return 0 <= value < _SMALLEST
    return type(value) is str and (not _DIGIT.search(value) or value.lower() in _FAMILY)


def _no_device(value: object) -> bool:
    return _says_nothing(value) or (type(value) is int and 0 <= value < _FEW)


def _no_place(value: object) -> bool:
    return _says_nothing(value) or (type(value) is str and _REGION.fullmatch(value) is not None)


def _no_full_name(value: object) -> bool:
    return _says_nothing(value) or (type(value) is str and _REPOSITORY.fullmatch(value) is not None)


def _no_home(value: object) -> bool:
    return _says_nothing(value) or (type(value) is str and _IN_MEMORY.fullmatch(value) is not None)


def _no_person(value: object) -> bool:
    return _says_nothing(value) or (type(value) is str and _PROGRAM.fullmatch(value) is not None)


def _no_session(value: object) -> bool:
    if type(value) is int:
        return 0 <= value < _SESSIONS
    return type(value) is str and _SESSION.fullmatch(value) is not None


def _no_sid(value: object) -> bool:
    return _no_session(value) or (type(value) is str and _STATEMENT.fullmatch(value) is not None)


def _no_signature(value: object) -> bool:
    """Tell whether it is a number, one word, or words with a number; a person signs with a name."""
    if type(value) is not str:
        return type(value) is int or type(value) is float
    return (" " not in value.strip() or _DIGIT.search(value) is not None) and describes(value)


_SHAPED: Final = frozenset({"IP", "MAC_ADDRESS"})
"""What is found by its shape wherever it stands: an object below such a key is read as any."""

_OTHERS: Final[dict[str, Callable[[object], bool]]] = {
    "IP": _no_address,
    "MAC_ADDRESS": _no_address,
    "ADDRESS": _no_home,
    "DEVICE_ID": _no_device,
    "LOCATION": _no_place,
    "NAME": _no_person,
    "FULL_NAME": _no_full_name,
    "NAMED": lambda one: type(one) is str and one.startswith("arn:aws"),
    "SESSION": _no_session,
    "SID": _no_sid,
    "SIGNATURE": _no_signature,
    "IDEMPOTENCY": lambda one: type(one) is str and _IDEMPOTENCY.fullmatch(one) is not None,
    "STATE": lambda one: type(one) is str and one in {"optional", "required"},
    CERTAIN: lambda _: False,
}
