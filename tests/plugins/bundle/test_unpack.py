"""A wheel is unpacked as pip unpacks it; pip itself is the referee."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from affidavit_bundle.errors import BundleError
from affidavit_bundle.unpack import unpack_wheel

INFO = "deep-1.0.dist-info"
METADATA = b"Metadata-Version: 2.1\nName: deep\nVersion: 1.0\nLicense: MIT\n\nLong.\n"
PLAIN = {"deep/__init__.py": b"VALUE = 1\n", "deep/data.json": b"{}"}

CASES: dict[str, dict[str, bytes]] = {
    "plain": PLAIN,
    "entries of folders": {"deep/": b"", "deep/inner/": b"", **PLAIN, f"{INFO}/": b""},
    "purelib and platlib": {
        "deep-1.0.data/purelib/deep/__init__.py": b"",
        "deep-1.0.data/platlib/deep/fast.py": b"",
    },
    "data": {**PLAIN, "deep-1.0.data/data/share/deep/table.csv": b"1\n", "deep-1.0.data/": b""},
    "headers": {**PLAIN, "deep-1.0.data/headers/deep.h": b"int x;"},
    "scripts": {**PLAIN, "deep-1.0.data/scripts/deep-tool": b"#!/bin/sh\necho\n"},
    "a namespace without a module": {"space/deep/__init__.py": b""},
    "a namespace of setuptools": {
        "space/deep/__init__.py": b"",
        "deep-1.0-nspkg.pth": b"import sys, types; m = sys.modules.setdefault('space', None)\n",
    },
    "a module alone": {"deep.py": b"VALUE = 1\n"},
    "licences": {**PLAIN, f"{INFO}/licenses/LICENSE": b"MIT", f"{INFO}/top_level.txt": b"deep\n"},
    "names that are not ASCII": {**PLAIN, "deep/größe.txt": b"x"},
    "an empty file": {**PLAIN, "deep/py.typed": b""},
}


def wheel_of(
    folder: Path, files: Mapping[str, bytes], *, tag: str = "py3-none-any", record: bool = True
) -> Path:
    """Write a wheel with these files in it, and a RECORD that is right."""
    path = folder / f"deep-1.0-{tag}.whl"
    told = {**files, f"{INFO}/METADATA": METADATA}
    told[f"{INFO}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\n" + b"".join(
        b"Tag: %s\n" % one.encode() for one in tag.split()
    )
    lines = [
        f"{name},sha256={digest_of(data)},{len(data)}"
        for name, data in told.items()
        if not name.endswith("/")
    ]
    told[f"{INFO}/RECORD"] = "\n".join([*lines, f"{INFO}/RECORD,,", ""]).encode() * record
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in told.items():
            archive.writestr(name, data)
    return path


def digest_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def as_pip_does(wheel: Path, to: Path) -> dict[str, bytes]:
    """Install with pip; its own notes about the installation are not of the wheel."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    options = ["--no-compile", "--disable-pip-version-check", "--target", str(to), str(wheel)]
    subprocess.run([*command, *options], check=True, timeout=120, capture_output=True)
    return contents(to)


def contents(folder: Path) -> dict[str, bytes]:
    notes = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in notes
    }


@pytest.mark.parametrize("case", CASES)
def test_every_file_that_pip_installs_is_there_and_no_other(tmp_path: Path, case: str) -> None:
    """File by file, and the same bytes; headers are for compilers and stay away."""
    wheel = wheel_of(tmp_path, CASES[case])

    unpack_wheel(wheel, tmp_path / "ours")

    ours = contents(tmp_path / "ours")
    pips = as_pip_does(wheel, tmp_path / "pips")
    assert ours == {name: data for name, data in pips.items() if not name.startswith("include/")}


@pytest.mark.parametrize("tag", ["py2.py3-none-any", "py3-none-manylinux2014_x86_64.linux_x86_64"])
def test_a_wheel_may_have_several_tags(tmp_path: Path, tag: str) -> None:
    """Compressed into one name, as most wheels with libraries have them."""
    assert "deep" == unpack_wheel(wheel_of(tmp_path, PLAIN, tag=tag), tmp_path / "ours").name


def test_what_is_a_program_can_be_run(tmp_path: Path) -> None:
    """Scripts are executable, also if their archive does not say so."""
    unpack_wheel(wheel_of(tmp_path, CASES["scripts"]), tmp_path / "ours")

    assert 0o755 == (tmp_path / "ours/bin/deep-tool").stat().st_mode & 0o777


def test_a_file_that_is_not_what_record_says_is_refused(tmp_path: Path) -> None:
    """The archive's own checksums may be right: somebody packed it anew."""
    wheel = wheel_of(tmp_path, PLAIN)
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["deep/__init__.py"] = b"VALUE = 2\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)

    with pytest.raises(BundleError) as caught:
        unpack_wheel(wheel, tmp_path / "ours")
    assert "deep/__init__.py is not what its RECORD says" == caught.value.why
    assert not (tmp_path / "ours").exists()


def test_a_wheel_without_hashes_is_taken_as_pip_takes_it(tmp_path: Path) -> None:
    """RECORD may be empty; the hash of the whole wheel is in the manifest."""
    wheel = wheel_of(tmp_path, PLAIN, record=False)
    assert "1.0" == unpack_wheel(wheel, tmp_path / "ours").version


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import deep.startup", ("import deep.startup",)),
        ("deep/inner", ("deep/inner",)),
        ("# a comment", ()),
        ("import sys; sys.modules.setdefault('space', None)", ()),
    ],
)
def test_what_wants_to_run_when_python_starts_is_told(
    tmp_path: Path, line: str, told: tuple[str, ...]
) -> None:
    """Lambda reads no .pth file, so what it would do has to be said."""
    wheel = wheel_of(tmp_path, {**PLAIN, "deep.pth": line.encode()})
    assert told == unpack_wheel(wheel, tmp_path / "ours").startup


@pytest.mark.parametrize("name", ["/deep.py", "../deep.py", "deep\\..\\x.py"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """Before anything is written."""
    with pytest.raises(BundleError, match="leads out"):
        unpack_wheel(wheel_of(tmp_path, {**PLAIN, name: b""}), tmp_path / "ours")
    assert not (tmp_path / "ours").exists()
