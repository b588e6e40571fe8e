"""What the templates of this version would change in a project that an older one made.

A file counts if the template has changed since: its digest then is in the
project. What its authors have changed themselves is theirs, and is not shown.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from affidavit_scaffold.errors import ScaffoldError
from affidavit_scaffold.project_template import RECORD, Project, digest, render


class FileChange(NamedTuple):
    """One file: `new`, `changed` or `gone`, and the difference from what is there."""

    file: str
    state: str
    diff: str


def changes(folder: Path) -> list[FileChange]:
    """Return what would change, by file.

    Raises:
        ScaffoldError: The folder holds no project that `affidavit new` made.

    """
    kept = _kept(folder)
    before: dict[str, str] = kept["files"]
    files = render(Project(_name(folder), kept["template"], kept["policy"]))
    found = []
    for name in sorted({*before, *files}):
        if name not in files or before.get(name) != digest(files[name]):
            state = "new" if name not in before else "changed" if name in files else "gone"
            found.append(FileChange(name, state, _diff(folder, name, files.get(name, ""))))
    return [one for one in found if one.diff]


def _diff(folder: Path, name: str, text: str) -> str:
    path = folder / name
    here = path.read_text("utf-8") if path.is_file() else ""
    lines = difflib.unified_diff(
        here.splitlines(), text.splitlines(), f"here/{name}", f"template/{name}", lineterm=""
    )
    return "\n".join(lines)


def _name(folder: Path) -> str:
    told = tomllib.loads((folder / "functions.toml").read_text("utf-8"))
    return str(told["service"]["name"])


def _kept(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / RECORD).read_text("utf-8"))
        _ = told["files"], told["template"], told["policy"], _name(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        failed = type(error).__name__
    else:
        return told
    raise ScaffoldError(
        "there is no template to compare with",
        why=f"reading {RECORD} and functions.toml raised {failed}",
        fix="Go to the folder that affidavit new made, or name it with --folder",
    )
