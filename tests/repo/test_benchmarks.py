"""The benchmark of an invocation's sections knows what an invocation asks for, and when."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import repository as repo


def test_the_sections_of_an_invocation_are_those_that_it_has() -> None:
    """It ends with an error if clock, store or sink are asked at another point than it knows."""
    ran = subprocess.run(
        [sys.executable, "ours_sections.py", "3"],
        cwd=repo.ROOT / "benchmarks" / "subjects",
        env=os.environ | {"AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == ran.returncode, ran.stderr
    assert len(json.loads(ran.stdout)) > 15
