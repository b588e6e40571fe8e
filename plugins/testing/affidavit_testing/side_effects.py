"""Deny what a handler reaches by itself: networks, processes, and files that are no temporary ones.

Tests run where credentials are: on a laptop, a thousand drawn deliveries of a handler
that deletes would delete. So nothing leaves unless the suite was told to allow it; what was
tried is noted with its caller, whether the handler swallows the refusal or not.
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

import affidavit
from affidavit import UnauditedAccessError
from affidavit.testing import OutsideAccess, begin_to_listen, heard_by, is_temporary

_DENIED: Final = frozenset({"aws", "db", "net", "process"})
_MEMORY: Final = ":memory:"


class SideEffectDeniedError(UnauditedAccessError):
    """The suite does not let a handler reach anything but its sources."""


class SideEffect(NamedTuple):
    """What a handler has reached for by itself, and who did.

    `denied` says that it did not come to it.
    """

    kind: str
    name: str
    where: str
    statement: str
    caller: str
    writes: bool
    denied: bool

    def __str__(self) -> str:
        """Name the operation, where it goes, and the caller."""
        return f"{self.name} {self.where}".rstrip() + f" from {self.caller}"

    @property
    def is_file(self) -> bool:
        """True for a file that was written."""
        return self.writes and not self.denied


@contextlib.contextmanager
def watched(into: list[SideEffect], allow: Collection[str] | None = None) -> Iterator[None]:
    """Note in `into` what this process reaches inside the block, and deny what leaves it.

    What `allow` names is neither noted nor denied; without `allow` nothing is denied.
    """
    begin_to_listen()

    def hear(access: OutsideAccess) -> None:
        if allow is not None and allows(allow, access):
            return
        denied = allow is not None and _leaves(access)
        found = SideEffect(
            kind=access.kind,
            name=access.name,
            where=access.where,
            statement=access.statement,
            caller=caller_of(sys._getframe(1)),  # noqa: SLF001 - nobody else says who called
            writes=access.writes,
            denied=denied,
        )
        into.append(found)
        if denied:
            raise SideEffectDeniedError(
                f"the handler reached past its sources ({found})",
                why="the compliance suite lets nothing leave the process",
                fix=f"Read it through context.source(name), replace the client in the test, or "
                f"have the suite allow it: allow=[{_host(access.where) or access.name!r}]",
            )

    with heard_by(hear):
        yield


def allows(allow: Collection[str], access: OutsideAccess) -> bool:
    """Tell whether one of `allow` names an access: by kind, operation, host, path or program."""
    name, host = access.name, _host(access.where)
    service = f"{name.partition('.')[0]}.*"
    if {access.kind, name, service, access.where, host} & {*allow}:
        return True
    folders = [os.path.expanduser(one).rstrip(os.sep) for one in allow if one[:1] in {os.sep, "~"}]  # noqa: PTH111 - texts
    if any(access.where == one or access.where.startswith(one + os.sep) for one in folders):
        return True
    return any(one.startswith("*.") and host.endswith(one[1:]) for one in allow)


def _leaves(access: OutsideAccess) -> bool:
    """Tell whether something outside of the process and the temporary folder is touched."""
    if access.kind == "db":
        return access.where != _MEMORY and not is_temporary(access.where)
    if access.kind == "file":
        return access.writes and not is_temporary(access.where)
    return access.kind in _DENIED


def _host(where: str) -> str:
    """Return the host of `host:port` or of a URL; a path is none."""
    text = where.partition("://")[2] or where
    return "" if text.startswith((os.sep, ":")) else text.partition("/")[0].partition(":")[0]


def caller_of(frame: FrameType | None) -> str:
    """Return the function, the file and the line of the innermost code that is no library."""
    while frame is not None:
        if not is_library(frame.f_code.co_filename):
            file = Path(frame.f_code.co_filename)
            return f"{frame.f_code.co_name} ({file.parent.name}/{file.name}:{frame.f_lineno})"
        frame = frame.f_back
    return "a library"


@lru_cache(maxsize=1024)
def is_library(filename: str) -> bool:
    """Tell whether code of a file is no code of the handler's project."""
    if filename.startswith("<"):
        return True
    path = os.path.abspath(filename)  # noqa: PTH100 - links are not followed on purpose
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    ours = [Path(affidavit.__file__).parent, Path(__file__).parent]
    return path.startswith(tuple(f"{folder}{os.sep}" for folder in (*folders, *ours)))
