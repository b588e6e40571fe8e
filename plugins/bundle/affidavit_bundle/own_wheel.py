"""affidavit itself, as a wheel: built from the working tree, or fetched."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from affidavit import __version__
from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import Target
from affidavit_bundle.wheels import sha256_of

TIMEOUT_S: Final = 300
PARTS: Final = (
    "core",
    "cli",
    "plugins",
    "policies",
    "templates",
    "terraform",
    "examples",
    "docs",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
"""What a wheel of the working tree is made of."""


def working_tree() -> Path | None:
    """Return the folder that affidavit is installed from, or None for an installed wheel."""
    try:
        text = importlib.metadata.distribution("affidavit").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return None
    told = json.loads(text) if text else {}
    if not told.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(told["url"]).path))


def tree_digest(tree: Path) -> str:
    """Return a hash over everything that the wheel is made of."""
    total = hashlib.sha256()
    for part in PARTS:
        root = tree / part
        paths = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(path.relative_to(tree).as_posix().encode() + b"\0")
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def own_source(given: Path | None, links: Sequence[Path], target: Target) -> Path | None:
    """Return what affidavit comes from: a wheel, a checkout, or None for the registry.

    `given` is either of the first two, or a folder of wheels. Without it a compiled
    wheel of this version that fits the target is taken from `links`.

    Raises:
        BundleError: The folder has no wheel for the target.

    """
    if given is not None and (given.is_file() or (given / "pyproject.toml").is_file()):
        return given
    if given is None:
        fits = [one for one in _fitting(links, target) if is_compiled(one.name)]
        return fits[0] if fits else working_tree()
    fits = _fitting([given], target)
    if fits:
        return fits[0]
    raise BundleError(
        f"there is no wheel of affidavit for {target.runtime} on {target.arch}",
        why=f"the folder has none of version {__version__} that would run there",
        fix="Put the pure one beside the others (py3-none-any), or name a wheel or a checkout",
    )


def is_compiled(wheel: str) -> bool:
    """Whether a wheel of affidavit has a compiled kernel, by its name."""
    return not wheel.endswith("-none-any.whl")


def _fitting(folders: Sequence[Path], target: Target) -> list[Path]:
    """Return the wheels of this version that run on the target, best first."""
    from packaging import tags, utils  # noqa: PLC0415 - of the extra

    abi = f"cp{target.python.replace('.', '')}"
    order = [
        *tags.cpython_tags(target.numbers, [abi], target.platforms),
        *tags.compatible_tags(target.numbers, abi, target.platforms),
    ]
    ranks = {tag: rank for rank, tag in enumerate(order)}
    found = []
    for path in sorted(path for one in folders for path in one.glob("affidavit-*.whl")):
        try:
            _, version, _, has = utils.parse_wheel_filename(path.name)
        except utils.InvalidWheelFilename:
            continue
        fits = [ranks[tag] for tag in has if tag in ranks]
        if fits and str(version) == __version__:
            found.append((min(fits), path))
    return [path for _, path in sorted(found)]


def own_digest(source: Path | None) -> str:
    """Return what tells one affidavit from another: of a tree, a wheel, or the registry."""
    if source is None:
        return __version__
    return sha256_of(source) if source.is_file() else tree_digest(source)


def own_requirement(source: Path | None, to: Path) -> str:
    """Return what pip has to fetch for affidavit: a wheel, made of a tree if need be.

    Raises:
        BundleError: The wheel cannot be built.

    """
    if source is None:
        return f"affidavit=={__version__}"
    if source.is_file():
        return str(source.resolve())
    to.mkdir(parents=True, exist_ok=True)
    # A kernel that this machine compiled would be for its processor and its Python only.
    environ = {key: value for key, value in os.environ.items() if "_BUILD_HOOK" not in key}
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(to)],
        cwd=source,
        env=environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    built = sorted(to.glob("affidavit-*.whl"))
    if ran.returncode or not built:
        raise BundleError(
            "affidavit's own wheel cannot be built",
            why=(ran.stderr.strip().splitlines() or ["hatchling wrote none"])[-1][:200],
            fix="Install affidavit[bundle], and run from a complete checkout",
        )
    return str(built[-1])
