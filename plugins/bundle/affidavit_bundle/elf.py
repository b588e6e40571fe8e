"""Read what an ELF file is built for: its processor, its C library, the libraries behind it.

System V ABI, https://refspecs.linuxfoundation.org/elf/elf.pdf; version needs as
in the Linux Standard Base, `SHT_GNU_verneed`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

MAGIC: Final = b"\x7fELF"
PROCESSORS: Final = {62: "x86_64", 183: "arm64", 3: "x86", 40: "arm"}
"""`e_machine`: EM_X86_64, EM_AARCH64, EM_386, EM_ARM."""

SHT_GNU_VERNEED: Final = 0x6FFFFFFE
SHT_DYNAMIC: Final = 6
DT_NEEDED: Final = 1
VERSION: Final = re.compile(rb"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")


class BadElfError(Exception):
    """A file that begins as ELF and is none that can be read."""


class Elf(NamedTuple):
    """What a file is for. `glibc` is (0, 0) if it needs none; `needed` are names of libraries."""

    processor: str
    glibc: tuple[int, int]
    needed: tuple[str, ...] = ()


def is_elf(path: Path) -> bool:
    """Tell by the first four bytes; names do not say."""
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def read_elf(data: bytes) -> Elf:
    """Read the header and the version needs.

    Raises:
        BadElfError: It is cut off, or not 64-bit little-endian.

    """
    if data[:4] != MAGIC or data[4:6] != b"\x02\x01":
        raise BadElfError("it is not 64-bit little-endian")
    try:
        machine = struct.unpack_from("<H", data, 18)[0]
        name = PROCESSORS.get(machine, f"machine {machine}")
        return Elf(name, _glibc(data), tuple(_needed(data)))
    except (struct.error, IndexError, ValueError) as error:
        raise BadElfError("it is cut off") from error


def _sections(data: bytes, wanted: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield offset, size, entries and the offset of the names of each section of a kind."""
    offset = struct.unpack_from("<Q", data, 40)[0]
    size, count = struct.unpack_from("<HH", data, 58)
    for index in range(count):
        at = offset + index * size
        if struct.unpack_from("<I", data, at + 4)[0] == wanted:
            start, length, link, entries = struct.unpack_from("<QQII", data, at + 24)
            yield (
                start,
                length,
                entries,
                struct.unpack_from("<Q", data, offset + link * size + 24)[0],
            )


def _glibc(data: bytes) -> tuple[int, int]:
    """Return the latest version of the C library that is asked for."""
    needed = (0, 0)
    for start, _, entries, names in _sections(data, SHT_GNU_VERNEED):
        needed = max(needed, _needs(data, start, names, entries))
    return needed


def _needed(data: bytes) -> Iterator[str]:
    """Yield the libraries that are loaded with it."""
    for start, length, _, names in _sections(data, SHT_DYNAMIC):
        for at in range(start, start + length, 16):
            tag, value = struct.unpack_from("<QQ", data, at)
            if tag == DT_NEEDED:
                begin = names + value
                yield data[begin : data.index(b"\0", begin)].decode("ascii", "replace")


def _needs(data: bytes, at: int, names: int, entries: int) -> tuple[int, int]:
    needed = (0, 0)
    for _ in range(entries):
        _, count, _, first, following = struct.unpack_from("<HHIII", data, at)
        item = at + first
        for _ in range(count):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, item)
            start = names + name
            found = VERSION.fullmatch(data[start : data.index(b"\0", start)])
            if found is not None:
                needed = max(needed, (int(found[1]), int(found[2])))
            item += step
        at += following
    return needed
