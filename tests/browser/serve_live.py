"""Start the dev server on a new project, and let a browser look at its live page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from chromium import chromium, missing

from devserver_parts import make_project, serve

TOOLS = Path("build/browser")


def main() -> int:
    """Serve, look, stop; 1 if something is wrong."""
    if not chromium():
        return missing()
    with tempfile.TemporaryDirectory() as folder:
        definition = make_project(Path(folder) / "shop")
        with serve(definition, claims={"sub": "ada"}) as served:
            looked = subprocess.run(
                [
                    *(str(TOOLS / "bin" / "python"), "tests/browser/look_live.py"),
                    *(f"http://127.0.0.1:{served.port}", str(TOOLS / "screenshots")),
                    str(TOOLS / "node_modules" / "axe-core" / "axe.min.js"),
                ],
                check=False,
                timeout=600,
            )
    return looked.returncode


if __name__ == "__main__":
    sys.exit(main())
