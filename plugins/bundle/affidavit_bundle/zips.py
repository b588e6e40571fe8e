"""Write the zip: the same bytes for the same contents, whenever and wherever."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from affidavit_bundle.errors import BundleError
from affidavit_bundle.unpack import safe_path

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can say."""

UNIX: Final = 3
FILE_MODE: Final = 0o100644
PROGRAM_MODE: Final = 0o100755


def write_zip(folder: Path, to: Path) -> None:
    """Pack every file below `folder`, in order of names, without its time and owner.

    Lambda unpacks as another user, so everybody may read every file.
    """
    fresh = to.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
            if path.is_file():
                member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                member.create_system = UNIX
                runs = path.stat().st_mode & stat.S_IXUSR
                member.external_attr = (PROGRAM_MODE if runs else FILE_MODE) << 16
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, path.read_bytes())
    fresh.replace(to)


def read_zip(path: Path, folder: Path, manifest: str) -> dict[str, Any]:
    """Unpack a zip that `write_zip` wrote, and return the manifest in it.

    Raises:
        BundleError: It is none, or a name leads out of the folder.

    """
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                inner = safe_path(member, path.name)
                if not member.is_dir():
                    target = folder / inner
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(member))
        told = json.loads((folder / manifest).read_text("utf-8"))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        failed = f"reading it and its manifest raised {type(error).__name__}"
    else:
        if isinstance(told, dict):
            return told
        failed = "its manifest is no JSON object"
    raise BundleError(
        f"{path.name} was not made by affidavit bundle", why=failed, fix="Make it with it"
    )


def content_digest(folder: Path, without: Collection[str] = ()) -> str:
    """Return a hash over names and contents, which is what must not differ."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        inner = path.relative_to(folder).as_posix()
        if path.is_file() and inner not in without:
            name = inner.encode()
            total.update(len(name).to_bytes(4, "big") + name)
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
