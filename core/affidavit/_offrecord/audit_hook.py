"""Listen to the interpreter: one hook per process, a no-op outside a handler.

An audit hook cannot be taken away again. So it does nothing unless a handler runs, and
nothing that goes wrong in it reaches whoever has caused the event. The one exception is
deliberate: `UnauditedAccessError`, where the policy refuses.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

from affidavit._offrecord.attribution import observation_of, owner_here
from affidavit._offrecord.audit_events import (
    LOOK_UPS,
    READERS,
    SQLITE_OPENED,
    SQLITE_OPENS,
    Surroundings,
    sqlite_file,
    surroundings,
)
from affidavit._offrecord.listeners import CHANGES, LISTENERS, OutsideAccess, hear, tell
from affidavit._offrecord.observation import CURRENT, DATABASE, OPEN, Nobody, Owner
from affidavit.errors import UnauditedAccessError

_WATCHED: Final = frozenset({*READERS, *LOOK_UPS, *CHANGES, SQLITE_OPENED})

_around: Surroundings | None = None
_installing: Final = threading.Lock()


def listen(environ: Mapping[str, str]) -> None:
    """Install the hook, once per process."""
    global _around  # noqa: PLW0603 - one process, one hook
    with _installing:
        if _around is None:
            _around = surroundings(environ)
            sys.addaudithook(_heard)


def _heard(event: str, args: tuple[Any, ...], watched: frozenset[str] = _WATCHED) -> None:
    # When the interpreter ends, the names of this module are gone before the last events.
    if event not in watched or CURRENT is None:
        return
    if LISTENERS:
        tell(event, args, _around)
    current = CURRENT.get()
    if current is Nobody.KERNEL or current is Nobody.ACCOUNTED or event in CHANGES:
        return
    try:
        _consider(event, args, current)
    except UnauditedAccessError:
        raise
    except Exception:  # noqa: BLE001 - foreign code must not suffer from what we cannot read
        return


def _consider(event: str, args: tuple[Any, ...], current: Owner) -> None:
    if event == SQLITE_OPENED:
        file = _opening.pop(threading.get_ident(), None)
        if file:
            _opened.append((args[0], file))
        return
    if event == SQLITE_OPENS:
        _opening[threading.get_ident()] = sqlite_file(args[0])
    if not OPEN or _around is None:
        return
    observation = observation_of(current)
    if observation is None:
        return
    if event in LOOK_UPS:
        LOOK_UPS[event](args, observation, _around)
        return
    before = CURRENT.set(Nobody.KERNEL)
    try:
        seen = READERS[event](args, observation, _around)
        if seen is not None:
            observation.note(*seen)
    finally:
        CURRENT.reset(before)


_opening: Final[dict[int, str]] = {}
"""The file that each thread is about to open with SQLite."""


def follow_kept() -> None:
    """Have SQLite connections that somebody keeps say when they are used.

    While one is being opened it takes no callback yet, so this is done when a handler
    begins or ends.
    """
    while _opened:
        connection, file = _opened.pop()
        if sys.getrefcount(connection) > _OURS:
            with contextlib.suppress(Exception):  # it was closed, or is another thread's
                follow(connection, file)


_opened: Final[list[tuple[Any, str]]] = []
_OURS: Final = 2
"""References to a connection that nobody keeps: the name here, and the argument."""


def follow(connection: Any, file: str) -> None:
    """Have one SQLite connection say when it is used."""

    def used(_: str) -> None:
        # The text is not passed on: SQLite has put the binds into it already.
        if LISTENERS and owner_here() is not Nobody.ACCOUNTED:
            with contextlib.suppress(UnauditedAccessError):
                hear(OutsideAccess(DATABASE, "sqlite3", file))
        observation = observation_of(CURRENT.get()) if OPEN else None
        if observation is not None:
            # SQLite swallows what is raised here: such a use is seen and cannot be refused.
            with contextlib.suppress(Exception):
                observation.note(DATABASE, "sqlite3", file, done=True)

    connection.set_trace_callback(used)
