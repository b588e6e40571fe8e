"""Check a folder that will be a bundle: processors, C library, sizes, requirements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from affidavit_bundle.elf import BadElfError, is_elf, read_elf
from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import PROVIDED, UNPACKED_LIMIT, Target
from affidavit_bundle.unpack import Distribution
from affidavit_bundle.wheels import canonical


def check_binaries(folder: Path, target: Target) -> int:
    """Check every ELF file, whatever its name, and return how many there are.

    Raises:
        BundleError: One is for another processor, or needs a later C library.

    """
    count = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or not is_elf(path):
            continue
        count += 1
        inner = path.relative_to(folder).as_posix()
        try:
            found = read_elf(path.read_bytes())
        except BadElfError as error:
            raise BundleError(
                f"{inner} is no library that can be loaded",
                why=str(error),
                fix="Fetch its wheel again, or use another version",
            ) from None
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
    return count


def check_size(folder: Path) -> int:
    """Return the size unpacked, in bytes.

    Raises:
        BundleError: It is more than Lambda takes.

    """
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    total = sum(sizes.values())
    if total <= UNPACKED_LIMIT:
        return total
    tops: dict[str, int] = {}
    for path, size in sizes.items():
        top = path.relative_to(folder).parts[0]
        tops[top] = tops.get(top, 0) + size
    largest = sorted(tops, key=lambda top: -tops[top])[:3]
    raise BundleError(
        f"the bundle has {total // 2**20} MB unpacked",
        why=f"Lambda takes {UNPACKED_LIMIT // 2**20}; the largest are {', '.join(largest)}",
        fix="Leave one out, or move it to a layer",
    )


def check_requirements(
    found: Sequence[Distribution], target: Target, *, provided: bool, own_extras: Sequence[str]
) -> None:
    """Check that whatever a distribution needs on the target is there, in a version that fits.

    pip decides by the Python that runs it, and the target may be another one.

    Raises:
        BundleError: Something is missing, or is there in a wrong version.

    """
    have = {distribution.name: distribution.version for distribution in found}
    for distribution in found:
        extras = own_extras if distribution.name == "affidavit" else ()
        for name, wanted, fits in _needs(distribution, target, extras, have):
            if name in have and fits:
                continue
            if name not in have and provided and name in PROVIDED:
                continue
            state = f"{have[name]} is there" if name in have else "it is not there"
            raise BundleError(
                f"{distribution.name} needs {wanted}",
                why=f"{state}, on {target.runtime} for {target.arch}",
                fix=f"Add it with --require '{wanted}'",
            )


def _needs(
    distribution: Distribution, target: Target, extras: Sequence[str], have: dict[str, str]
) -> Iterator[tuple[str, str, bool]]:
    from packaging.requirements import Requirement  # noqa: PLC0415 - of the extra

    for text in distribution.requires:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is not None and not any(
            marker.evaluate({**target.marker_environment, "extra": extra})
            for extra in ("", *extras)
        ):
            continue
        name = canonical(requirement.name)
        fits = requirement.specifier.contains(have.get(name, "0"), prereleases=True)
        yield name, f"{name}{requirement.specifier}", fits
