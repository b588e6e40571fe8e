"""The index of a columnar copy, `lake.json`: which segments stand in which file, with digests."""

from __future__ import annotations

import json
import os
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import LedgerUnavailableError
from affidavit.plugin import Json

FORMAT: Final = 3
INDEX: Final = "lake.json"


class MonthFile(NamedTuple):
    """One file of the copy: records of a month, and the segments that they come from."""

    file: str
    digest: str
    records: int
    segments: tuple[str, ...]

    def holds(self, folder: Path) -> bool:
        """Tell whether it is there, and the one that was written."""
        return digest_of(folder / self.file) == self.digest


class Lake(NamedTuple):
    """What a copy holds: files by month, its segments with their digests, and the log it is of."""

    origin: str
    size: int
    months: dict[str, tuple[MonthFile, ...]]
    segments: dict[str, str]

    def text(self) -> str:
        """Return the index as it is kept."""
        told: dict[str, Json] = {
            "format": FORMAT,
            "origin": self.origin,
            "leaves": self.size,
            "months": {
                name: [{**one._asdict(), "segments": list(one.segments)} for one in files]
                for name, files in sorted(self.months.items())
            },
            "segments": dict(sorted(self.segments.items())),
        }
        return json.dumps(told, indent=1) + "\n"

    def files(self, since: str = "", until: str = "~") -> list[MonthFile]:
        """Return the files of the months from `since` to `until`, both included."""
        named = sorted(name for name in self.months if since <= name <= until)
        return [one for name in named for one in self.months[name]]

    def records(self, month: str) -> int:
        """Return how many records a month has."""
        return sum(one.records for one in self.months.get(month, ()))


EMPTY: Final = Lake("", 0, {}, {})


def read_lake(folder: Path) -> Lake:
    """Read a copy's index; an empty one if there is none yet.

    Raises:
        LedgerUnavailableError: It cannot be read, or another version wrote it.

    """
    path = folder / INDEX
    if not path.exists():
        return EMPTY
    try:
        said = json.loads(path.read_bytes())
        if said["format"] == FORMAT:
            return Lake(
                str(said["origin"]),
                int(said["leaves"]),
                {name: tuple(map(_file, files)) for name, files in said["months"].items()},
                {str(key): str(digest) for key, digest in said["segments"].items()},
            )
        why = "another version of affidavit wrote it"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"reading its index raised {type(error).__name__}"
    raise LedgerUnavailableError(
        "the columnar copy cannot be used", why=why, fix="Remove the folder and compact anew"
    )


def write_lake(folder: Path, lake: Lake) -> None:
    """Replace the index, then remove files that it does not name any more."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{INDEX}.{os.getpid()}"
    partial.write_bytes(lake.text().encode())
    partial.replace(folder / INDEX)
    kept = {folder / one.file for one in lake.files()}
    for path in folder.glob("month=*/*.parquet"):
        if path not in kept:
            path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Return a file's SHA-256; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _file(said: Any) -> MonthFile:
    file = str(said["file"])
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise ValueError("a file of the copy lies outside it")
    return MonthFile(file, str(said["digest"]), int(said["records"]), tuple(said["segments"]))
