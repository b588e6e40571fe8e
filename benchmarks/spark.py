"""Measure what a second core gains where Spark verifies an archive in parts.

    python -m benchmarks.spark [--records 500000] [--parts 16] [--turns 3] [--json FILE]

`spark-submit` runs the same parts on `local[1]` and `local[2]`, in turn, by the clock; beside it
stands an archive of one checkpoint, which is what Spark takes to start and to end. Needs two free
cores, Java 17 and PySpark (`make spark`). Exit code 0 if the goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks.make_archive import make_archive  # noqa: E402
from benchmarks.report import conclude, paired  # noqa: E402
from spark_tool import SITE, submit  # noqa: E402

BATCH: Final = 1_000
"""Records of a checkpoint; parts are made of whole ones."""


def timed(folder: Path, cores: int, parts: int) -> float:
    """Verify the archive in parts on so many cores; return the seconds that it took."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as into:
        submit(folder, f"local[{cores}]", parts, Path(into))
    return time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and tell whether the second core gains what it should."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=500_000)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    if not (SITE / ".ready").exists():
        print("skipped: there is no PySpark here; to install it: make spark")
        return 77
    one, two, start = [], [], []
    with tempfile.TemporaryDirectory(prefix="affidavit-spark-") as name:
        large, small = Path(name) / "large", Path(name) / "small"
        for folder, records in ((large, asked.records), (small, BATCH)):
            folder.mkdir()
            make_archive(folder, records, BATCH)
        for _ in range(asked.turns):
            one.append(timed(large, 1, asked.parts))
            two.append(timed(large, 2, asked.parts))
            start.append(timed(small, 1, 1))
    begun = statistics.median(start)
    figures = [
        paired("verify on local[2], to local[1]", two, one, "s", 0.7),
        paired(
            "the same without Spark's start",
            [took - begun for took in two],
            [took - begun for took in one],
            "s",
            0.6,
        ),
    ]
    print(f"{asked.records:,} records in {asked.parts} parts; Spark itself {begun:.1f} s")
    return conclude(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())
