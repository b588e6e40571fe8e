"""A process that has collected tests and waits for trials; see `trials.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutants import PACKAGES


def environment(copy: Path) -> dict[str, str]:
    """Return what tests of a copy need around them."""
    paths = [*(copy / package for package in PACKAGES), copy / "tests"]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "HYPOTHESIS_PROFILE": "mutants",
    }


class ReadyTests:
    """Tests of a copy that are collected once and tried as often as one likes."""

    def __init__(self, copy: Path, files: Sequence[str]) -> None:
        command = ["-m", "pytest", "-q", "-s", "-n0", "-p", "no:cacheprovider", "-p", "trials"]
        command += ["-o", "tmp_path_retention_policy=none", f"--basetemp={copy}-files", *files]
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=copy,
            env=environment(copy),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def ask(self, file: str, text: str, tests: Mapping[str, float]) -> dict[str, Any]:
        """Return what becomes of a module's sabotage; without a file, of nothing at all."""
        assert self._process.stdin is not None
        said = {"file": file, "text": text, "tests": tests}
        print(json.dumps(said), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith('{"'):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise SystemExit("the tests cannot be collected in a copy; see what pytest says above")

    def end(self) -> None:
        """Let the process go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
