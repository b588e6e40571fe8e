"""What one call has found and spent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from affidavit._records.tokens import Tokens


ROUNDS: Final = 4
"""Encodings around one another that are undone; what is deeper fails closed."""


class Budget:
    """Counts findings, values left to look at, and the containers above the current one.

    `allow` holds the key names that may pass where an allow-list rules, or None.
    `rounds` is how many encodings around one another may still be undone,
    `budget` how many characters of decoded text may still be looked at, `undone`
    how many encodings were undone, `repeated` how many JSON objects had a name twice.
    """

    __slots__ = (
        "_asked", "_make", "_tokens", "above", "allow", "budget", "found", "nodes", "repeated",
        "rounds", "undone",
    )  # fmt: skip

    def __init__(
        self,
        nodes: int,
        make: Callable[[], Tokens] | None,
        allow: frozenset[str] | None,
    ) -> None:
        self.nodes = nodes
        self.allow = allow
        self.rounds = ROUNDS
        self.budget = 0
        self.repeated = 0
        self.undone = 0
        self.found: dict[str, int] = {}
        self.above: list[object] = []
        self._make = make
        self._asked = False
        self._tokens: Tokens | None = None

    def count(self, entity: str) -> None:
        """Note one more value of `entity` that was acted on."""
        self.found[entity] = self.found.get(entity, 0) + 1

    def forget(self, found: dict[str, int]) -> None:
        """Go back to the counts of an earlier moment."""
        if found != self.found:
            self.found.clear()
            self.found.update(found)

    def tokens(self) -> Tokens | None:
        """Return the maker of tokens, or None if its key cannot be had; asks once."""
        if not self._asked:
            self._asked = True
            try:
                self._tokens = self._make() if self._make else None
            except Exception:  # noqa: BLE001 - no key: values are replaced, not hashed
                self._tokens = None
        return self._tokens
