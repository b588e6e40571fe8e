"""Copy what the user wrote: the handler's package, and every other one that it imports."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.target import Target
from affidavit_bundle.walk import walk

IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "tests", ".*")


def source_root(source: Path, top: str) -> Path:
    """Return the folder that has `top`: `source`, or its `src`."""
    for root in (source, source / "src"):
        if (root / top).is_dir() or (root / f"{top}.py").is_file():
            return root
    return source


def copy_sources(
    handler: HandlerReference, source: Path, folder: Path, target: Target
) -> frozenset[str]:
    """Copy the handler's module, and what it leads to in the same folder; return their names.

    Raises:
        BundleError: The handler is neither there nor in a wheel.

    """
    root = source_root(source, handler.top)
    copied = set(_copy(root, handler.top, folder))
    if not copied and not _has(folder, handler.top):
        raise BundleError(
            f"there is no module {handler.top}",
            why=f"it is not in {source.name or 'this folder'} and in no wheel",
            fix="Name the folder that has it with --from, or its package with --require",
        )
    while True:
        wanted = {
            one.module.partition(".")[0]
            for one in walk(folder, [handler.module], target, copied).missing
        }
        fresh = {name for top in wanted - copied for name in _copy(root, top, folder)}
        if not fresh:
            return frozenset(copied | {handler.top})
        copied |= fresh


def source_files(source: Path, copied: frozenset[str] | set[str], top: str) -> Iterator[Path]:
    """Yield the files and folders of `source` that belong to the modules `copied`."""
    root = source_root(source, top)
    for name in sorted(copied):
        yield from (path for path in (root / name, root / f"{name}.py") if path.exists())


def _copy(root: Path, top: str, folder: Path) -> Iterator[str]:
    package, module = root / top, root / f"{top}.py"
    if package.is_dir():
        shutil.copytree(package, folder / top, ignore=IGNORED, dirs_exist_ok=True)
        yield top
    elif module.is_file():
        shutil.copyfile(module, folder / module.name)
        yield top


def _has(folder: Path, top: str) -> bool:
    return (folder / top).exists() or (folder / f"{top}.py").exists()
