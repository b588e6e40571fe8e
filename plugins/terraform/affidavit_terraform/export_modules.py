"""Write modules and policies to a folder as they came, and say of which version they are."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError, __version__

_HERE: Final = Path(__file__).resolve().parent
_CLONE: Final = _HERE.parents[2]
FOLDERS: Final = {
    "terraform": (_HERE / "shipped" / "terraform", _CLONE / "terraform"),
    "policies": (_HERE.parent / "affidavit_policy" / "shipped", _CLONE / "policies"),
}
"""Where each is found: in a wheel, and in a clone."""

SUFFIXES: Final = frozenset({".tf", ".json", ".hcl", ".tfvars", ".md", ".yaml"})
VERSION_FILE: Final = "affidavit.json"


def export_modules(to: Path, *, replace: bool = False) -> dict[str, Any]:
    """Write `terraform/` and `policies/` below a folder; return what the version file says.

    Terraform finds the policies beside its own folder, so both keep their names.

    Raises:
        SettingsError: Something else is there, or it was changed since it was written.

    """
    found = {
        folder: next((one for one in places if one.is_dir()), None)
        for folder, places in FOLDERS.items()
    }
    sources = {folder: place for folder, place in found.items() if place is not None}
    if len(sources) < len(FOLDERS):
        raise SettingsError(
            "there are no modules",
            why="this installation came without them",
            fix="Install the wheel of affidavit",
        )
    if not replace:
        _demand_room(to)
    files = {
        name: digest
        for folder, place in sources.items()
        for name, digest in _copy(place, to / folder)
    }
    told = {"schema": "affidavit-terraform/v1", "version": __version__, "files": files}
    (to / VERSION_FILE).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return told


def changed_since(to: Path) -> list[str]:
    """Return the exported files that are not as they were written; a folder of none has none.

    Raises:
        SettingsError: The version file cannot be read.

    """
    file = to / VERSION_FILE
    if not file.is_file():
        return []
    try:
        files: dict[str, str] = dict(json.loads(file.read_text("utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        files = {}
        bad = True
    else:
        bad = False
    if bad:
        raise SettingsError(
            f"{VERSION_FILE} cannot be read",
            why="it is not what an export writes",
            fix="Export into another folder",
        )
    return [name for name, digest in sorted(files.items()) if _digest(to / name) != digest]


def _demand_room(to: Path) -> None:
    changed = changed_since(to)
    if changed:
        raise SettingsError(
            f"{len(changed)} exported file(s) were changed here, {changed[0]} first",
            why="an export would write over them",
            fix="Keep what is yours outside of that folder, then export with --replace",
        )
    for folder in FOLDERS:
        if (to / folder).exists() and not (to / VERSION_FILE).is_file():
            raise SettingsError(
                f"there is a folder {folder} already",
                why="it came from somewhere else",
                fix="Name another folder, or export with --replace",
            )


def _copy(source: Path, to: Path) -> list[tuple[str, str]]:
    shutil.rmtree(to, ignore_errors=True)
    written = []
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        hidden = any(part.startswith(".") or part == "tests" for part in name.parts)
        if path.is_file() and path.suffix in SUFFIXES and not hidden:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_bytes(path.read_bytes())
            written.append((f"{to.name}/{name.as_posix()}", _digest(to / name)))
    return written


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
