"""What a program has written into a text: JSON behind other words, literals in quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.normalise import embedded_json
from affidavit._redact.normalise.decode import LITERAL, quoted, unquoted
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import DROPPED
from affidavit._types import Json

_SAID_AGAIN: Final = lazy(r"(?=[^0-9]{0,4096}[0-9])(?s:.{8})")


def with_inner(text: str, parsed: Callable[[Json], Json], budget: Budget) -> str:
    """Return `text` with what `parsed` makes of the objects and lists that stand in it.

    A secret of one of them goes from the rest as well: a program may print it twice.
    """
    if ("{" not in text and "[" not in text) or '"' not in text or not budget.rounds:
        return text
    parts: list[str] = []
    secrets: set[str] = set()
    done = 0
    for start, end, value in embedded_json.inner(text):
        clean = parsed(value)
        if clean != value:
            secrets.update(_gone(value, clean))
            parts += (text[done:start], embedded_json.write(clean, like=text[start:end]))
            done = end
    whole = "".join((*parts, text[done:]))
    for one in secrets:
        whole = whole.replace(one, DROPPED)
    return whole


def _gone(before: Json, after: Json) -> Iterator[str]:
    """Yield the secrets of `before` that `after` has no more."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() & after.keys():
            yield from _gone(before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list):
        for one, other in zip(before, after, strict=False):
            yield from _gone(one, other)
    elif isinstance(before, str) and after == DROPPED and _SAID_AGAIN.match(before):
        yield before


def with_literals(text: str, nested: Callable[[str], str], budget: Budget) -> str:
    """Return `text` with what `nested` makes of texts in quotes, as they were before."""

    def _read(found: re.Match[str]) -> str:
        inside = found[2]
        if "\\" not in inside or not budget.rounds or budget.budget < len(inside):
            return found.group()
        plain = unquoted(inside)
        done = plain if plain == inside else nested(plain)
        return found.group() if done == plain else quoted(done, found[1])

    return LITERAL.sub(_read, text) if "\\" in text else text
