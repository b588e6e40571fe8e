"""Find the file that a `sqlite:` URL names."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, quote, unquote

from affidavit import SettingsError
from affidavit.plugin import UrlParameters

_PARAMETERS: Final = ("timeout_ms", "spill", "subjects", "mode")
_FIX: Final = "Write sqlite:///ledger.db or sqlite:////var/lib/ledger.db"


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
            fix=_FIX,
        )
    said = UrlParameters(url, _PARAMETERS, what="a sqlite: URL", fix=_FIX)
    mode = said.text("mode", usual="ro")
    said.need(mode in {"ro", "rw"}, "mode is neither ro nor rw")
    timeout_ms = said.number("timeout_ms", usual=0, least=0, most=999_999_999)
    return Location(
        Path(path),
        timeout_ms if "timeout_ms" in said else None,
        Path(said.text("spill")) if "spill" in said else None,
        Path(said.text("subjects")) if "subjects" in said else None,
        mode == "rw",
    )
