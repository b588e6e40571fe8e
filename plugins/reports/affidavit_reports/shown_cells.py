"""How much of a cell a page or a table for people shows; files of data have all of it."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 500
"""Letters of a text that a page shows."""

TOKEN_SHOWN: Final = 12
"""Letters of a token that tell it from others at a glance."""

_TOKEN: Final = re.compile("[0-9a-f]{32}")


def is_token(text: str) -> bool:
    """Tell whether a cell is a token, and no name that stands for one."""
    return _TOKEN.fullmatch(text) is not None


def cut(text: str) -> str:
    """Return a text as far as a page shows it."""
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text
