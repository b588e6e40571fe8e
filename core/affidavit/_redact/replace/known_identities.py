"""Replace whom an invocation is known to be by and about, wherever they are named.

No shape tells a patient's number from another one. But a handler says where its actor and
subject stand, so while it runs their values are known, and their tokens take their place.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from contextvars import ContextVar, Token
from typing import Final

from affidavit._redact.replace.hidden_names import HiddenNames, KnownNames
from affidavit._types import Json

SHORTEST: Final = 4
"""Characters of the shortest name that is looked for in a text: `17` stands everywhere by chance.

A shorter one of letters is known where a value is nothing else.
"""

_URL_SAFE: Final = str.maketrans("+/", "-_")
_WITHIN: Final = 3
"""Texts of JSON inside of one another in which a name is found without reading them."""


class Identities:
    """The names of one invocation, longest first, and the numbers among them.

    Known from `know` to `forget`, or in a `with` block.
    """

    __slots__ = ("_before", "_tokens", "known")

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._before: Token[Identities | None] | None = None
        self._tokens = tokens
        self.known: KnownNames | None = None  # made ready when something is written

    def know(self) -> None:
        """Replace the names from now on, until `forget`."""
        _open[self] = None
        self._before = _current.set(self)

    def forget(self) -> None:
        """Keep nothing: a task that outlives the invocation may still hold this object."""
        if self._before is not None:
            _current.reset(self._before)
            del _open[self]
        self._before = None
        self._tokens = {}
        self.known = KnownNames()

    def __enter__(self) -> None:
        self.know()

    def __exit__(self, *_: object) -> None:
        self.forget()

    def replace(self, value: Json, *, undone: bool) -> Json:
        """Return `value` with tokens in place of the names.

        `undone`: there are encodings in it, so that each text has to be read. Most values have
        neither, and are not walked. What is not written as it is has a backslash in it.
        """
        known = self.known
        if known is None:
            known = self.known = _known(self._tokens)
        if isinstance(value, str):
            if undone or "\\" in value or any(mark in value for mark in known.marks):
                return HiddenNames(known, len(value)).replace(value)
            return known.short.get(value, value)
        shown = repr(value)
        if undone or "\\" in shown:
            return HiddenNames(known, len(shown)).replace(value)
        met = [mark for mark in known.marks if mark in shown]
        return HiddenNames(known, len(shown), met).replace(value) if met else value


def _known(tokens: Mapping[str, str]) -> KnownNames:
    """Return all that a text with one of the names in it may have."""
    names, marks = dict[str, str](), set[str]()
    numbers, short = dict[int, str](), dict[str, str]()
    for name, token in tokens.items():
        if len(name) >= SHORTEST:
            spelled = _spelled(name)
            names.update(dict.fromkeys((*spelled, *_coded(name)), token))
            marks.update(*map(_marks, (*spelled, *_coded(name))))
            if name.isascii() and name.isdigit() and name[0] != "0":
                numbers[int(name)] = token
        elif name.isalpha() and len(name) > 1:
            short[name] = token
            marks.update((f"'{name}'",), _marks(f'"{name}"'))
    longest_first = tuple(sorted(names.items(), key=lambda one: -len(one[0])))
    return KnownNames(longest_first, numbers, short, tuple(marks.union(names)))


def _spelled(name: str) -> set[str]:
    """Return how JSON, JSON inside of JSON, URLs and forms write a name."""
    spelled = {name}
    if name.isascii() and name.isalnum():
        return spelled  # the same everywhere
    from urllib.parse import quote, quote_plus  # noqa: PLC0415 - few names need it

    for safe in ("", "/") if "/" in name else ("",):
        spelled.update(one(name, safe, errors="replace") for one in (quote, quote_plus))
    if name.isascii() and name.isprintable() and '"' not in name and "\\" not in name:
        return spelled  # JSON writes it as it is
    for ascii_only in (True, False):
        one = name
        for _ in range(_WITHIN):
            one = json.dumps(one, ensure_ascii=ascii_only)[1:-1]
            spelled.add(one)
    return spelled


def _coded(name: str) -> Iterator[str]:
    """Yield a name in base64, as keys and binary values are sent."""
    coded = b2a_base64(name.encode("utf-8", "replace"), newline=False).decode()
    for one in {coded, coded.translate(_URL_SAFE)}:
        yield one
        yield one.rstrip("=")


def _marks(spelled: str) -> Iterator[str]:
    """Yield what is left of a name in the base64 of a text that has it somewhere.

    Three bytes are four letters, so there are three ways in which the name may fall on them.
    Its first and last letters depend on what stands beside it, and are left out.
    """
    yield spelled
    data = spelled.encode("utf-8", "replace")
    for before in range(3):
        coded = b2a_base64(bytes(before) + data, newline=False).decode()
        inner = coded[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]
        yield inner
        if "+" in inner or "/" in inner:
            yield inner.translate(_URL_SAFE)


_open: Final[dict[Identities, None]] = {}
"""What the invocations that run now know. Not by `id`, whose every call is an audit event."""

_current: Final[ContextVar[Identities | None]] = ContextVar("identities", default=None)


def replace_known(value: Json, *, undone: bool = False) -> Json:
    """Return `value` without the names of this invocation; `undone` says that it has encodings.

    A thread that belongs to no invocation, such as the one that reads what was printed,
    replaces the names of all that run.
    """
    if not _open:
        return value
    own = _current.get()
    for known in (own,) if own is not None else tuple(_open):
        value = known.replace(value, undone=undone)
    return value
