"""Write files of a project: all of them, or none."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from affidavit_scaffold.errors import ScaffoldError
from affidavit_scaffold.project_template import RECORD


def write_new(folder: Path, files: Mapping[str, str], record: str) -> None:
    """Write a new project into a folder that is empty or not there.

    Raises:
        ScaffoldError: There is something in it.

    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldError(
            f"{folder.name} is there already",
            why="a new project takes a folder with nothing in it",
            fix="Choose another name or --folder; affidavit add adds to a project that is there",
        )
    there = folder.exists()
    try:
        _write(folder, {**files, RECORD: record})
    except OSError:
        if not there:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def write_all(folder: Path, files: Mapping[str, str]) -> None:
    """Write files that are not there yet, into a project that is.

    Raises:
        ScaffoldError: One of them is there already; none is written.

    """
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise ScaffoldError(
            f"{taken[0]} is there already",
            why="what somebody has written is not written over",
            fix="Choose another name",
        )
    _write(folder, files)
