"""Judge what a redactor has changed in log lines of whole systems, by rules that are not its own.

Nobody has labelled such lines. So each part that was replaced is held against what its label
says, with Python's readers of addresses and with the words around it; what no rule vouches for
counts as wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_interface
from typing import Final, NamedTuple

from affidavit._redact.types.entities import LABELS

_SPLIT: Final = re.compile(f"({LABELS})")
_BEFORE: Final = 40
_USER: Final = re.compile(
    r"(?i)\b(?:users?|username|login|logname|account|owner|uid|ruser|acct)(?:[. ]name)?\W{1,4}$"
)
_CREDENTIAL: Final = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase)?|secret|token|cookie|credential|session|api.?key)\W{1,6}$"
)
_USERINFO: Final = re.compile(r"[^@\s]*[0-9][^@\s]*(?:@|%40)[^\s]+")
_WORD: Final = re.compile(r"[A-Za-z]+(?:[._ -]?[A-Za-z]+)*")
_HEX_PAIRS: Final = re.compile(r"(?i)(?:[0-9a-f]{2}[:.-]?){5}[0-9a-f]{2}")
_HOST: Final = re.compile(r"(?i)\b(?:address|addr|host|rhost|server|peer|from|street|city)\W{1,4}$")


class Change(NamedTuple):
    """A part of a line that was replaced: by what, what stood there, and whether rightly."""

    label: str
    value: str
    right: bool


def changes(text: str, clean: str) -> list[Change]:
    """Return what has been replaced in `text`, in order; nothing where that cannot be said."""
    pieces = _SPLIT.split(clean)
    form = "(.+?)".join(map(re.escape, pieces[::2]))
    found = re.fullmatch(form, text, re.DOTALL)
    if found is None:
        return [Change("[LIMIT]", text, right=False)]
    done = []
    for place, name in enumerate(pieces[1::2], 1):
        value = found[place]
        if value != name:
            before = text[max(0, found.start(place) - _BEFORE) : found.start(place)]
            done.append(Change(name, value, _is_right(name.strip("[]"), value, before)))
    return done


def _is_right(entity: str, value: str, before: str) -> bool:
    """Tell whether `value` is what its label says."""
    judge = _JUDGES.get(entity)
    return judge is not None and judge(value, before)


def _is_address(value: str, _: str) -> bool:
    try:
        ip_interface(value.strip("[]"))
    except ValueError:
        return False
    return True


def _is_user(value: str, before: str) -> bool:
    return _USER.search(before) is not None and not value.isspace()


def _is_secret(value: str, before: str) -> bool:
    if before.endswith("://"):
        return _USERINFO.fullmatch(value) is not None
    said = _CREDENTIAL.search(before) is not None
    return said and " " not in value and _WORD.fullmatch(value) is None


_JUDGES: Final[dict[str, Callable[[str, str], bool]]] = {
    "IP": _is_address,
    "EMAIL": lambda value, _: "@" in value or "%40" in value,
    "MAC_ADDRESS": lambda value, _: _HEX_PAIRS.fullmatch(value) is not None,
    "NAME": _is_user,
    "ADDRESS": lambda _, before: _HOST.search(before) is not None,
    "dropped": _is_secret,
}
"""By label; what has no rule here is wrong."""
