"""Check modules by the grammar of the target's Python, which need not be this one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import Target

TIMEOUT_S: Final = 120


def check_syntax(folder: Path, paths: Sequence[str], target: Target) -> str:
    """Parse modules of `folder`; return what parsed them.

    Ruff knows the grammar of every version; Python's own parser knows its own one,
    and older ones in part.

    Raises:
        BundleError: One is no Python of that version.

    """
    if not paths:
        return "no module"
    if importlib.util.find_spec("ruff") is None:
        raise BundleError(
            "the syntax cannot be checked",
            why=f"ruff is not installed, which knows the grammar of Python {target.python}",
            fix="Install affidavit[bundle]",
        )
    ran = _parse([folder / path for path in paths], target)
    try:
        found = json.loads(ran.stdout or "[]")
    except ValueError:
        found = [{}]
    if found or ran.returncode:
        raise _refusal(folder, found[0] if found else {}, target)
    return f"the grammar of Python {target.python}, {len(paths)} modules"


def _parse(paths: Sequence[Path], target: Target) -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listed:
        listed.write("\n".join(map(str, paths)))
        listed.flush()
        command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet"]
        command += ["--target-version", f"py{target.python.replace('.', '')}"]
        command += ["--select", "E9", "--output-format", "json", f"@{listed.name}"]
        return subprocess.run(  # noqa: S603 - our own interpreter
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )


def _refusal(folder: Path, finding: dict[str, object], target: Target) -> BundleError:
    place = finding.get("location")
    line = place.get("row", 1) if isinstance(place, dict) else 1
    name = Path(str(finding.get("filename", "?")))
    inner = name.resolve()
    if inner.is_relative_to(folder.resolve()):
        name = inner.relative_to(folder.resolve())
    added = str(finding.get("message", ""))
    since = added.partition("syntax was added in ")[2].rstrip(")")
    return BundleError(
        f"{name}:{line} is no Python {target.python}",
        why=f"it needs {since}" if since.startswith("Python 3.") else "it cannot be parsed",
        fix="Correct it, or bundle for a later Python",
    )
