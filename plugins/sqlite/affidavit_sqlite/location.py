"""Find the file that a `sqlite:` URL names."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote

from affidavit import SettingsError


@dataclass(frozen=True, slots=True)
class Location:
    """A SQLite file, and how long to wait for its other users, in milliseconds.

    `spill` is a file for what the ledger does not take, `subjects` one for the
    salts of subjects. Both are a ledger's only. `writable` is a source's only.
    """

    path: Path
    timeout_ms: int | None
    spill: Path | None = None
    subjects: Path | None = None
    writable: bool = False

    def uri(self, mode: str) -> str:
        """Return the URI that SQLite opens the file with; `mode` is `ro`, `rw` or `rwc`."""
        return f"file:{quote(str(self.path))}?mode={mode}"


def make_private(path: Path) -> None:
    """Make an empty file that its owner alone can read, unless there is one.

    SQLite gives the files that it makes beside it the same rights. What cannot
    be made here is left to SQLite, which says why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def locate(url: SplitResult) -> Location:
    """Read a URL: `sqlite:///relative.db`, `sqlite:////absolute.db?timeout_ms=200`.

    A ledger's URL may also say `spill=FILE` and `subjects=FILE`, a source's `mode=rw`.

    Raises:
        SettingsError: It names no file, or has a parameter that is not known.

    """
    path = unquote(url.path[1:])
    if url.netloc or url.fragment or not path or not url.path.startswith("/"):
        raise SettingsError(
            "a sqlite: URL names no file",
            why="a file follows three slashes, or four if its path is absolute; "
            "a # in its name is written %23",
            fix="Write sqlite:///ledger.db or sqlite:////var/lib/ledger.db",
        )
    said = dict(parse_qsl(url.query, keep_blank_values=True))
    unknown = sorted(said.keys() - _PARAMETERS)
    timeout = said.get("timeout_ms")
    mode = said.get("mode", "ro")
    fits = mode in {"ro", "rw"} and (timeout is None or re.fullmatch("[0-9]{1,9}", timeout))
    if not unknown and fits:
        return Location(
            Path(path),
            None if timeout is None else int(timeout),
            Path(said["spill"]) if said.get("spill") else None,
            Path(said["subjects"]) if said.get("subjects") else None,
            mode == "rw",
        )
    raise SettingsError(
        "a sqlite: URL has a parameter that cannot be used",
        why=f"unknown: {', '.join(unknown)}"
        if unknown
        else "timeout_ms is not a whole number, or mode is neither ro nor rw",
        fix=f"Known are {', '.join(sorted(_PARAMETERS))}",
    )


_PARAMETERS = frozenset({"timeout_ms", "spill", "subjects", "mode"})
