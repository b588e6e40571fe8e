"""Compile a pattern when it is first used: most Lambdas never meet most of them."""

from __future__ import annotations

import re
from typing import Any, AnyStr, Final, cast

_METHODS: Final = ("finditer", "findall", "fullmatch", "match", "search", "sub")


class _Lazy:
    """Has the methods of a pattern, from the first call on as its own attributes."""

    __slots__ = ("_flags", "_source", *_METHODS)

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile; called while a method has not been asked for yet."""
        if name not in _METHODS:
            raise AttributeError(name)
        pattern = re.compile(self._source, self._flags)
        # Two threads may both compile: they set the same.
        for method in _METHODS:
            setattr(self, method, getattr(pattern, method))
        return getattr(pattern, name)


def lazy(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what can be used as the compiled pattern of `source`."""
    return cast("re.Pattern[AnyStr]", _Lazy(source, flags))
