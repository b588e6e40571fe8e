"""Measure what a second core gains where Spark verifies an archive in parts.

    python -m benchmarks.spark [--records 500000] [--parts 16] [--turns 3] [--json FILE]

`spark-submit` runs the same parts on `local[1]` and `local[2]`, in turn, by the clock; beside it
stands an archive of one checkpoint, which is what Spark takes to start and to end. Needs two free
cores, Java 17 and PySpark (`make spark`). Exit code 0 if the goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from affidavit_ledger import spark_parts
from benchmarks.environments import ROOT
from benchmarks.make_archive import make_archive
from benchmarks.report import as_json, paired, table

SITE: Final = ROOT / "build/spark"
BATCH: Final = 1_000
"""Records of a checkpoint; parts are made of whole ones."""


def submit(folder: Path, cores: int, parts: int) -> float:
    """Verify the archive in parts on so many cores; return the seconds that it took."""
    environment = os.environ | {"PYTHONPATH": str(SITE), "PYSPARK_PYTHON": sys.executable}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as into:
        subprocess.run(
            [
                *(str(SITE / "pyspark/bin/spark-submit"), "--master", f"local[{cores}]"),
                *(spark_parts.__file__, f"file://{folder / 'archive'}"),
                *(str(folder / "sealer.pub"), str(parts), into),
            ],
            check=True,
            env=environment,
            capture_output=True,
            timeout=1800,
        )
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
            one.append(submit(large, 1, asked.parts))
            two.append(submit(large, 2, asked.parts))
            start.append(submit(small, 1, 1))
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
    print(table(figures))
    if asked.json is not None:
        asked.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
