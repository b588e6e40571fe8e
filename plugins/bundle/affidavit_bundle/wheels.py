"""Fetch wheels for the target, by pip, and check them against the lock."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import Target

TIMEOUT_S: Final = 600

MISSING: Final = re.compile(
    r"(?:No matching distribution found for|Could not find a version that satisfies the "
    r"requirement) ([A-Za-z0-9][A-Za-z0-9._-]*)"
)
CONFLICT: Final = re.compile(r"Cannot install ([^\n]+?) because")


class Lock(NamedTuple):
    """Pinned versions, and the hashes that their wheels may have."""

    pins: tuple[str, ...]
    hashes: Mapping[str, frozenset[str]]

    @property
    def text(self) -> str:
        """Return the pins as pip reads them."""
        return "\n".join(self.pins) + "\n"


def fetch(
    requirements: Sequence[str], target: Target, lock: Lock, links: Sequence[Path], to: Path
) -> list[Path]:
    """Fetch the wheels of `requirements` and all that they need into `to`.

    Raises:
        BundleError: There is no wheel for the target, or one is not the one that
            the lock names.

    """
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        constraints.write_text(lock.text, "utf-8")
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "--dest", str(to), "--only-binary", ":all:"),
            *("--constraint", str(constraints), "--implementation", "cp"),
            *("--python-version", target.python),
            *("--abi", f"cp{target.python.replace('.', '')}", "--abi", "abi3", "--abi", "none"),
        ]
        for tag in target.platforms:
            command += ["--platform", tag]
        for link in links:
            command += ["--find-links", str(link)]
        ran = subprocess.run(  # noqa: S603 - our own pip
            [*command, *requirements],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    if ran.returncode:
        raise _told(ran.stderr, target)
    wheels = sorted(to.glob("*.whl"))
    for wheel in wheels:
        _check_hash(wheel, lock)
    return wheels


def canonical(name: str) -> str:
    """Return a distribution's name as everybody writes it: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_hash(wheel: Path, lock: Lock) -> None:
    name = canonical(wheel.name.split("-")[0])
    allowed = lock.hashes.get(name)
    if allowed and sha256_of(wheel) not in allowed:
        raise BundleError(
            f"the wheel {wheel.name} is not one that the lock names",
            why="its SHA-256 is none of those beside its version",
            fix="Find out who changed it; if it is meant, lock anew",
        )


def _told(text: str, target: Target) -> BundleError:
    """Return what pip's complaint means here."""
    where = f"{target.runtime} on {target.arch}"
    missing = MISSING.findall(text)
    if missing:
        name = missing[-1].rstrip(".")
        return BundleError(
            f"there is no wheel of {name} for {where}",
            why="no version that is allowed has one, and nothing is built from source",
            fix=f"Allow a version of {name} that has a wheel, or build one for "
            f"manylinux_2_{target.glibc[1]}_{target.machine} and name its folder with --wheels",
        )
    conflict = CONFLICT.search(text)
    if conflict is not None:
        return BundleError(
            "the requirements contradict each other",
            why=f"pip cannot install {conflict.group(1)} together",
            fix="Loosen one of them, or lock anew",
        )
    last = (text.strip().splitlines() or ["no output"])[-1]
    return BundleError(
        f"the wheels for {where} cannot be fetched",
        why=f"pip says: {last[:200]}",
        fix="Look at pip's configuration and the network",
    )
