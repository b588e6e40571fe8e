"""Replace whom an invocation is known to be by and about, wherever they are named.

No shape tells a patient's number from another one. But a handler says where its actor and
subject stand, so while it runs their values are known, and their tokens take their place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Final
from urllib.parse import quote

from affidavit._types import Json

SHORTEST: Final = 4
"""Characters of the shortest name that is looked for in a text: `17` stands everywhere by chance.

A shorter one of letters is known where a value is nothing else.
"""


class Identities:
    """The names of one invocation, longest first, and the numbers among them.

    Known from `know` to `forget`, or in a `with` block.
    """

    __slots__ = ("_before", "_plain", "_short", "names", "numbers")

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._before: Token[Identities | None] | None = None
        self.names: list[tuple[str, str]] = []
        self.numbers: dict[int, str] = {}
        self._short: dict[str, str] = {}
        for name, token in tokens.items():
            if len(name) < SHORTEST:
                if name.isalpha() and len(name) > 1:
                    self._short[name] = token
                continue
            if name.isascii() and name.isalnum():
                self.names.append((name, token))  # written the same everywhere
            else:
                spelled = {name, json.dumps(name)[1:-1], quote(name, safe="")}
                self.names += [(one, token) for one in spelled]
            if name.isascii() and name.isdigit() and name[0] != "0":
                self.numbers[int(name)] = token
        self.names.sort(key=lambda one: -len(one[0]))
        self._plain = all(repr(name)[1:-1] == name for name, _ in self.names)

    def know(self) -> None:
        """Replace the names from now on, until `forget`."""
        if self.names or self._short:
            _open[self] = None
            self._before = _current.set(self)

    def forget(self) -> None:
        """Keep nothing: a task that outlives the invocation may still hold this object."""
        if self._before is not None:
            _current.reset(self._before)
            del _open[self]
        self._before = None
        self.names = []
        self.numbers = {}
        self._short = {}

    def __enter__(self) -> None:
        self.know()

    def __exit__(self, *_: object) -> None:
        self.forget()

    def stand_in(self, value: Json) -> bool:
        """Tell whether a name may stand in `value`: most have none, and are not walked."""
        if isinstance(value, str):
            return True
        # What `repr` writes as it is stands there if it stands anywhere.
        shown = repr(value) if self._plain else ""
        return (
            not self._plain
            or any(name in shown for name, _ in self.names)
            or any(name in shown for name in self._short)
        )

    def replace(self, value: Json) -> Json:
        """Return `value` with tokens in place of the names."""
        if isinstance(value, str):
            return self._short.get(value) or self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.replace(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replace(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self.numbers.get(value, value)
        return value

    def text(self, text: str) -> str:
        """Return `text` with tokens in place of the names that are whole words of it."""
        for name, token in self.names:
            if name in text:
                text = _replace_words(text, name, token)
        return text


def _replace_words(text: str, name: str, token: str) -> str:
    # No pattern: `re` would keep the name among the last ones that it compiled.
    parts: list[str] = []
    done = 0
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        inside = (name[0].isalnum() and text[:at][-1:].isalnum()) or (
            name[-1].isalnum() and text[end : end + 1].isalnum()
        )
        if not inside:
            parts += (text[done:at], token)
            done = end
        at = text.find(name, at + 1 if inside else end)
    return "".join((*parts, text[done:]))


_open: Final[dict[Identities, None]] = {}
"""What the invocations that run now know. Not by `id`, whose every call is an audit event."""

_current: Final[ContextVar[Identities | None]] = ContextVar("identities", default=None)


def replace_known(value: Json) -> Json:
    """Return `value` without the names of this invocation.

    A thread that belongs to no invocation, such as the one that reads what was printed,
    replaces the names of all that run.
    """
    if not _open:
        return value
    own = _current.get()
    for known in (own,) if own is not None else tuple(_open):
        if known.stand_in(value):
            value = known.replace(value)
    return value
