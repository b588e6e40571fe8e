"""Put the contents of wheels into one folder, as pip does with `--target`.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
Everything that pip would install is written; what a function never uses is
removed later, by `lean.py`, where it can be asked why.
"""

from __future__ import annotations

import base64
import csv
import email.parser
import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.wheels import canonical, sha256_of

SCHEMES: Final = {"purelib": (), "platlib": (), "data": (), "scripts": ("bin",)}
"""Folders of `NAME.data`, and where pip puts them below `--target`. Headers are for compilers."""

EXECUTABLE: Final = 0o755
_UNREADABLE: Final = (
    zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What `zipfile` raises for what is no archive, or one that it cannot read."""


class Distribution(NamedTuple):
    """One distribution in a bundle, and the files that it brought."""

    name: str
    version: str
    wheel: str
    sha256: str
    licence: str
    requires: tuple[str, ...]
    files: frozenset[str] = frozenset()
    startup: tuple[str, ...] = ()


def unpack_wheel(wheel: Path, to: Path) -> Distribution:
    """Unpack one wheel into `to`.

    Raises:
        BundleError: It is damaged, or has a name that leads out of the folder.

    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            contents = {
                safe_path(member, wheel.name): (member, archive.read(member))
                for member in archive.infolist()
                if not member.is_dir()
            }
    except _UNREADABLE as error:
        failed = type(error).__name__
    else:
        return _write(wheel, contents, to)
    raise _broken(wheel, f"reading it raised {failed}")


def safe_path(member: zipfile.ZipInfo, where: str) -> PurePosixPath:
    """Return a member's path.

    Raises:
        BundleError: It would be written somewhere else, or is a link.

    """
    path = PurePosixPath(member.filename)
    leads_out = path.is_absolute() or ".." in path.parts or "\\" in member.filename
    if leads_out or not path.parts or stat.S_ISLNK(member.external_attr >> 16):
        raise BundleError(
            f"{where} has a name that leads out of its folder",
            why="unpacking it could overwrite any file",
            fix="Do not use it; tell whoever published it",
        )
    return path


def requirements_of(metadata: str) -> Iterator[str]:
    """Yield the requirements that a METADATA file states."""
    yield from email.parser.HeaderParser().parsestr(metadata).get_all("Requires-Dist") or ()


def metadata_of(wheel: Path) -> str:
    """Return the METADATA of a wheel that is not unpacked.

    Raises:
        BundleError: It is no wheel, or damaged.

    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(".dist-info/METADATA"):
                    return archive.read(name).decode("utf-8", "replace")
        failed = "it has no METADATA"
    except _UNREADABLE as error:
        failed = f"reading it raised {type(error).__name__}"
    raise _broken(wheel, failed)


def _write(
    wheel: Path, contents: Mapping[PurePosixPath, tuple[zipfile.ZipInfo, bytes]], to: Path
) -> Distribution:
    named = {path.name: data for path, (_, data) in contents.items() if _is_info(path)}
    if "METADATA" not in named:
        raise _broken(wheel, "it has no METADATA")
    _check_record(wheel, named.get("RECORD", b""), {str(p): d for p, (_, d) in contents.items()})
    written, startup = set[str](), list[str]()
    for path, (member, data) in contents.items():
        place = _place(path)
        if place is None:
            continue
        target = to / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if (member.external_attr >> 16) & stat.S_IXUSR or place.parts[0] == "bin":
            target.chmod(EXECUTABLE)
        written.add(place.as_posix())
        if place.suffix == ".pth" and len(place.parts) == 1:
            startup += _startup(data.decode("utf-8", "replace"))
    return _described(wheel, named["METADATA"].decode("utf-8", "replace"), written, startup)


def _is_info(path: PurePosixPath) -> bool:
    return path.parent.suffix == ".dist-info" and len(path.parts) == 2  # noqa: PLR2004 - folder, file


def _place(path: PurePosixPath) -> PurePosixPath | None:
    """Return where a wheel's file goes, or None for what only compilers read."""
    parts = path.parts
    if not parts[0].endswith(".data"):
        return path
    if len(parts) < 3 or parts[1] not in SCHEMES:  # noqa: PLR2004 - name, kind, path
        return None
    return PurePosixPath(*SCHEMES[parts[1]], *parts[2:])


def _startup(text: str) -> Iterator[str]:
    """Yield the lines of a `.pth` file that do something.

    Lambda reads no `.pth`: it puts the bundle on the path and nothing else. The
    code that setuptools writes for namespace packages is not needed: a folder
    without `__init__.py` is one by itself.
    """
    for line in text.splitlines():
        words = line.strip()
        if words and not words.startswith("#") and "sys.modules.setdefault" not in words:
            yield words


def _check_record(wheel: Path, record: bytes, contents: Mapping[str, bytes]) -> None:
    """Hold every file against the hash that RECORD has for it; it may have none."""
    try:
        rows = [row for row in csv.reader(io.StringIO(record.decode())) if len(row) > 1]
    except (UnicodeDecodeError, csv.Error):
        rows = [["RECORD", "="]]
    for name, told, *_ in rows:
        algorithm, _, expected = told.partition("=")
        if not told:
            continue
        if algorithm not in hashlib.algorithms_guaranteed or name not in contents:
            raise _broken(wheel, f"its RECORD names {name[:100]}, which cannot be checked")
        digest = hashlib.new(algorithm, contents[name], usedforsecurity=False).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != expected.rstrip("="):
            raise _broken(wheel, f"{name[:100]} is not what its RECORD says")


def _described(wheel: Path, metadata: str, written: set[str], startup: list[str]) -> Distribution:
    told = email.parser.HeaderParser().parsestr(metadata)
    licence = told.get("License-Expression") or told.get("License") or ""
    return Distribution(
        name=canonical(str(told["Name"])),
        version=str(told["Version"]),
        wheel=wheel.name,
        sha256=sha256_of(wheel),
        licence=str(licence).splitlines()[0][:80] if licence else "",
        requires=tuple(requirements_of(metadata)),
        files=frozenset(written),
        startup=tuple(startup),
    )


def _broken(wheel: Path, why: str) -> BundleError:
    return BundleError(
        f"the wheel {wheel.name} is damaged", why=why, fix="Remove it and fetch it again"
    )
