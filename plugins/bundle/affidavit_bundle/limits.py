"""Lambda's limits on sizes."""

from __future__ import annotations

from pathlib import Path

from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import UNPACKED_LIMIT, ZIP_LIMIT


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
        fix="Leave one out, move it to a layer, or do without byte code: --no-bytecode",
    )


def check_zip(path: Path) -> None:
    """Check the size of the zip, and remove it if it is too large.

    Raises:
        BundleError: It is more than Lambda takes.

    """
    size = path.stat().st_size
    if size > ZIP_LIMIT:
        path.unlink()
        raise BundleError(
            f"the bundle has {size // 2**20} MB",
            why=f"Lambda takes {ZIP_LIMIT // 2**20} MB in one zip",
            fix="Leave something out, move it to a layer, or use --no-bytecode",
        )
