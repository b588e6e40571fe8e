"""Push into a file, one event a line, which is given a number once it is large."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote

from affidavit import LedgerUnavailableError
from affidavit.plugin import Json, UrlParameters

SIZE: Final = 100 * 1024 * 1024
"""Bytes after which a file is set aside, unless its URL says otherwise."""

_NUMBER: Final = re.compile("[0-9]{1,15}")


class RotatedFile:
    """A file that grows to about `size` bytes, and those before it, of which `kept` stay.

    `kept` 0 keeps them all: what a collector has not read yet is not removed.
    """

    def __init__(self, path: Path, size: int = SIZE, kept: int = 0) -> None:
        self._path = path
        self._size = size
        self._kept = kept

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        """Append the events, and return once they are on the disk."""
        data = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events).encode()
        try:
            self._append(data)
        except OSError as error:
            failed = type(error).__name__
        else:
            return
        raise LedgerUnavailableError(
            "the file of events cannot be written",
            why=f"writing raised {failed}",
            fix="Make room, or name a file in a folder that this user may write to",
        )

    def _append(self, data: bytes) -> None:
        handle = self._open()
        try:
            held = _whole(handle)
            if held and held + len(data) > self._size:
                os.close(handle)
                self._set_aside()
                handle = self._open()
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        finally:
            os.close(handle)

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)

    def _set_aside(self) -> None:
        """Rename the file: one step, so that a crash leaves it under one name or the other."""
        aside = sorted(self._aside())
        number = aside[-1][0] + 1 if aside else 1
        self._path.rename(self._path.with_name(f"{self._path.name}.{number:06d}"))
        for _, path in aside[: max(0, len(aside) + 1 - self._kept)] if self._kept else ():
            path.unlink(missing_ok=True)

    def _aside(self) -> list[tuple[int, Path]]:
        found = []
        for path in self._path.parent.iterdir():
            name, _, number = path.name.rpartition(".")
            if name == self._path.name and _NUMBER.fullmatch(number):
                found.append((int(number), path))
        return found


def _whole(handle: int) -> int:
    """Cut off a line that a crash has left half written; return how many bytes there are."""
    size = end = os.fstat(handle).st_size
    while end:
        start = max(0, end - 65_536)
        at = os.pread(handle, end - start, start).rfind(b"\n")
        if at >= 0:
            end = start + at + 1
            break
        end = start
    if end != size:
        os.ftruncate(handle, end)
    return end


def open_file(url: SplitResult) -> RotatedFile:
    """Open what `file:///var/log/events.ndjson?size=1000000&keep=10` names.

    Raises:
        SettingsError: It names no file, or a parameter is not known or no number.

    """
    fix = "Write file:///var/log/affidavit/events.ndjson?size=100000000&keep=10"
    said = UrlParameters(url, ("size", "keep"), what="--to", fix=fix)
    file = not url.netloc and bool(url.path.strip("/")) and not url.path.endswith("/")
    said.need(file, "an absolute path to a file follows three slashes")
    size = said.number("size", usual=SIZE, least=0, most=10**12)
    keep = said.number("keep", usual=0, least=0, most=10**6)
    return RotatedFile(Path(unquote(url.path)), size, keep)
