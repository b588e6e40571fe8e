"""What tests of bundles need: wheels made on the spot, and the command."""

from __future__ import annotations

import os
import struct
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from own_process import run_affidavit

VERNEED = 0x6FFFFFFE


def bundle(
    *arguments: str, expected: int = 0, offline: bool = True, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `affidavit bundle …`; offline, wheels come from the folders that are named."""
    environ = {**os.environ, **({"PIP_NO_INDEX": "1"} if offline else {})}
    ran = run_affidavit("bundle", *arguments, folder=cwd, environ=environ, timeout_s=300)
    assert expected == ran.returncode, ran.stderr[-3000:]
    return ran


def make_wheel(
    folder: Path,
    name: str,
    files: Mapping[str, bytes],
    *,
    tag: str = "py3-none-any",
    requires: tuple[str, ...] = (),
) -> Path:
    """Write a wheel, version 1.0, that pip takes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-{tag}.whl"
    info = f"{name}-1.0.dist-info"
    head = [f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: MIT"]
    head += [f"Requires-Dist: {requirement}" for requirement in requires]
    with zipfile.ZipFile(path, "w") as archive:
        for inner, data in files.items():
            archive.writestr(inner, data)
        archive.writestr(f"{info}/METADATA", "\n".join(head) + "\n\nA long text.\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def elf(machine: int, glibc: str = "") -> bytes:
    """Return the least ELF file that says its processor and the C library it needs."""
    names = b"\0libc.so.6\0" + (f"GLIBC_{glibc}".encode() + b"\0" if glibc else b"")
    need = b""
    if glibc:
        need = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 11, 0)
    body = names + need
    sections = struct.pack("<IIQQQQIIQQ", *([0] * 10))
    sections += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, 64, len(names), 0, 0, 1, 0)
    sections += struct.pack(
        "<IIQQQQIIQQ", 0, VERNEED, 0, 0, 64 + len(names), len(need), 1, int(bool(glibc)), 4, 0
    )
    head = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    head += struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, 3, 1
    )
    return head + body + sections
