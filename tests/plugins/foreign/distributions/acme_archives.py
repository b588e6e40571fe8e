"""A foreign archive: one file per object, in a flat folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote

from affidavit import LedgerConflictError, LedgerMissingError
from affidavit.plugin import Archive, ArchiveFactory, Workspace, hookimpl


class Shelf:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        there = self.read(key)
        if there is None:
            self.write(key, data)
        elif there != data:
            raise LedgerConflictError("other bytes", why="they differ", fix="Look at both")

    def get(self, key: str) -> bytes:
        data = self.read(key)
        if data is None:
            raise LedgerMissingError("nothing there", why="no such key", fix="Look again")
        return data

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        found = sorted(unquote(path.name) for path in self._folder.iterdir())
        yield from (key for key in found if key.startswith(prefix) and key > after)

    def names(self, prefix: str) -> Iterator[str]:
        return self.keys(prefix)

    def read(self, key: str) -> bytes | None:
        path = self._folder / quote(key, safe="")
        return path.read_bytes() if path.exists() else None

    def write(self, key: str, data: bytes) -> None:
        (self._folder / quote(key, safe="")).write_bytes(data)

    def delete(self, key: str) -> None:
        (self._folder / quote(key, safe="")).unlink(missing_ok=True)


def _open(url: SplitResult) -> tuple[Archive, Workspace]:
    folder = Path(url.path)
    return Shelf(folder / "objects"), Shelf(folder / "notes")


@hookimpl
def affidavit_archives() -> Sequence[ArchiveFactory]:
    return [ArchiveFactory(scheme="acme-shelf", open=_open)]
