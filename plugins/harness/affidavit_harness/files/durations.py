"""Lengths of time as people write them: `500ms`, `30s`, `3m`."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

PATTERN: Final = r"^[0-9]{1,6}(ms|s|m)$"

Duration = Annotated[str, Field(pattern=PATTERN, examples=["500ms", "30s", "3m"])]
"""Text in a file. `seconds` makes a number of it."""

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}


def seconds(text: str) -> float:
    """Return how many seconds `text` means."""
    found = re.fullmatch(r"([0-9]+)(ms|s|m)", text)
    if found is None:
        raise ValueError("not a length of time")
    return int(found.group(1)) * _UNITS[found.group(2)]
