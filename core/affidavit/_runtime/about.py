"""What a plugin says of itself."""

from __future__ import annotations

import importlib.util
from typing import NamedTuple


class About(NamedTuple):
    """What a plugin says of itself.

    `needs` are importable module names; `extra` is the extra of the
    `affidavit` distribution that installs them, or a distribution's name.

    >>> About("A ledger on a shelf", needs=("shelf",)).extra
    ''
    """

    summary: str
    extra: str = ""
    needs: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """Return the needs that are not installed, without importing them."""
        return tuple(need for need in self.needs if not _is_installed(need))


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False  # `a.b` where there is not even an `a`
