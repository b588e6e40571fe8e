"""Which files are the function's own and the platform's, and which may be somebody's data."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from affidavit._offrecord.own_files import OwnFiles, absolute

FOLDERS = [
    "/dev/", "/etc/ca-certificates", "/etc/crypto-policies", "/etc/ld.so.", "/etc/pki", "/etc/ssl",
    "/lib", "/proc/cpuinfo", "/proc/meminfo", "/proc/mounts", "/proc/self", "/proc/stat",
    "/proc/sys",
    "/proc/version", "/sys/", "/usr/include", "/usr/lib", "/usr/share/ca-certificates",
    "/usr/share/locale", "/usr/share/zoneinfo", "/var/lang", "/var/runtime",
]  # fmt: skip
FILES = [
    "debian_version", "gai.conf", "host.conf", "hosts", "localtime", "lsb-release", "machine-id",
    "mime.types", "nsswitch.conf", "os-release", "protocols", "resolv.conf", "services", "timezone",
]  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_the_platform_has_there(folder: str) -> None:
    """The C library, the certificates, the kernel's tables."""
    assert OwnFiles({}).has(f"{folder}x")
    assert not OwnFiles({}).has(f"/mnt{folder}x")


@pytest.mark.parametrize("name", FILES)
def test_each_file_of_configuration(name: str) -> None:
    """By its whole name."""
    assert OwnFiles({}).has(f"/etc/{name}")
    assert not OwnFiles({}).has(f"/etc/{name}~")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/shadow", "/mnt/efs/a", "/proc/1/mem", "/", ""]
)
def test_what_may_be_somebodys(path: str) -> None:
    """Whatever nobody has named."""
    assert not OwnFiles({}).has(path)


@pytest.mark.parametrize(
    "name", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"]
)
def test_files_that_the_environment_names(name: str) -> None:
    """Those and no others."""
    files = OwnFiles({name: "/mnt/aws/x"})

    assert files.has("/mnt/aws/x")
    assert not files.has("/mnt/aws/y")
    assert not OwnFiles({f"X_{name}": "/mnt/aws/x"}).has("/mnt/aws/x")


@pytest.mark.parametrize("name", ["LAMBDA_TASK_ROOT", "TMPDIR", "TEMP", "TMP"])
def test_folders_that_the_environment_names(name: str) -> None:
    """What is in them, and they themselves; not what only begins alike."""
    files = OwnFiles({name: "/mnt/task/"})

    assert files.has("/mnt/task/a/b")
    assert files.has("/mnt/task")
    assert not files.has("/mnt/taskx")
    assert not OwnFiles({name: ""}).has("/mnt/task/a")


def test_folders_of_this_process() -> None:
    """Its code, its interpreter, its temporary folder; and of its home what AWS's tools keep."""
    files = OwnFiles({"HOME": "/u/jane"})

    for own in (
        Path(__file__),
        Path(sys.prefix, "x"),
        Path(sys.base_prefix, "x"),
        Path("x").absolute(),
    ):
        assert files.has(str(own))
    assert files.has(f"{tempfile.gettempdir()}/x")
    assert files.has("/u/jane/.aws/config")
    assert files.has("/u/jane/.cache/x")
    assert not files.has("/u/jane/notes.txt")
    assert not OwnFiles({}).has("/u/jane/.aws/config")


def test_the_folder_that_a_process_works_in_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever that is: what is beside it is somebody's."""
    monkeypatch.setattr("os.getcwd", lambda: "/mnt/desk")
    files = OwnFiles({})

    assert files.has("/mnt/desk/x")
    assert not files.has("/mnt/x")


def test_folders_that_code_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are added later, but not the whole disk."""
    files = OwnFiles({})
    assert not files.has("/mnt/layer/x.py")
    monkeypatch.setattr(sys, "path", [*sys.path, "/mnt/layer", "/", ""])

    assert files.has("/mnt/layer/x.py")
    assert not files.has("/mnt/x.py")


@pytest.mark.parametrize(
    ("path", "expected"),
    [(None, ""), (7, ""), ("", ""), (b"/a/b", "/a/b"), ("/a/../b/./c", "/b/c"), (Path("/a"), "/a")],
)
def test_paths_from_the_root(path: object, expected: str) -> None:
    """Without dots; a descriptor is none."""
    assert expected == absolute(path)
    assert absolute("x") == str(Path("x").absolute())
