"""A folder as an environment: for a laptop, and to see what a release does.

<folder>/releases/v1.2.3-0123456789ab/<function>.zip    the bytes from the vault
<folder>/releases/v1.2.3-0123456789ab/<function>/…      unpacked
<folder>/live -> releases/v1.2.3-0123456789ab           what is live
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from affidavit_release.errors import ReleaseError, TargetMovedError
from affidavit_release.targets import Asked, CanaryState
from affidavit_release.vault import Stored

T = TypeVar("T")

LIVE: Final = "live"
RELEASES: Final = "releases"
_MOST_BYTES: Final = 250 * 2**20
"""What Lambda unpacks at most: 250 MB; a zip that grows beyond it is a mistake or worse."""


class FolderTarget:
    """One environment in a folder; all functions go live together, in one rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def live(self, functions: tuple[str, ...]) -> dict[str, str]:  # noqa: ARG002 - all go together
        """Return where the link points."""
        link = self._folder / LIVE
        return {LIVE: link.readlink().name if link.is_symlink() else ""}

    def digests(self, functions: tuple[str, ...]) -> dict[str, str]:
        """Hash the zips behind the link."""
        place = self._folder / LIVE
        return _guarded(
            lambda: {
                name: hashlib.sha256((place / f"{name}.zip").read_bytes()).hexdigest()
                for name in functions
                if (place / f"{name}.zip").is_file()
            }
        )

    def install(self, stored: Stored) -> dict[str, str]:
        """Write the release beside the others, whole or not at all."""
        name = f"{stored.version}-{stored.digest[:12]}"
        _guarded(lambda: self._write(stored, self._folder / RELEASES / name))
        return {LIVE: name}

    def switch(self, to: Mapping[str, str], since: Mapping[str, str]) -> None:
        """Point the link elsewhere, in one rename; remove it for an empty name."""

        def point() -> None:
            import fcntl  # noqa: PLC0415 - not on every system, and only here

            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self.live(())[LIVE] not in {to[LIVE], since.get(LIVE, "")}:
                    raise TargetMovedError
                self._point(to[LIVE])

        _guarded(point)

    def canary(self, functions: tuple[str, ...]) -> CanaryState:  # noqa: ARG002 - none has one
        """Refuse: whoever opens a folder gets what is in it."""
        raise _undivided()

    def ask(self, function: str, event: bytes) -> Asked:  # noqa: ARG002 - none is running
        """Refuse: what is in a folder answers nobody."""
        raise ReleaseError(
            "a function cannot be called here",
            why="a folder runs nothing",
            fix="Use a smoke test with a command, or name a lambda: target",
        )

    def shift(self, to: Mapping[str, str], percent: int) -> None:  # noqa: ARG002 - none has one
        """Refuse."""
        raise _undivided()

    def _write(self, stored: Stored, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
        try:
            for function in stored.functions:
                data = stored.read(f"{function}.zip")
                (fresh / f"{function}.zip").write_bytes(data)
                _unpack(data, fresh / function)
            fresh.chmod(0o755)
            if target.exists():
                # An earlier attempt, or somebody's work: it steps aside, and ours takes
                # its place. Killed in between, the next attempt finds the place empty.
                target.rename(f"{fresh}-old")
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(f"{fresh}-old", ignore_errors=True)

    def _point(self, name: str) -> None:
        link = self._folder / LIVE
        if not name:
            link.unlink(missing_ok=True)
            return
        if PurePosixPath(name).name != name or not (self._folder / RELEASES / name).is_dir():
            raise ReleaseError(
                "a folder cannot go back to what was live",
                why="that release is no longer there",
                fix="Deploy a release that is in the vault",
            )
        fresh = self._folder / f".{LIVE}-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path(RELEASES) / name)
        fresh.replace(link)


def _unpack(data: bytes, to: Path) -> None:
    """Unpack a zip; names that lead out of the folder, links and bombs are refused."""
    to.mkdir()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _MOST_BYTES:
                raise _bad_zip("it unpacks to more than Lambda takes")
            for member in members:
                _unpack_one(archive, member, to)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _bad_zip(f"reading it raised {type(error).__name__}") from None


def _unpack_one(archive: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path) -> None:
    inner = PurePosixPath(member.filename)
    linked = stat.S_ISLNK(member.external_attr >> 16)
    if inner.is_absolute() or ".." in inner.parts or "\\" in member.filename or linked:
        raise _bad_zip("a name in it leads elsewhere")
    target = to / inner
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(archive.read(member))


def _guarded(act: Callable[[], T]) -> T:
    try:
        return act()
    except OSError as error:
        failed = type(error).__name__
    raise ReleaseError(
        "a target's folder cannot be used", why=f"it raised {failed}", fix="Check the folder"
    )


def _undivided() -> ReleaseError:
    return ReleaseError(
        "a canary cannot be released here",
        why="a folder has no traffic that could be divided",
        fix="Deploy the release at once, or name a lambda: target",
    )


def _bad_zip(why: str) -> ReleaseError:
    return ReleaseError("a zip cannot be unpacked", why=why, fix="Make it with affidavit bundle")
