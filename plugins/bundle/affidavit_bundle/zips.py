"""Write the zip: the same bytes for the same contents, whenever and wherever."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from pathlib import Path
from typing import Final

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


def content_digest(folder: Path) -> str:
    """Return a hash over names and contents, which is what must not differ."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        if path.is_file():
            name = path.relative_to(folder).as_posix().encode()
            total.update(len(name).to_bytes(4, "big") + name)
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
