"""Collect what a release consists of: zips and their manifests, put aside until the upload."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.vault import CHECKSUMS, checksums, is_file
from affidavit_release.versions import Version

MOST = 100
"""More bundles than this are no release but a mistake in the folder's name."""


def collect(folder: Path) -> dict[str, bytes]:
    """Read every `*.zip` of a folder, with its `.manifest.json` and, if there, its `.cdx.json`.

    `affidavit bundle` writes them as `NAME-RUNTIME-ARCH.zip`; in a release they
    are called by the manifest's `name` alone.

    Raises:
        ReleaseError: There is none, or two of one name.
        ReleaseRefusedError: One has no manifest, or is not what its manifest says.

    """
    files: dict[str, bytes] = {}
    try:
        zips = sorted(folder.glob("*.zip"))
        for path in zips[:MOST]:
            _take(path, files)
    except OSError as error:
        failed = type(error).__name__
        raise ReleaseError(
            "the bundles cannot be read", why=f"it raised {failed}", fix="Check build.bundles"
        ) from None
    if not zips or len(zips) > MOST:
        raise ReleaseError(
            "there is nothing to release",
            why=f"the folder of bundles has {len(zips)} zips; 1 to {MOST} are expected",
            fix="Run affidavit bundle, or correct build.bundles in the release policy",
        )
    return files


def stage(folder: Path, version: Version, files: Mapping[str, bytes]) -> None:
    """Put a release's files aside, as a whole or not at all, until they are uploaded."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        for name, data in {**files, CHECKSUMS: checksums(files)}.items():
            (fresh / name).write_bytes(data)
        target = folder / str(version)
        if target.exists():
            # A folder cannot replace a full one. What was staged comes from the
            # commit and can be built again, so losing it here loses nothing.
            shutil.rmtree(target)
        fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def staged(folder: Path, version: Version) -> dict[str, bytes] | None:
    """Return the files that were put aside for a version; None if there are none."""
    place = folder / str(version)
    if not place.is_dir():
        return None
    names = sorted(path.name for path in place.iterdir())
    return {name: (place / name).read_bytes() for name in names if is_file(name)}


def _take(path: Path, files: dict[str, bytes]) -> None:
    data = path.read_bytes()
    manifest_path = path.with_suffix(".manifest.json")
    if not manifest_path.is_file():
        raise _bad(path, "it has no manifest beside it")
    said = manifest_path.read_bytes()
    try:
        manifest: Any = json.loads(said)
        name = manifest["name"]
        wanted = manifest.get("sha256")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _bad(path, "its manifest cannot be read") from None
    if not isinstance(name, str) or not is_file(f"{name}.zip"):
        raise _bad(path, "its manifest gives no name for the function")
    if wanted != hashlib.sha256(data).hexdigest():
        raise _bad(path, "its bytes are not those that its manifest names")
    if f"{name}.zip" in files:
        raise ReleaseError(
            "two bundles are of one function",
            why="a release has one zip per function",
            fix="Keep bundles of one runtime and architecture in the folder",
        )
    files[f"{name}.zip"], files[f"{name}.manifest.json"] = data, said
    bill = path.with_suffix(".cdx.json")
    if bill.is_file():
        files[f"{name}.cdx.json"] = bill.read_bytes()


def _bad(path: Path, why: str) -> ReleaseRefusedError:
    return ReleaseRefusedError(
        Reason.BUNDLE_BAD,
        f"{path.name} cannot be released",
        why=why,
        fix="Make it anew with affidavit bundle",
    )
