"""Tell a test of every access of the process before it happens, whoever is about to make it.

A handler's record names what the handler itself reaches. A test asks for more: also what a
decorator around it does, a validator, or a thread that it has left behind, and what is only
written. Nobody listens in a deployed function.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from affidavit._offrecord.attribution import owner_here
from affidavit._offrecord.audit_events import (
    LOOK_UPS,
    READERS,
    SQLITE_OPENS,
    Seen,
    Surroundings,
    sqlite_file,
    text_of,
)
from affidavit._offrecord.observation import CURRENT, DATABASE, FILE, NET, Nobody, Observation
from affidavit._offrecord.own_files import absolute
from affidavit._policy.access_rules import OffRecordRules
from affidavit._policy.words import OffRecord
from affidavit._types import Token


class OutsideAccess(NamedTuple):
    """An access that is about to happen: its kind, the operation, where it goes, and what it asks.

    `statement` is the text that a driver was given, if it was given one; `writes` says that
    it changes a file.

    >>> OutsideAccess("file", "open", "/etc/passwd").writes
    False
    """

    kind: str
    name: str
    where: str = ""
    statement: str = ""
    writes: bool = False


Listener = Callable[[OutsideAccess], None]
"""Hears of an access. What it raises, the access raises."""

LISTENERS: Final[list[Listener]] = []

CHANGES: Final[Mapping[str, int]] = {
    "os.chmod": 1, "os.chown": 1, "os.link": 2, "os.mkdir": 1, "os.remove": 1, "os.rename": 2,
    "os.rmdir": 1, "os.symlink": 2, "os.truncate": 1, "os.utime": 1,
}  # fmt: skip
"""Events that change a file or a folder, and how many paths each names first."""

_CACHE: Final = "__pycache__"
_COMPILED: Final = re.compile(r"\.pyc(\.\d+)?\Z")
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


def tell(event: str, args: tuple[Any, ...], around: Surroundings | None) -> None:
    """Tell all listeners what an audit event says; what somebody accounts for already is silent."""
    if around is None or owner_here() is Nobody.ACCOUNTED:
        return
    before = CURRENT.set(Nobody.ACCOUNTED)  # what is done here is nobody's access
    try:
        found = None
        with contextlib.suppress(Exception):  # an event of another form than we know
            found = _read(event, args, around)
        if found is not None:
            hear(found)
        if event in LOOK_UPS:
            LOOK_UPS[event](args, _NAMES, around)
    finally:
        CURRENT.reset(before)


def hear(access: OutsideAccess) -> None:
    """Tell all listeners of one access."""
    for listener in tuple(LISTENERS):
        listener(access)


def hear_driver(seen: Seen, args: tuple[Any, ...]) -> None:
    """Tell all listeners what a library is about to be asked for."""
    said = next((one for one in args[1:3] if isinstance(one, str | bytes)), None)
    meta = getattr(args[0] if args else None, "meta", None)
    endpoint = getattr(meta, "endpoint_url", "")
    where = endpoint if isinstance(endpoint, str) and endpoint else seen.where
    hear(OutsideAccess(seen.kind, seen.name, where, text_of(said)))


@contextlib.contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Have `listener` hear of every access inside the block.

    >>> heard = []
    >>> begin_to_listen()
    >>> import os
    >>> with heard_by(heard.append):
    ...     names = os.listdir("/")
    >>> heard[0].name
    'list'
    """
    LISTENERS.append(listener)
    try:
        yield
    finally:
        LISTENERS.remove(listener)
        _NAMES.hosts = None


@contextlib.contextmanager
def accounted_for() -> Iterator[None]:
    """Let nobody hear of the accesses inside the block: they are a source's own.

    >>> with accounted_for():
    ...     open("/dev/null").close()
    """
    before = CURRENT.set(Nobody.ACCOUNTED)
    try:
        yield
    finally:
        CURRENT.reset(before)


def _read(event: str, args: tuple[Any, ...], around: Surroundings) -> OutsideAccess | None:
    if event == "open" and (written := _written(args)) is not None:
        return written
    if event in CHANGES:
        return _changed(event, args)
    if event in LOOK_UPS:
        return _looked_up(event, args)
    if event == SQLITE_OPENS:
        return OutsideAccess(DATABASE, "sqlite3", sqlite_file(args[0]) or ":memory:")
    seen = READERS[event](args, _NAMES, around) if event in READERS else None
    if seen is None or seen.kind != NET:
        return None if seen is None else OutsideAccess(*seen)
    port = args[1][1] if len(args) > 1 and isinstance(args[1], tuple) else None
    return None if _connects_itself() else OutsideAccess(NET, event, _at(seen.where, port))


def _changed(event: str, args: tuple[Any, ...]) -> OutsideAccess | None:
    folder = _folder_of(args[-1])
    paths = [_below(folder, path) for path in args[: CHANGES[event]]]
    outside = [path for path in paths if path and not (is_temporary(path) or _is_bytecode(path))]
    return OutsideAccess(FILE, event, outside[0], writes=True) if outside else None


def _folder_of(descriptor: object) -> str:
    """Return the folder that a path is relative to, where an event names its descriptor."""
    if not isinstance(descriptor, int) or descriptor < 0:
        return ""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - no path of ours
    return ""


def _below(folder: str, path: object) -> str:
    named = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    return absolute(os.path.join(folder, named)) if named else ""  # noqa: PTH118 - as `absolute`


def _looked_up(event: str, args: tuple[Any, ...]) -> OutsideAccess | None:
    host, port = args[0], args[1] if len(args) > 1 else None
    name = text_of(host)
    return OutsideAccess(NET, event, _at(name, port)) if name else None


def _written(args: tuple[Any, ...]) -> OutsideAccess | None:
    """Read the opening of a file that is to be written; None if it is only read."""
    path, mode, flags = args
    writes = any(letter in mode for letter in "wax+") if mode else flags & _WRITES
    name = absolute(path)
    if not writes or not name or name == os.devnull or _is_bytecode(name):
        return None
    return OutsideAccess(FILE, "open", name, writes=True)


def _is_bytecode(path: str) -> bool:
    """Tell whether a path is where Python itself keeps what it compiles.

    The first import of a module makes the folder, writes a file of another name, and renames it.
    """
    folder, name = os.path.split(path)
    prefix = sys.pycache_prefix
    if name == _CACHE or (prefix and f"{path}{os.sep}".startswith(f"{prefix}{os.sep}")):
        return True
    return os.path.basename(folder) == _CACHE and bool(_COMPILED.search(name))  # noqa: PTH119 - texts


def is_temporary(path: str) -> bool:
    """Tell whether a path leads into the temporary folder.

    >>> is_temporary("/etc/passwd")
    False
    """
    folder = absolute(tempfile.gettempdir())
    return path.startswith((f"{folder}{os.sep}", f"{os.path.realpath(folder)}{os.sep}"))


def _at(host: str, port: object) -> str:
    return host if port in {None, 0, ""} else f"{host}:{port}"


def _connects_itself() -> bool:
    """Tell whether the standard library makes a pair of sockets, as asyncio does on Windows."""
    frame = sys._getframe(1)  # noqa: SLF001 - what called is what an audit event does not say
    for _ in range(8):
        if frame.f_code.co_name.endswith("socketpair"):
            return True
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return False


_NAMES: Final = Observation(OffRecordRules(OffRecord.RECORD), lambda _, where: Token(where))
"""Keeps the names that were looked up last: a connection knows only the address."""
