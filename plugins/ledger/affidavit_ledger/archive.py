"""Where sealed evidence is kept: objects that are written once.

An archive holds `segments/…` (records), `manifests/…` (what the log's leaves
say) and `checkpoints/…` (signed roots). A folder is the local stand-in for S3
with Object Lock: it refuses to write twice, and cannot refuse its owner.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote

from affidavit import (
    LedgerConflictError,
    LedgerMissingError,
    LedgerUnavailableError,
    SettingsError,
)

WORK: Final = "work/"
"""Where a sealer keeps its notes; nothing there is evidence."""

_ABSENT: Final = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP),
        *(errno.ENXIO, errno.ENODEV, errno.ENAMETOOLONG),
    }
)
"""What the system says if there is no regular file of a name, whatever else there is."""

KEY: Final = re.compile(r"[a-z0-9][A-Za-z0-9._=-]*(?:/[A-Za-z0-9][A-Za-z0-9._=-]*){0,7}")
"""What an object may be called: no empty, hidden or upward parts."""


class FolderArchive:
    """An archive in a folder, and the sealer's workspace in `work/` of the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:  # noqa: ARG002 - a folder retains for ever
        """Write a whole file, then give it its name, unless the name is taken."""
        target = self._path(key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            same = self._write(target, data) or target.read_bytes() == data
        except OSError as error:
            raise _unavailable(key, f"writing raised {type(error).__name__}") from None
        if not same:
            raise LedgerConflictError(
                f"{key} is kept already with other bytes",
                why="what is archived is never changed",
                fix="Find out who else seals into this archive",
            )

    def get(self, key: str) -> bytes:
        """Read a file."""
        try:
            return read_regular(self._path(key))
        except OSError as error:
            if error.errno not in _ABSENT:
                raise _unavailable(key, f"reading raised {type(error).__name__}") from None
        raise LedgerMissingError(
            f"{key} is not in the archive",
            why="there is no regular file of that name",
            fix="Restore it from a copy of the archive",
        )

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """List the files, in order. Unfinished ones have a dot before their name."""
        yield from self._under(f"{prefix.rpartition('/')[0]}/".lstrip("/"), prefix, after)

    def _under(self, base: str, prefix: str, after: str) -> Iterator[str]:
        """List one folder after the other, and none that lies before `after` as a whole."""
        found = []
        # `Path` says that a link to itself is no file; the entry would raise, and end the listing.
        with suppress(OSError), os.scandir(self._folder / base) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append(f"{base}{entry.name}/")
                elif not entry.name.startswith(".") and Path(entry).is_file():
                    found.append(f"{base}{entry.name}")
        for key in sorted(found):
            if key.endswith("/"):
                if key > after or after.startswith(key):
                    yield from self._under(key, prefix, after)
            elif key.startswith(prefix) and key > after:
                yield key

    def read(self, key: str) -> bytes | None:
        """Return a note of the sealer's."""
        try:
            return self._path(WORK + key).read_bytes()
        except OSError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Replace a note as a whole."""
        target = self._path(WORK + key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(target)
        except OSError as error:
            raise _unavailable(key, f"writing raised {type(error).__name__}") from None

    def delete(self, key: str) -> None:
        """Forget a note."""
        self._path(WORK + key).unlink(missing_ok=True)

    def names(self, prefix: str) -> Iterator[str]:
        """List notes."""
        for key in self.keys(WORK + prefix):
            yield key.removeprefix(WORK)

    def remove(self, key: str) -> bool:
        """Remove a file; a folder locks nothing."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise _unavailable(key, f"removing raised {type(error).__name__}") from None
        return True

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise _unavailable("an object", "its name is not one that an archive uses")
        return self._folder / key

    def _write(self, target: Path, data: bytes) -> bool:
        """Write a file under a name; False if that is taken."""
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o444)
            os.link(temporary, target)
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        return True


def read_regular(path: Path) -> bytes:
    """Read a regular file. Anything else, such as a pipe, is as good as not there.

    Raises:
        OSError: It cannot be read; `FileNotFoundError` if it is not a regular file.

    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a regular file")
        return file.read()


def open_folder(url: SplitResult) -> tuple[FolderArchive, FolderArchive]:
    """Open the archive that a `file:` URL names: `file:///folder` or `file:///a/b`.

    Raises:
        SettingsError: It names no folder.

    """
    if url.netloc or not url.path.strip("/") or url.query:
        raise SettingsError(
            "a file: URL names no folder",
            why="an absolute path follows three slashes",
            fix="Write file:///var/lib/archive",
        )
    folder = FolderArchive(Path(unquote(url.path)))
    return folder, folder


def _unavailable(what: str, why: str) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        f"{what} cannot be had from the archive", why=why, fix="Check the archive and retry"
    )
