"""Install each extra alone, with the lowest and the newest versions that it allows, and import it.

`make extras`, or some of them: `make extras E=oracle`. An extra that forgets what its
plugin imports is only noticed where nothing else has brought it.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import repository as repo

ELSEWHERE = {"dev": "all that a laptop wants: the others together"}
"""Extras that name other extras."""

PROGRAM = """
import importlib, pkgutil, sys
from affidavit.plugin import load_plugins

plugins = load_plugins()
mine = [one for one in plugins.listing() if sys.argv[1] in (one.extra, one.name)]
assert not any(one.missing or one.failed for one in mine), mine
names = [f"affidavit_{one.name}" for one in mine]
names += [f"affidavit_{name}" for name in ("cli", "testing") if name == sys.argv[1]]
for name in names:
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        if "__main__" in found.name or "examples" in found.name:
            continue
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            # Commands and YAML want `cli` besides, sealers `ledger`, the bridge `testing`.
            more = {"dynamodb": ["cryptography"], "harness": ["pytest", "yaml"]}
            also = more.get(sys.argv[1], [])
            if error.name not in ["click", "rich", *also]:
                raise
print(*names)
"""


def main(wanted: list[str]) -> int:
    """Return 1 if one of them cannot be used alone."""
    told = tomllib.loads((repo.ROOT / "pyproject.toml").read_text())
    extras = [one for one in told["project"]["optional-dependencies"] if one not in ELSEWHERE]
    wrong = 0
    for extra in wanted or extras:
        for resolution in ("lowest-direct", "highest"):
            said = _try(extra, resolution)
            wrong += not said.startswith("ok")
            print(f"{extra:12} {resolution:14} {said}", flush=True)
    return 1 if wrong else 0


def _try(extra: str, resolution: str) -> str:
    home = repo.ROOT / "build" / "extras" / f"{extra}-{resolution}"
    python = home / "bin" / "python"
    uv = str(Path(sys.executable).with_name("uv"))
    steps = [
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        [
            *(uv, "pip", "install", "--quiet", "--python", str(python)),
            *("--resolution", resolution, f"{repo.ROOT}[{extra}]"),
        ],
        [str(python), "-W", "ignore", "-c", PROGRAM, extra],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False, cwd=repo.ROOT)
        if done.returncode:
            return f"failed: {done.stderr.strip()[-300:]}"
    return f"ok: {done.stdout.strip() or 'it has no plugin of its own'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
