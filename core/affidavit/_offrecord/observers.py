"""Attach observers to libraries when they are imported, and not before.

Nothing is imported for this. A finder in front of `sys.meta_path` waits for the names that
it knows and leaves loading to whoever would have loaded them.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from affidavit._offrecord.attribution import carried, observation_of, owner_here, remembered
from affidavit._offrecord.drivers import DRIVERS, Asked
from affidavit._offrecord.listeners import LISTENERS, hear_driver
from affidavit._offrecord.observation import CURRENT, OPEN, Nobody, Observation

_STARTS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "threading": ("Thread.start", remembered),
    "concurrent.futures.thread": ("ThreadPoolExecutor.submit", carried),
}
"""Where work is handed to another thread, by module."""

_attached: Final[set[str]] = set()


def attach_when_imported() -> None:
    """Observe what is imported already, and from now on what will be."""
    if any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        return
    for name in (*DRIVERS, *_STARTS):
        if name in sys.modules:
            attach(name, sys.modules[name])
    sys.meta_path.insert(0, _Waiting())


def attach(name: str, module: ModuleType) -> None:
    """Observe one module; what is not there, or cannot be changed, stays as it is."""
    if name in _attached:
        return
    _attached.add(name)
    if name in _STARTS:
        _replace(module, *_STARTS[name])
        return
    driver = DRIVERS[name]
    for path in driver.names:
        _replace(module, path, functools.partial(observed, asked=driver.asked))


def _replace(module: ModuleType, path: str, wrap: Callable[[Any], Any]) -> None:
    *above, last = path.split(".")
    owner: Any = module
    for part in above:
        owner = getattr(owner, part, None)
    if owner is None:
        return
    original = vars(owner).get(last) if inspect.isclass(owner) else getattr(owner, last, None)
    if original is None:
        return
    new = (
        type(original)(wrap(original.__func__))
        if isinstance(original, classmethod | staticmethod)
        else wrap(original)
    )
    with contextlib.suppress(AttributeError, TypeError):  # a type of C takes no other methods
        setattr(owner, last, new)


def observed(original: Callable[..., Any], *, asked: Asked) -> Callable[..., Any]:
    """Return `original`, noting what it is asked for while a handler runs."""
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def waited_for(*args: Any, **named: Any) -> Any:
            if not _noted(asked, args, named):
                return await original(*args, **named)
            before = CURRENT.set(Nobody.ACCOUNTED)
            try:
                return await original(*args, **named)
            finally:
                CURRENT.reset(before)

        return waited_for

    @functools.wraps(original)
    def called(*args: Any, **named: Any) -> Any:
        if not _noted(asked, args, named):
            return original(*args, **named)
        before = CURRENT.set(Nobody.ACCOUNTED)
        try:
            return original(*args, **named)
        finally:
            CURRENT.reset(before)

    return called


def _noted(asked: Asked, args: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
    """Note an access, if a handler runs or somebody listens; say whether this is one."""
    if not OPEN and not LISTENERS:
        return False
    observation: Observation | None = observation_of(CURRENT.get()) if OPEN else None
    heard = bool(LISTENERS) and owner_here() is not Nobody.ACCOUNTED
    if observation is None and not heard:
        return False
    try:
        seen = asked(args, named)
    except Exception:  # noqa: BLE001 - a library of another version than we know
        return False
    if seen is not None and seen.kind:
        if heard:
            hear_driver(seen, args)
        if observation is not None:
            observation.note(*seen)
    return seen is not None


class _Waiting:
    """Finds nothing itself: it has what others find attached to once it is loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the spec that the other finders have, for the modules that are waited for."""
        if name not in DRIVERS and name not in _STARTS:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    _attach_after(spec.loader, name)
                return spec
        return None


def _attach_after(loader: Any, name: str) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        if module.__name__ == name:
            with contextlib.suppress(AttributeError):
                del loader.exec_module
            attach(name, module)

    with contextlib.suppress(AttributeError):
        loader.exec_module = exec_module
