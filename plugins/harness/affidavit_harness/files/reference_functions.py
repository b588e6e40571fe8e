"""Functions that a reference may call: `${{ now('+1d', 'date') }}`, `${{ base64(inputs.key) }}`.

The same call gives the same value throughout a run, so that a step can be
polled and a value named twice: time is when the run began, and chance follows
from the run's id and the words of the call.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from affidavit_harness.protocol import Values

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?)
    |'(?P<text>[^']*)'|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<mark>[(),]))\s*""",
    re.VERBOSE,
)
_OFFSET: Final = re.compile(r"([+-]?)([0-9]{1,6})(s|m|h|d|w)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class ReferenceCall(NamedTuple):
    """A function and its arguments: calls, names of values, and literals."""

    name: str
    arguments: tuple[ReferenceCall | ValueName | Literal, ...]


class ValueName(NamedTuple):
    """`namespace.name`, or `env`."""

    text: str


class Literal(NamedTuple):
    """A text or a number."""

    value: str | int | float


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def parse(self) -> ReferenceCall | None:
        """Return the call; None if the text is none."""
        found = self._one()
        return found if isinstance(found, ReferenceCall) and self._at == len(self._text) else None

    def _one(self) -> ReferenceCall | ValueName | Literal | None:
        token = _TOKEN.match(self._text, self._at)
        if token is None or token["mark"]:
            return None
        self._at = token.end()
        if token["name"] is None:
            literal = token["number"] is not None
            return Literal(json.loads(token["number"]) if literal else token["text"])
        return self._call(token["name"]) if self._mark("(") else ValueName(token["name"])

    def _call(self, name: str) -> ReferenceCall | None:
        arguments: list[ReferenceCall | ValueName | Literal] = []
        while not self._mark(")"):
            if arguments and not self._mark(","):
                return None
            one = self._one()
            if one is None:
                return None
            arguments.append(one)
        return ReferenceCall(name, tuple(arguments)) if name in FUNCTIONS else None

    def _mark(self, wanted: str) -> bool:
        token = _TOKEN.match(self._text, self._at)
        if token is None or token["mark"] != wanted:
            return False
        self._at = token.end()
        return True


def parse_call(text: str) -> ReferenceCall | None:
    """Return the call that a text is; None if it is none, or of a function that is unknown."""
    return _Parser(text).parse()


def names_in(call: ReferenceCall) -> Iterator[str]:
    """Yield every `namespace.name` among the arguments."""
    for one in call.arguments:
        if isinstance(one, ReferenceCall):
            yield from names_in(one)
        elif isinstance(one, ValueName):
            yield one.text


def evaluate(call: ReferenceCall, scope: Values, look: Callable[[str, Values], Any]) -> Any:
    """Return what a call gives; `look` finds the value of a name.

    Raises:
        ValueError: The arguments do not fit. The message holds no value.

    """
    told = []
    for one in call.arguments:
        if isinstance(one, ReferenceCall):
            told.append(evaluate(one, scope, look))
        else:
            told.append(look(one.text, scope) if isinstance(one, ValueName) else one.value)
    try:
        return FUNCTIONS[call.name](scope.get("run", {}), *told)
    except (TypeError, ValueError, KeyError, OverflowError):
        raise ValueError(call.name) from None


def _now(run: Values, offset: str = "", form: str = "iso") -> Any:
    return _written(datetime.fromtimestamp(run["started_at"], UTC) + _length(offset), form)


def _date(_: Values, value: str | int, offset: str = "", form: str = "iso") -> Any:
    if isinstance(value, bool):
        raise TypeError("a truth value is no date")
    if isinstance(value, int):
        at = datetime.fromtimestamp(value, UTC)
    else:
        at = datetime.fromisoformat(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return _written(at + _length(offset), form)


def _length(offset: str) -> timedelta:
    if not offset:
        return timedelta()
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise ValueError("not a length of time")
    length = timedelta(**{_UNITS[found.group(3)]: int(found.group(2))})
    return -length if found.group(1) == "-" else length


def _written(at: datetime, form: str) -> Any:
    if form.startswith("%"):
        return at.strftime(form)
    forms: dict[str, Callable[[], Any]] = {
        "iso": lambda: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": lambda: at.strftime("%Y-%m-%d"),
        "epoch": lambda: int(at.timestamp()),
        "epoch_ms": lambda: int(at.timestamp() * 1000),
    }
    return forms[form]()


def _chance(run: Values, *words: object) -> int:
    text = json.dumps([run["id"], *words], default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def _uuid(run: Values, label: str = "") -> str:
    return str(uuid.UUID(int=_chance(run, "uuid", label) % 2**128, version=4))


def _random(run: Values, least: int, most: int, label: str = "") -> int:
    if least > most:
        raise ValueError("nothing lies between")
    return least + _chance(run, "random", least, most, label) % (most - least + 1)


def _from_base64(_: Values, text: str) -> str:
    return base64.b64decode(text, validate=True).decode()


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "now": _now,
    "date": _date,
    "uuid": _uuid,
    "random": _random,
    "base64": lambda _, text: base64.b64encode(str(text).encode()).decode(),
    "from_base64": _from_base64,
    "urlencode": lambda _, text: quote(str(text), safe=""),
    "sha256": lambda _, text: hashlib.sha256(str(text).encode()).hexdigest(),
    "json": lambda _, value: json.dumps(value, ensure_ascii=False),
    "number": lambda _, text: json.loads(str(text)) + 0,
    "lower": lambda _, text: str(text).lower(),
    "upper": lambda _, text: str(text).upper(),
}
"""What they do is in docs/scenarios.md; each first gets what the run says of itself."""
