"""One request that was drawn for a handler, and what is known about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from affidavit_testing.canaries import CanaryToken
from affidavit_testing.persons import MadeUpPerson

TELLING: Final = 8
TELLING_HEX: Final = 11
VARIED: Final = 4
"""Characters that a value of a request needs to be told from chance; and different ones."""


class DrawnRequest(NamedTuple):
    """One request that was drawn.

    `refused` says why it must be refused; empty if it need not be. `valid` is
    true if it must not be refused. `planted` are canaries and the places where
    they stand; `values` what the request says besides.
    """

    event: Any
    via: str
    person: MadeUpPerson
    valid: bool = False
    refused: str = ""
    planted: tuple[tuple[str, CanaryToken], ...] = ()
    values: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[CanaryToken, ...]:
        """Everything in it that must not leave unredacted."""
        said = tuple(CanaryToken("VALUE", value, shaped=False) for value in self.values)
        return tuple(canary for _, canary in self.planted) + said


def is_telling(text: str) -> bool:
    """Tell whether finding a text proves that it came from the request.

    Tokens, ids and times are full of digits and of the letters a to f: what
    consists of these only has to be longer.
    """
    plain = all(letter in "0123456789abcdefABCDEF" for letter in text)
    return len(text) >= (TELLING_HEX if plain else TELLING) and len(set(text)) >= VARIED


def leaves(value: Any) -> Iterator[str]:
    """Yield every text with a digit in it that a request says; words of a model have none."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str) and any(map(str.isdigit, value)):
        yield value
