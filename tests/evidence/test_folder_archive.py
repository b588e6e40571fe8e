"""An archive in a folder: written once, whole, under names of its own; listed without detours."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit import (
    LedgerConflictError,
    LedgerMissingError,
    LedgerUnavailableError,
    SettingsError,
)
from affidavit_ledger.archive import FolderArchive, open_folder

KEYS = (
    *("a", "b/c", "b/d", "b.x/e", "segments/2026/01/01/a", "segments/2026/01/02/a"),
    *("segments/2026/01/02/b", "segments/2026/02/01/a", "segments/2027/01/01/a"),
)


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    """An archive of some objects, in a folder that its first object has made."""
    made = FolderArchive(tmp_path / "new" / "archive")
    for key in KEYS:
        made.put(key, key.encode(), retain_until=0)
    return made


def test_an_object_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, for everybody to read and nobody to write; nothing else is left beside it."""
    synced: list[tuple[int, set[str]]] = []

    def fsync(handle: int) -> None:
        named = {name for name in _files(tmp_path) if not Path(name).name.startswith(".")}
        synced.append((os.fstat(handle).st_size, named))

    monkeypatch.setattr("affidavit_ledger.archive.os.fsync", fsync)
    FolderArchive(tmp_path).put("b/c", b"twelve bytes", retain_until=0)
    assert [(12, set())] == synced
    assert {"b/c"} == _files(tmp_path)
    assert 0o444 == stat.S_IMODE((tmp_path / "b/c").stat().st_mode)


def test_what_is_kept_is_kept(archive: FolderArchive, tmp_path: Path) -> None:
    """The same bytes again are no conflict; others are, and change nothing."""
    archive.put("b/c", b"b/c", retain_until=0)
    with pytest.raises(LedgerConflictError, match="kept already"):
        archive.put("b/c", b"other", retain_until=0)
    assert b"b/c" == archive.get("b/c")
    assert set(KEYS) == _files(tmp_path / "new/archive")


@pytest.mark.parametrize(
    "prefix", ["", "a", "b", "b/", "b/c", "segments/", "segments/2026/01", "x"]
)
@pytest.mark.parametrize("after", ["", "a", "b/c", "b/z", "segments/2026/01/02/a", "t"])
def test_a_listing_is_in_order_and_looks_into_no_folder_that_it_need_not(
    prefix: str, after: str, archive: FolderArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of years of days, those behind the name are read, and those under the prefix's folder."""
    opened: list[str] = []
    scan = os.scandir

    def scandir(folder: Path) -> Any:
        opened.append(f"{Path(folder).relative_to(archive._folder).as_posix()}/".removeprefix("./"))
        return scan(folder)

    monkeypatch.setattr("affidavit_ledger.archive.os.scandir", scandir)
    wanted = [key for key in sorted(KEYS) if key.startswith(prefix) and key > after]
    assert wanted == list(archive.keys(prefix, after))
    base = prefix[: prefix.rfind("/") + 1]
    assert all(folder.startswith(base) for folder in opened)
    assert not [one for one in opened[1:] if one < after and not after.startswith(one)]


def test_links_pipes_and_unfinished_files_are_not_listed(
    archive: FolderArchive, tmp_path: Path
) -> None:
    """Nor is what they lead to read as if it were there."""
    folder = tmp_path / "new/archive"
    (folder / "b/.unfinished").write_bytes(b"")
    (folder / "b/loop").symlink_to("loop")
    (folder / "b/years").symlink_to(folder / "segments", target_is_directory=True)
    os.mkfifo(folder / "b/pipe")
    assert ["b/c", "b/d"] == list(archive.keys("b/"))
    for key in ("b/loop", "b/years", "b/pipe", "b/none", "b"):
        with pytest.raises(LedgerMissingError):
            archive.get(key)


@pytest.mark.parametrize(
    "key", ["", "/a", "../a", "a//b", "a/../b", ".a", "a/.b", "A", "a b", "a/"]
)
def test_a_name_that_leads_elsewhere_is_none(key: str, archive: FolderArchive) -> None:
    """Whatever is to be done with it."""
    acts = (
        lambda: archive.get(key),
        lambda: archive.put(key, b"", retain_until=0),
        lambda: archive.remove(key),
    )
    for act in acts:
        with pytest.raises(LedgerUnavailableError, match="cannot be had"):
            act()


def test_what_the_disk_refuses_is_said(archive: FolderArchive, tmp_path: Path) -> None:
    """A file stands where a folder would have to be; a folder where a file would."""
    assert archive.remove("a")
    assert archive.remove("a")
    assert "a" not in set(archive.keys(""))
    with pytest.raises(LedgerUnavailableError, match="writing raised FileExistsError"):
        archive.put("b/c/x", b"", retain_until=0)
    with pytest.raises(LedgerUnavailableError, match="removing raised"):
        archive.remove("b")
    (tmp_path / "new/archive/work").write_bytes(b"")
    with pytest.raises(LedgerUnavailableError, match="writing raised"):
        archive.write("state.json", b"")


def test_a_note_is_replaced_as_a_whole_and_forgotten_once(tmp_path: Path) -> None:
    """In a folder of its own, which is no evidence."""
    archive = FolderArchive(tmp_path / "new")
    assert archive.read("pending/a") is None
    for data in (b"first", b"second"):
        archive.write("pending/a", data)
    archive.write("state.json", b"")
    assert b"second" == archive.read("pending/a")
    assert ["pending/a"] == list(archive.names("pending/"))
    assert {"work/pending/a", "work/state.json"} == _files(tmp_path / "new")
    for _ in range(2):
        archive.delete("pending/a")
    assert archive.read("pending/a") is None


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///var/lib", "/var/lib"),
        ("file:///a%20b", "/a b"),
        ("file:///~", "/~"),
        ("file://host/a", None),
        ("file:///", None),
        ("file:", None),
        ("file:///a?b=c", None),
    ],
)
def test_a_folder_is_named_by_an_absolute_path(url: str, folder: str | None) -> None:
    """And by nothing beside it."""
    if folder is None:
        with pytest.raises(SettingsError, match="names no folder"):
            open_folder(urlsplit(url))
    else:
        archive, workspace = open_folder(urlsplit(url))
        assert archive is workspace
        assert Path(folder) == archive._folder


def test_a_listing_ends_where_a_folder_goes_away(
    archive: FolderArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its objects are missing then, and a finding says so."""
    scan = os.scandir

    def scandir(folder: Path) -> Iterator[Any]:
        if folder.name == "b":
            raise FileNotFoundError
        return scan(folder)

    monkeypatch.setattr("affidavit_ledger.archive.os.scandir", scandir)
    assert ["a", "b.x/e"] == [key for key in archive.keys("") if not key.startswith("s")]
