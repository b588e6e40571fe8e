"""Names that end in `pass` and may be a password's or not: `test_pass`, `first_pass`, `mypass`.

`key_words` knows those that cannot mean anything else. Here the value says which it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from affidavit._lazy import lazy

_LAST: Final = lazy(r"(?i)([a-z]{0,40})[^a-z]?pass[0-9]{0,2}$")
_OF_PROGRAMS: Final = (
    "backward", "by", "com", "compile", "compiler", "depth", "forward", "gc", "high", "ir", "lint",
    "llvm", "low", "mountain", "over", "render", "rendering", "shadow", "style", "sur", "tres",
    "under",
)  # fmt: skip
"""What stands before it in the names of a compiler's steps, and in other words."""

CHOSEN: Final = lazy(
    r"(?!0[xX]|[0-9]{4}-[0-9]{2}-[0-9]{2}T"
    r"|[0-9][0-9.,:/_-]{0,20}[A-Za-z%]{0,5}(?![^\s,;)\]}\"']))"  # a measure, a time
    r"(?=\S{0,40}(?:[A-Za-z][0-9!@#$%^&*?]|[0-9!@#$%^&*?][A-Za-z]))"
    r"(?=[^0-9\s]{0,60}[0-9])(?=[^A-Za-z\s]{0,60}[A-Za-z])[^\s:/]{6,200}"
)
"""What somebody chose, or a program drew: letters and digits beside one another, and no measure."""


@lru_cache(maxsize=1024)
def may_open(name: str) -> bool:
    """Tell whether a value below `name` is a password if it looks like one."""
    said = _LAST.search(name)
    return said is not None and not said[1].lower().endswith(_OF_PROGRAMS)
