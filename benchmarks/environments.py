"""Make the environments that are compared: ours, and the peer's, each with nothing else.

They live under build/bench and are made once; `make clean` removes them. Both
hold boto3, because every Lambda does.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "bench"
PEER = ("aws-lambda-powertools[all]==3.37.0", "boto3")
OURS = ("boto3",)


def python_of(name: str) -> Path:
    """Return the interpreter of `ours` or `peer`, making its environment if need be."""
    folder = HOME / name
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        print(f"making {folder.relative_to(ROOT)} ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        wanted = PEER if name == "peer" else (*OURS, str(ROOT))
        _pip(python, *wanted)
        ready.touch()
    elif name == "ours":
        _pip(python, "--no-deps", "--force-reinstall", str(ROOT))
    return python


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*command, *arguments], check=True, timeout=900)
