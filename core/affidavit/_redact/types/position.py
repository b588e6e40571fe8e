"""Where a value stands, as far as that changes what it means."""

from __future__ import annotations

from typing import Final, NamedTuple

Paths = tuple[tuple[str, ...], ...]
"""Exempt paths, each as the steps that are left."""


class Position(NamedTuple):
    """What the place of a value means for it.

    `versioned`: the key above names a version. `exempt`: the exempt paths from
    here on; one without steps ends here or above.
    """

    versioned: bool = False
    exempt: Paths = ()

    @property
    def lifted(self) -> bool:
        """Tell whether an exemption lifts everything but secrets here."""
        return () in self.exempt

    def below(self, step: str) -> Position:
        """Return the place of the value under `step`, a key or the index of an element."""
        if self.lifted:
            return self
        exempt = tuple([path[1:] for path in self.exempt if path[0] in {step, "*"}])
        return Position(exempt=exempt) if exempt else NOWHERE


class Container(NamedTuple):
    """Where a container stands: how deep, below which key, at which place."""

    depth: int
    parent: str
    place: Position


NOWHERE: Final = Position()
BELOW_VERSION: Final = Position(versioned=True)
