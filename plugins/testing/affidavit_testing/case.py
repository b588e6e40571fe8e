"""One request that was drawn for a handler, and what is known about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from affidavit_testing.canaries import IDENTITY, PRIVATE, CanaryToken
from affidavit_testing.persons import MadeUpPerson

TELLING: Final = 8
TELLING_HEX: Final = 11
VARIED: Final = 4
"""Characters that a value of a request needs to be told from chance; and different ones."""


class DrawnRequest(NamedTuple):
    """One request that was drawn.

    `refused` says why it must be refused; empty if it need not be. `valid` is
    true if it must not be refused. `planted` are canaries and the places where
    they stand; `values` what the request says besides. `declared` are those of them that
    name the actor or the subject: the redactor knows them. `private` are those that the handler
    may not log, whoever redacts it.
    """

    event: Any
    via: str
    person: MadeUpPerson
    valid: bool = False
    refused: str = ""
    planted: tuple[tuple[str, CanaryToken], ...] = ()
    values: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[CanaryToken, ...]:
        """Everything in it that must not leave unredacted."""
        said = tuple(CanaryToken(self._kind(value), value, shaped=False) for value in self.values)
        return tuple(canary for _, canary in self.planted) + said

    def _kind(self, value: str) -> str:
        if value in self.declared:
            return IDENTITY
        return PRIVATE if value in self.private else "VALUE"


def is_telling(text: str) -> bool:
    """Tell whether finding a text proves that it came from the request.

    Tokens, ids and times are full of digits and of the letters a to f: what
    consists of these only has to be longer.
    """
    plain = all(letter in "0123456789abcdefABCDEF" for letter in text)
    return len(text) >= (TELLING_HEX if plain else TELLING) and len(set(text)) >= VARIED


def leaves(value: Any, known: str = "") -> Iterator[str]:
    """Yield every text and number that a request says, as text.

    A word that stands in `known`, the model's schema, is one of the model's own.
    """
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner, known)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, known)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, str) and (any(map(str.isdigit, value)) or value not in known):
        yield value
