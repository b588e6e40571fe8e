"""Start the console on the auditor's folder of `make audit-demo`, and let a browser look at it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from chromium import chromium, missing

from release_world import World

DEMO, TOOLS = Path("build/audit-demo").resolve(), Path("build/browser")
AXE = TOOLS / "node_modules" / "axe-core" / "axe.min.js"


def main() -> int:
    """Serve, look, stop; 1 if something is wrong."""
    if not chromium():
        return missing()
    _write_compliance_report(DEMO / "compliance.html")
    archive = f"file://{(DEMO / 'archive').resolve()}"
    command = [sys.executable, "-m", "affidavit_cli", "console", "--archive", archive]
    command += ["--public-key", str(DEMO / "sealer.pub"), "--lake", str(DEMO / "lake")]
    command += [*_runs(DEMO / "runs"), *_releases(DEMO / "line")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = _address(server)
            looked = subprocess.run(
                [
                    *(str(TOOLS / "bin" / "python"), "tests/browser/look.py", address),
                    *(str(DEMO), str(DEMO / "screenshots"), str(AXE)),
                ],
                check=False,
                timeout=900,
            )
        finally:
            server.terminate()
    return looked.returncode


def _runs(folder: Path) -> list[str]:
    """Run the examples' scenarios; return the option that names where they are known."""
    command = [sys.executable, "-m", "affidavit_cli", "scenario", "run", "scenarios"]
    subprocess.run([*command, "--state", str(folder)], check=False, timeout=600)
    return ["--state", str(folder)]


def _releases(folder: Path) -> list[str]:
    """Release a version into folders; return the options that name their line."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world = World(folder)
    world.commit()
    world.build()
    world.upload("v1.0.0")
    world.deploy("v1.0.0", "dev")
    return ["--rules", str(folder / "release.toml"), "--ledger", f"sqlite:///{folder}/releases.db"]


def _write_compliance_report(path: Path) -> None:
    """Let the example's suite write what a browser is to look at: handlers under two policies."""
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
    command += ["tests/examples_suite", f"--affidavit-report={path.resolve()}"]
    subprocess.run(command, check=True, timeout=600)


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+/open\?token=\S+", line)
        if found:
            return found.group()
    raise SystemExit("the console did not start")


if __name__ == "__main__":
    sys.exit(main())
