"""Run the driver for Spark as a user does, on some cores of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import repository as repo
from affidavit_ledger import spark_parts

SITE: Final = repo.ROOT / "build/spark"
"""Where `make spark` puts PySpark."""


def submit(folder: Path, master: str, parts: int, into: Path, *options: str) -> None:
    """Verify `archive` in a folder with the key beside it, and write its parts."""
    subprocess.run(
        [
            *(str(SITE / "pyspark/bin/spark-submit"), "--master", master, *options),
            *(spark_parts.__file__, f"file://{folder / 'archive'}"),
            *(str(folder / "sealer.pub"), str(parts), str(into)),
        ],
        check=True,
        env=os.environ | {"PYTHONPATH": str(SITE), "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        timeout=1800,
    )
