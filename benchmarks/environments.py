"""Make the environments that are compared: ours in both forms, and the peer's.

They live under build/bench, hold nothing else but boto3, because every Lambda does, and are
made once; ours are refreshed in each run. `make clean` removes them.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "bench"
WHEELS = ROOT / "build" / "wheels"
PACKAGES = {
    "pure": ("boto3", "awslambdaric>=4"),
    "compiled": ("boto3", "awslambdaric>=4"),
    "peer": ("aws-lambda-powertools[all]==3.37.0", "boto3"),
}
"""By name: what is installed from the registry. `make wheels` makes what is ours."""


@functools.cache
def python_of(name: str) -> Path:
    """Return the interpreter of `pure`, `compiled` or `peer`, making its environment if need be."""
    folder = HOME / name
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        print(f"making {folder.relative_to(ROOT)} ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        _pip(python, *PACKAGES[name], *(() if name == "peer" else (str(wheel_of(name)),)))
        ready.touch()
    elif name != "peer":
        _pip(python, "--no-deps", "--force-reinstall", str(wheel_of(name)))
    return python


def wheel_of(name: str) -> Path:
    """Return our wheel, pure or compiled.

    Raises:
        RuntimeError: It has not been built.

    """
    kind = "*-none-any.whl" if name == "pure" else "*-manylinux*.whl"
    for wheel in sorted(WHEELS.glob(kind)):
        return wheel
    raise RuntimeError(f"there is no {name} wheel; build both with: make wheels")


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*command, *arguments], check=True, timeout=900)
