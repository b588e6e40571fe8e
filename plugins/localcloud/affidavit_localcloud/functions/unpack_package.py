"""Unpack a deployed package once, and only below the folder that is meant."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

UNPACKED_LIMIT = 250 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB with layers."""


class BadPackageError(Exception):
    """A package that Lambda would not run, or that nobody should unpack."""


def unpack(package: bytes, target: Path) -> Path:
    """Unpack `package` into `target`, unless that was done before; return `target`.

    A name that leads out of the folder, a link, or more than 250 MB is refused
    before anything is written. The folder appears under its name when complete,
    so two that unpack at once do not disturb each other.

    Raises:
        BadPackageError: The package is refused.

    """
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            _check(archive)
            for member in archive.infolist():
                _write(archive, member, fresh)
        fresh.chmod(0o755)
        fresh.rename(target)
    except zipfile.BadZipFile:
        shutil.rmtree(fresh, ignore_errors=True)
        raise BadPackageError("the package is no zip file") from None
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not target.is_dir():  # somebody else was faster
            raise
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return target


def _check(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if sum(member.file_size for member in members) > UNPACKED_LIMIT:
        raise BadPackageError("the package has more than 250 MB unpacked")
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise BadPackageError("the package has a name that leads out of its folder")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise BadPackageError("the package has a symbolic link")


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = folder / member.filename
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, path.open("wb") as sink:
        shutil.copyfileobj(source, sink)
    mode = stat.S_IMODE(member.external_attr >> 16)
    path.chmod((mode or 0o644) & 0o755 | 0o400)
    os.utime(path, (0, 0))  # so that compiled code stays valid from one unpacking to the next
