"""affidavit itself, as a wheel: built from the working tree, or fetched."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from affidavit import __version__
from affidavit_bundle.errors import BundleError
from affidavit_bundle.wheels import sha256_of

TIMEOUT_S: Final = 300
PARTS: Final = (
    "core",
    "cli",
    "plugins",
    "policies",
    "examples",
    "docs/verify_offline.py",
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
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(to)],
        cwd=source,
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
