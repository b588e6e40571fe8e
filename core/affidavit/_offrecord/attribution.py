"""Find the handler that an access belongs to: by context, by thread, or because it is alone.

Context variables reach tasks, but neither threads nor pools. So a thread is remembered for whom
it was started, and what is submitted to a pool carries the observation of whoever submitted it.
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable
from typing import Any, Final

from affidavit._offrecord.observation import CURRENT, OPEN, Nobody, Observation, Owner

_started: Final[weakref.WeakKeyDictionary[Any, Observation | Nobody]] = weakref.WeakKeyDictionary()
"""For whom a thread was started; what the kernel has started is the kernel's."""


def observation_of(current: Owner) -> Observation | None:
    """Return the observation of the handler that acts here now; None if no handler does.

    A thread that nobody knows, such as a worker that waits for jobs since the process has
    started, acts for the only handler that runs. If several run, it acts for none of them.
    """
    if isinstance(current, Nobody):
        return None
    if current is not None and current.open:
        return current
    found = _by_thread() if current is None else current
    if isinstance(found, Nobody) or (found is not None and found.open):
        return None if isinstance(found, Nobody) else found
    running = list(OPEN)
    if len(running) == 1:
        return running[0]
    # It outlived its invocation. Its record is written; all that is left is to refuse.
    return found if found is not None and found.refuses else None


def owner_here() -> Owner:
    """Return whose work this is, also in a thread that somebody has started."""
    current = CURRENT.get()
    return _by_thread() if current is None else current


def _by_thread() -> Owner:
    thread = _running().get(threading.get_ident())
    if thread is None:
        return None
    if thread is threading.main_thread():
        return Nobody.IDLE
    return _started.get(thread)


def _running() -> Any:
    # `current_thread` would make a stand-in for a thread that Python does not know.
    return getattr(threading, "_active", {})


def remembered(start: Callable[..., None]) -> Callable[..., None]:
    """Return a thread's `start` that remembers for whom the thread was started."""

    @functools.wraps(start)
    def started(thread: threading.Thread) -> None:
        owner = CURRENT.get() or observation_of(None)
        if owner is not None:
            _started[thread] = owner
        start(thread)

    return started


def carried(submit: Callable[..., Any]) -> Callable[..., Any]:
    """Return a pool's `submit` whose jobs act for whoever has submitted them."""

    @functools.wraps(submit)
    def submitted(pool: Any, job: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        owner = CURRENT.get() or observation_of(None)
        if owner is None:
            return submit(pool, job, *args, **kwargs)
        return submit(pool, _acting_for, owner, job, *args, **kwargs)

    return submitted


def _acting_for(owner: Owner, job: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    before = CURRENT.set(owner)
    try:
        return job(*args, **kwargs)
    finally:
        CURRENT.reset(before)
