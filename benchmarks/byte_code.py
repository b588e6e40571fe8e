"""What byte code in a bundle is worth: the example's import under AWS's runtime client.

    python -m benchmarks.byte_code [--turns N] [--bundle ZIP]

Makes the example's bundle (or takes one) and unpacks it three times: as it is, without
byte code as bundles were before, and without sources. Each turn imports each of them
once, in a process of its own, by the function of awslambdaric that Lambda calls. CPU
time, medians, and the ratio of each turn; exit code 1 if the goal is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from affidavit_bundle.runtime_start import places_of
from benchmarks.report import Figure, table

ROOT: Final = Path(__file__).parent.parent
GOAL: Final = 0.40
HANDLER: Final = "price_fetcher.handler.handler"

PROGRAM: Final = """
import sys, time
sys.dont_write_bytecode = True
sys.path[:0] = [sys.argv[1]]
sys.path.append(sys.argv[2])
import awslambdaric.bootstrap as client
began = time.process_time()
client._get_handler(sys.argv[3])
print(time.process_time() - began)
"""


def make(to: Path) -> Path:
    """Make the bundle of the example, with byte code."""
    command = [
        sys.executable,
        "-m",
        "affidavit_cli",
        "bundle",
        "make",
        "price=price_fetcher.handler:handler",
    ]
    options = ["--plugin", "dynamodb", "--from", "examples", "--lock", "constraints.txt"]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([*command, *options, "--python", python, "--to", str(to)], cwd=ROOT, check=True)
    return next(to.glob("*.zip"))


def lay_out(bundle: Path, work: Path) -> dict[str, Path]:
    """Unpack it for every form of the same modules."""
    found = {}
    for form in ("with byte code", "without", "without sources"):
        folder = found[form] = work / form.replace(" ", "-")
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder)
        for cached in sorted(folder.rglob("*.pyc")):
            name = cached.name.partition(".")[0]
            if form == "without sources":
                (cached.parent.parent / f"{name}.py").unlink()
                cached.rename(cached.parent.parent / f"{name}.pyc")
            elif form == "without":
                cached.unlink()
    return found


def imported_s(folder: Path) -> float:
    """Return the CPU time of one import of the handler, in seconds."""
    client = places_of(["awslambdaric"])["awslambdaric"]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(folder), client, HANDLER],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout)


def figures(folders: dict[str, Path], turns: int) -> list[Figure]:
    """Import each in turn, so that what else the machine does weighs on all of them."""
    told: dict[str, list[float]] = {form: [] for form in folders}
    for turn in range(turns + 1):
        for form, folder in folders.items():
            taken = imported_s(folder)
            if turn:  # the first one reads the files from the disk
                told[form].append(taken * 1000)
    medians = {form: statistics.median(taken) for form, taken in told.items()}
    found = []
    for form in ("with byte code", "without sources"):
        pairs = zip(told[form], told["without"], strict=True)
        ratio = statistics.median(ours / other for ours, other in pairs)
        what = f"import, {form} against without"
        found.append(Figure(what, medians[form], medians["without"], "ms", ratio, GOAL, True))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.byte_code", description=__doc__)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--bundle", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        bundle = asked.bundle or make(Path(work, "made"))
        found = figures(lay_out(bundle, Path(work)), asked.turns)
    sys.stdout.write(table(found) + "\n")
    return 0 if found[0].reached else 1


if __name__ == "__main__":
    sys.exit(main())
