"""Check that a library can be loaded: processor, C library, CPython, and what it needs itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from affidavit_bundle.elf import BadElfError, Elf, is_elf, read_elf
from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import Target
from affidavit_bundle.walk import TAGGED

RUNTIME_LIBRARIES: Final = frozenset(
    {
        *("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"),
        *("libutil.so.1", "libresolv.so.2", "libnsl.so.1", "libanl.so.1"),
        *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libgcc_s.so.1", "libstdc++.so.6"),
        "libz.so.1",
    }
)
"""What both Amazon Linux images of Lambda have: glibc's own, GCC's, and zlib."""


def check_binaries(folder: Path, target: Target) -> dict[str, Elf]:
    """Check every ELF file, whatever its name, and return what each is for.

    Raises:
        BundleError: One is for another processor, or needs a later C library.

    """
    found: dict[str, Elf] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or not is_elf(path):
            continue
        inner = path.relative_to(folder).as_posix()
        try:
            found[inner] = read_elf(path.read_bytes())
        except BadElfError as error:
            raise BundleError(
                f"{inner} is no library that can be loaded",
                why=str(error),
                fix="Fetch its wheel again, or use another version",
            ) from None
        _check_one(inner, found[inner], target)
    return found


def check_reached(found: Mapping[str, Elf], reached: Iterable[str], target: Target) -> None:
    """Check the extensions that are imported: their CPython, and the libraries behind them.

    Raises:
        BundleError: One is for another CPython, or needs a library that nobody brings.

    """
    here = {path.rpartition("/")[2]: path for path in found}
    todo = [path for path in reached if path in found]
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for needed in found[path].needed:
            if needed in here:
                todo.append(here[needed])
            elif needed not in RUNTIME_LIBRARIES:
                raise BundleError(
                    f"{path} needs {needed}",
                    why=f"neither the bundle nor {target.runtime} has it",
                    fix="Use a wheel that brings it along (a headless one, say), "
                    "or add the file with --include",
                )


def check_tag(path: str, target: Target) -> None:
    """Check the CPython in the name of an extension.

    Raises:
        BundleError: It is another one; Python would not even look at the file.

    """
    tag = TAGGED.search(path)
    if tag is not None and (int(tag[1]), int(tag[2])) != target.numbers:
        raise BundleError(
            f"{path} is for CPython {tag[1]}.{tag[2]}",
            why=f"the function runs on {target.runtime}",
            fix="Fetch the wheel for that Python",
        )


def _check_one(inner: str, found: Elf, target: Target) -> None:
    if found.processor != target.arch:
        raise BundleError(
            f"{inner} is for {found.processor}",
            why=f"the function runs on {target.arch}",
            fix="Fetch the wheel for that processor, or bundle for the other one",
        )
    if found.glibc > target.glibc:
        raise BundleError(
            f"{inner} needs glibc {found.glibc[0]}.{found.glibc[1]}",
            why=f"{target.runtime} has {target.glibc[0]}.{target.glibc[1]}",
            fix="Use a version with an older manylinux wheel, or a later runtime",
        )
