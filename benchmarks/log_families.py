"""Judge what a redactor has changed in log lines of whole systems, by rules that are not its own.

Nobody has labelled such lines. So each part that was replaced is held against what its label
says, with Python's readers of addresses and with the words around it; what no rule vouches for
counts as wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from ipaddress import ip_interface
from typing import Any, Final, NamedTuple

from affidavit._redact.types.entities import LABELS

_NAMERS: Final = ("name", "Name", "key", "Key")
"""What names the value beside it."""

_SPLIT: Final = re.compile(f"({LABELS})")
_BEFORE: Final = 40
_AT: Final = r"(?i)(?:^|[^a-z0-9]|_|(?<=[a-z]))"
"""A word, or the last of several that are written as one name: `sasl_username`, `geo_city`."""

_USER: Final = re.compile(
    _AT
    + r"(?:(?:users?|username|login|logname|account|owner|uid|ruser|acct|screen)(?:[._ -]?name)?"
    r"|(?:first|last|given|family|display|(?<!repo\.)(?<!repository\.)full)[._ -]?name"
    r"|surname)s?\W{1,6}$"
)
_CREDENTIAL: Final = re.compile(
    _AT + r"(?:pass(?:word|wd|phrase)?|secret|token|cookies?|credentials?|session(?:.?id)?|api.?key"
    r"|access.?key(?:.?id)?"
    r"|signaturevalue|\bpin)(?:\W{1,3}value)?\W{1,6}$"
)
_AWS_KEY: Final = re.compile(r"A[KS]IA[A-Z0-9]{12,16}")
_USERINFO: Final = re.compile(r"[^@\s]*[0-9][^@\s]*(?:@|%40)[^\s]+")
_WORD: Final = re.compile(r"[A-Za-z]+(?:[._ -]?[A-Za-z]+)*")
_HEX_PAIRS: Final = re.compile(r"(?i)(?:[0-9a-f]{2}[:.-]?){5,13}[0-9a-f]{2}")
_HOST: Final = re.compile(
    _AT + r"(?:address|addr|host|rhost|server|peer|from|street|city(?:.?name)?|zip(?:.?code)?"
    r"|post(?:al)?(?:.?code)?|locality)\W{1,6}$"
)
_MAIL: Final = re.compile(_AT + r"e?mail(?:.?address)?\W{1,6}$")
_SPOKEN_MAIL: Final = re.compile(r"[\w.-]+ (?:at|\[at\]) [\w-]+(?: dot [\w-]+)+")
_DEVICE: Final = re.compile(
    _AT + r"(?:(?:device|visitor|machine)(?:.?id)?|serial(?:.?number)?|imei|udid)\W{1,6}$"
)
_PLACE: Final = re.compile(
    _AT + r"(?:lat|lng|long?|latitude|longitude|location|coordinates?|geo.?ip)\W{1,6}$"
)
_DIALLED: Final = re.compile(r"\+[0-9][0-9 ().-]{6,20}")


_STOOD_FOR: Final = re.compile(
    r"(?i:example|anonymi[sz]ed|redacted|hidden_due|generated|^x[x.-]+$|^(.)\1{5,}$)"
    r"|^\*+[0-9]{2,4}$|^[A-Z_]{7,}$"
)
"""What somebody wrote for a value before: whether it was one cannot be seen any more."""


class Change(NamedTuple):
    """A part of a line that was replaced: by what, what stood there, and whether rightly."""

    label: str
    value: str
    right: bool


def changes(text: str, clean: str) -> list[Change]:
    """Return what has been replaced in `text`, in order; nothing where that cannot be said.

    A document of JSON may be written anew, with other blanks: it is judged value by value.
    """
    done = _aligned(text, clean)
    if done is None:
        try:
            done = list(_of_values(json.loads(text), json.loads(clean), ""))
        except ValueError:
            done = [Change("[LIMIT]", text, right=False)]
    return done


def _aligned(text: str, clean: str, before: str = "") -> list[Change] | None:
    """Return what has been replaced; None if more than that was changed."""
    pieces = _SPLIT.split(clean)
    first, *others = map(re.escape, pieces[::2])
    # The next place of a piece is always a right one if there is any, so nothing is tried again.
    form = first + "".join(f"(?>(.+?){piece})" for piece in others[:-1])
    form += "".join(f"(.+?){piece}" for piece in others[-1:])
    found = re.fullmatch(form, text, re.DOTALL)
    if found is None:
        return None
    done = []
    for place, name in enumerate(pieces[1::2], 1):
        value = found[place]
        if value != name:
            said = before + text[: found.start(place)]
            done.append(Change(name, value, _is_right(name.strip("[]"), value, said[-_BEFORE:])))
    return done


def _of_values(value: Any, clean: Any, name: str) -> Iterator[Change]:
    """Yield what has been replaced in the values of a document."""
    if isinstance(value, dict) and isinstance(clean, dict) and len(value) == len(clean):
        for (key, one), other in zip(value.items(), clean.values(), strict=True):
            said = next((str(value[at]) for at in _NAMERS if at in value), "")
            told = f".{said}" if said and key.lower() == "value" else ""
            yield from _of_values(one, other, f"{name[-_BEFORE:]}.{key}{told}")
    elif isinstance(value, list) and isinstance(clean, list) and len(value) == len(clean):
        for one, other in zip(value, clean, strict=True):
            yield from _of_values(one, other, name)
    elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        for one in value:
            yield from _of_values(one, clean, name)
    elif value != clean:
        told = value if isinstance(value, str) else json.dumps(value)
        done = _aligned(told, str(clean), f"{name}: ")
        yield from changes(told, str(clean)) if done is None else done


def _is_right(entity: str, value: str, before: str) -> bool:
    """Tell whether `value` is what its label says, or stood for it before."""
    judge = _JUDGES.get(entity)
    if judge is None or _STOOD_FOR.search(value):
        return judge is not None
    return judge(value, before)


def _is_address(value: str, _: str) -> bool:
    """Tell whether there is an address, with its port or with others of those it came through."""
    return all(map(_is_one_address, value.split(", ")))


def _is_one_address(value: str) -> bool:
    bare = re.sub(r"(?<=[\]0-9]):[0-9]{1,5}$", "", value) if value.count(":") != 2 else value
    for one in (value, bare):
        try:
            ip_interface(one.strip("[]"))
        except ValueError:
            continue
        return True
    return False


def _is_user(value: str, before: str) -> bool:
    return (_USER.search(before) is not None and not value.isspace()) or "@" in value


def _is_secret(value: str, before: str) -> bool:
    if before.endswith("://"):
        return _USERINFO.fullmatch(value) is not None
    if _AWS_KEY.fullmatch(value):
        return True
    said = _CREDENTIAL.search(before) is not None
    return said and " " not in value and _WORD.fullmatch(value) is None


_JUDGES: Final[dict[str, Callable[[str, str], bool]]] = {
    "IP": _is_address,
    "EMAIL": lambda value, before: (
        "@" in value
        or "%40" in value
        or _SPOKEN_MAIL.fullmatch(value) is not None
        or _MAIL.search(before) is not None
    ),
    "MAC_ADDRESS": lambda value, _: _HEX_PAIRS.fullmatch(value) is not None,
    "NAME": _is_user,
    "ADDRESS": lambda value, before: (
        _HOST.search(before) is not None or "@" in value or _is_address(value, before)
    ),
    "DEVICE_ID": lambda value, before: (
        _DEVICE.search(before) is not None and value.replace("-", "").isalnum()
    ),
    "LOCATION": lambda _, before: _PLACE.search(before) is not None,
    "PHONE": lambda value, _: _DIALLED.fullmatch(value) is not None,
    "dropped": _is_secret,
}
"""By label; what has no rule here is wrong."""
