"""What a plugin says of itself."""

from __future__ import annotations

import importlib.util
from typing import NamedTuple


class About(NamedTuple):
    """What a plugin says of itself.

    `needs` are importable module names; `extra` is the extra of the
    `affidavit` distribution that installs them, or a distribution's name; `remedy` is
    what to do where neither would help. With `linux_only` that is any other system.

    >>> About("A ledger on a shelf", needs=("shelf",)).extra
    ''
    """

    summary: str
    extra: str = ""
    needs: tuple[str, ...] = ()
    remedy: str = ""
    linux_only: bool = False

    def missing(self) -> tuple[str, ...]:
        """Return the needs that are not installed, without importing them."""
        return tuple(need for need in self.needs if not _is_installed(need))


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False  # `a.b` where there is not even an `a`
