"""Look for what a handler keeps in a warm process after an invocation has ended.

From the handler's own module outwards: globals, closures, default arguments,
attributes, caches, and the environment. Only plain containers are opened, and
only so many: what libraries keep inside themselves is theirs.
"""

from __future__ import annotations

import collections
import functools
import gc
import os
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from affidavit_testing.side_effects import is_library

MOST: Final = 20_000
"""Objects that are looked at."""

LATEST: Final = 300
"""Elements of one container that are looked at: the ones that were added last."""

_CONTAINERS: Final = (list, tuple, set, frozenset, collections.deque)
_OURS: Final = frozenset({
    "affidavit", "affidavit_ledger", "affidavit_policy", "affidavit_testing", "hypothesis",
    "_hypothesis_pytestplugin", "_pytest", "pytest", "pluggy", "structlog", "pydantic",
    "pydantic_core",
    "builtins", "typing", "types", "enum", "abc", "logging",
})  # fmt: skip
"""Packages whose objects are not opened, by their whole name: `pytest_notes` is somebody's own."""
_CACHE: Final = type(functools.lru_cache(lambda: None))


def kept_texts(handler: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Yield (place, text) for everything that is reachable from a handler's module."""
    yield "the environment", "\n".join(f"{name}={value}" for name, value in os.environ.items())
    found: dict[str, list[str]] = {}
    for place, value in _reachable(handler):
        if isinstance(value, str):
            found.setdefault(place, []).append(value)
        elif isinstance(value, bytes | bytearray):
            found.setdefault(place, []).append(bytes(value).decode("utf-8", "replace"))
    yield from ((place, "\n".join(texts)) for place, texts in found.items())


def kept_connections(handler: Callable[..., Any]) -> tuple[Any, ...]:
    """Return the SQLite connections that a handler's module keeps open."""
    sqlite = sys.modules.get("sqlite3")
    if sqlite is None:
        return ()
    return tuple(one for _, one in _reachable(handler) if isinstance(one, sqlite.Connection))


def statements_of(connection: Any) -> Iterator[str]:
    """Yield the statements that an SQLite connection has prepared, as they were written.

    Its cache is asked, because what it tells a callback has the binds in it already.
    """
    for cache in gc.get_referents(connection):
        if isinstance(cache, _CACHE):
            held = (one for one in gc.get_referents(cache) if isinstance(one, dict))
            yield from (text for one in held for text in one if isinstance(text, str))


def _reachable(handler: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield (place, object) for what is reachable from a handler's module, each object once."""
    seen: set[int] = set()
    queue = collections.deque(_roots(handler))
    while queue and len(seen) < MOST:
        place, value = queue.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield place, value
        if not isinstance(value, str | bytes | bytearray):
            queue.extend((place, inner) for inner in _inside(value))


def _roots(handler: Any) -> Iterator[tuple[str, Any]]:
    for layer in _layers(handler):
        if not isinstance(layer, FunctionType | MethodType):
            yield f"an object of class {type(layer).__name__}", getattr(layer, "__dict__", {})
        found = _function(layer)
        # The wrapper of `@audited` is ours; what it wraps comes next.
        ours = found is None or found.__globals__.get("__name__", "").startswith("affidavit.")
        if found is None or ours:
            continue
        yield f"defaults of {found.__name__}", (found.__defaults__, found.__kwdefaults__)
        yield f"closure of {found.__name__}", [_cell(one) for one in found.__closure__ or ()]
        for name, value in list(found.__globals__.items()):
            if not name.startswith("__"):
                yield f"global {name}", value


def _layers(handler: Any) -> Iterator[Any]:
    for _ in range(20):
        yield handler
        if not hasattr(handler, "__wrapped__"):
            return
        handler = handler.__wrapped__


def _function(layer: Any) -> FunctionType | None:
    if isinstance(layer, MethodType):
        layer = layer.__func__
    if isinstance(layer, functools.partial):
        layer = layer.func
    if not isinstance(layer, FunctionType):
        layer = getattr(type(layer), "__call__", None)  # noqa: B004 - its code is what is wanted
    return layer if isinstance(layer, FunctionType) else None


def _inside(value: Any) -> list[Any]:
    """Return what a container holds; nothing for what is not to be opened."""
    if isinstance(value, dict):
        return [*list(value.keys())[-LATEST:], *list(value.values())[-LATEST:]]
    if isinstance(value, _CONTAINERS):
        return list(value)[-LATEST:]
    if isinstance(value, _CACHE) and not _is_ours(value):
        return [one for one in gc.get_referents(value) if not isinstance(one, type)]
    if isinstance(value, FunctionType):
        cells = [_cell(one) for one in value.__closure__ or ()]
        return [value.__defaults__, value.__kwdefaults__, *cells, *_globals_of(value)]
    if isinstance(value, ModuleType) or _is_foreign(value):
        return []
    held = getattr(value, "__dict__", None)
    return [dict(held)] if held is not None else []


def _globals_of(function: FunctionType) -> list[Any]:
    """Return the globals that a function of the handler's project uses."""
    if is_library(function.__code__.co_filename):
        return []
    held = function.__globals__
    return [held[name] for name in function.__code__.co_names if name in held]


def _is_foreign(value: Any) -> bool:
    kind = value if isinstance(value, type) else type(value)
    top = str(getattr(kind, "__module__", "")).partition(".")[0]
    return top in _OURS


def _is_ours(cache: Any) -> bool:
    """Tell whether a cache is the suite's own, imported by a module of tests."""
    return str(getattr(cache, "__module__", "")).partition(".")[0] in _OURS


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None  # not filled yet
