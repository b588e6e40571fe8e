"""Put the contents of wheels into one folder, without what a function never uses."""

from __future__ import annotations

import email.parser
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.wheels import canonical, sha256_of

DROPPED_FOLDERS: Final = frozenset({"__pycache__", "tests", "test", "testing_data"})
DROPPED_ENDINGS: Final = (".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp", ".hpp", ".a", ".rst")
KEPT_METADATA: Final = ("METADATA", "entry_points.txt")
"""Of `.dist-info` a function needs the version and the entry points; licences have to stay."""


class Distribution(NamedTuple):
    """One distribution in a bundle."""

    name: str
    version: str
    wheel: str
    sha256: str
    licence: str
    requires: tuple[str, ...]


def unpack_wheel(wheel: Path, to: Path) -> Distribution:
    """Unpack one wheel into `to`.

    Raises:
        BundleError: It is damaged, or has a name that leads out of the folder.

    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            broken = archive.testzip()
            if broken is not None:
                raise _broken(wheel, "a file in it has another checksum than it should")
            metadata = ""
            for member in archive.infolist():
                path = safe_path(member, wheel.name)
                place = _place(path)
                if place is None:
                    continue
                data = archive.read(member)
                if path.name == "METADATA" and path.parent.suffix == ".dist-info":
                    metadata = data.decode("utf-8", "replace")
                    data = _head(metadata).encode()
                _write(to / place, data)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise _broken(wheel, f"reading it raised {type(error).__name__}") from None
    if not metadata:
        raise _broken(wheel, "it has no METADATA")
    return _described(wheel, metadata)


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


def _place(path: PurePosixPath) -> PurePosixPath | None:
    """Return where a wheel's file goes in a bundle, or None."""
    parts = path.parts
    if parts[0].endswith(".data"):
        if len(parts) < 3 or parts[1] not in {"purelib", "platlib"}:  # noqa: PLR2004 - name, kind, path
            return None
        parts = parts[2:]
    if parts[0].endswith(".dist-info"):
        licence = len(parts) > 1 and (
            parts[1] == "licenses" or parts[-1].upper().startswith(("LICEN", "COPYING", "NOTICE"))
        )
        keep = licence or parts[1:] in {(name,) for name in KEPT_METADATA}
        return PurePosixPath(*parts) if keep else None
    if DROPPED_FOLDERS & set(parts[:-1]) or parts[-1].endswith(DROPPED_ENDINGS):
        return None
    return PurePosixPath(*parts)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _head(metadata: str) -> str:
    """Return METADATA without the long description, which is most of it."""
    return metadata.partition("\n\n")[0] + "\n"


def _described(wheel: Path, metadata: str) -> Distribution:
    told = email.parser.HeaderParser().parsestr(metadata)
    licence = told.get("License-Expression") or told.get("License") or ""
    return Distribution(
        name=canonical(str(told["Name"])),
        version=str(told["Version"]),
        wheel=wheel.name,
        sha256=sha256_of(wheel),
        licence=str(licence).splitlines()[0][:80] if licence else "",
        requires=tuple(requirements_of(metadata)),
    )


def _broken(wheel: Path, why: str) -> BundleError:
    return BundleError(
        f"the wheel {wheel.name} is damaged", why=why, fix="Remove it and fetch it again"
    )
