"""Did you mean …? The nearest word of those that are known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return how to mend an unknown word."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words)
    # `equals` is no typing error of `eq`, but means it.
    close = close or sorted((one for one in words if word.startswith(one)), key=len)[-1:]
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(words)}" if words else "there is none"
