"""Notice connections, processes and files that a handler opens by itself.

Python's audit events (PEP 578) tell of them where they happen, whatever library
asks for them. A hook cannot be taken away again, so there is one for the whole
process, and it does nothing while nobody watches.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

DOORS: Final = frozenset(
    {
        "os.posix_spawn",
        "os.system",
        "socket.connect",
        "socket.getaddrinfo",
        "sqlite3.connect",
        "subprocess.Popen",
    }
)
"""Audit events of reads and writes that no audited source makes."""

_FILE: Final = "open"
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_APPEND


class OwnResource(NamedTuple):
    """A door that was opened: the audit event, and what it led to."""

    event: str
    detail: str

    @property
    def is_file(self) -> bool:
        """True for a file that was opened for writing."""
        return self.event == _FILE


class _Watch(threading.local):
    """What this thread watches, if anything."""

    into: list[OwnResource] | None = None


_watch = _Watch()
_installed = threading.Event()
_lock = threading.Lock()


@contextlib.contextmanager
def watched(into: list[OwnResource]) -> Iterator[None]:
    """Note in `into` what this thread opens inside the block."""
    _install()
    before, _watch.into = _watch.into, into
    try:
        yield
    finally:
        _watch.into = before


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Look away inside the block: an audited source may open what it needs."""
    before, _watch.into = _watch.into, None
    try:
        yield
    finally:
        _watch.into = before


def _install() -> None:
    with _lock:
        if not _installed.is_set():
            sys.addaudithook(_hear)
            _installed.set()


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event not in DOORS and event != _FILE:
        return
    into = _watch.into
    if into is None:
        return
    _watch.into = None  # what is done here is not the handler's
    try:
        if event == _FILE:
            _hear_file(into, args)
        else:
            into.append(OwnResource(event, _detail(args)))
    finally:
        _watch.into = into


def _hear_file(into: list[OwnResource], args: tuple[Any, ...]) -> None:
    path, mode, flags = args
    if not isinstance(path, str | bytes | os.PathLike):
        return  # a descriptor that was open already
    writes = any(letter in mode for letter in "wax+") if mode else flags & _WRITES
    name = os.fsdecode(path)
    # Python itself writes what it compiles.
    if writes and "__pycache__" not in name and name != os.devnull:
        into.append(OwnResource(_FILE, name))


def _detail(args: tuple[Any, ...]) -> str:
    """Say what was opened, without what may be personal in it."""
    return ", ".join(type(arg).__name__ for arg in args)
