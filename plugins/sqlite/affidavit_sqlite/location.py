"""Find the file that a `sqlite:` URL names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote

from affidavit import SettingsError


@dataclass(frozen=True, slots=True)
class Location:
    """A SQLite file, and how long to wait for its other users, in milliseconds."""

    path: Path
    timeout_ms: int | None

    def uri(self, mode: str) -> str:
        """Return the URI that SQLite opens the file with; `mode` is `ro`, `rw` or `rwc`."""
        return f"file:{quote(str(self.path))}?mode={mode}"


def locate(url: SplitResult) -> Location:
    """Read a URL: `sqlite:///relative.db`, `sqlite:////absolute.db`, `?timeout_ms=200`.

    Raises:
        SettingsError: It names no file, or has a parameter that is not known.

    """
    path = unquote(url.path[1:])
    if url.netloc or not path:
        raise SettingsError(
            "a sqlite: URL names no file",
            why="a file follows three slashes, or four if its path is absolute",
            fix="Write sqlite:///ledger.db or sqlite:////var/lib/ledger.db",
        )
    parameters = dict(parse_qsl(url.query, keep_blank_values=True))
    return Location(Path(path), _timeout(parameters))


def _timeout(parameters: Mapping[str, str]) -> int | None:
    unknown = sorted(parameters.keys() - {"timeout_ms"})
    value = parameters.get("timeout_ms")
    if not unknown and (value is None or (value.isascii() and value.isdigit())):
        return None if value is None else int(value)
    raise SettingsError(
        "a sqlite: URL has a parameter that cannot be used",
        why=f"unknown: {', '.join(unknown)}" if unknown else "timeout_ms is not a whole number",
        fix="The only one is timeout_ms",
    )
