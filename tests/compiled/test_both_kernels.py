"""The compiled kernel answers, records, logs and measures what the pure one does, byte by byte."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest

import repository as repo
from affidavit import errors
from affidavit.plugin import kernel_form

COUNT = int(os.environ.get("AFFIDAVIT_TEST_COMPARED", "1000"))
PARTS = 4
"""Processes for each kernel; what one caches from case to case is part of what is compared."""

pytestmark = pytest.mark.skipif(
    kernel_form() == "pure", reason="the kernel here is pure; compare both with: make test-compiled"
)


def played(part: int, *before: Path) -> subprocess.Popen[str]:
    """Begin to play a part of the cases; with `before`, packages there come first."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("play.py")), str(COUNT // PARTS), str(part)],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONHASHSEED": "0",  # a set is not in order
            "PYTHONPATH": os.pathsep.join(map(str, (*before, repo.ROOT / "tests"))),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
    )


def test_what_is_to_be_compiled_is_loaded_from_the_library() -> None:
    """All of it: a module that was not found there would run from its source."""
    hook = repo.load(repo.ROOT / "core" / "hatch_build.py")
    names = [
        ".".join(path.with_suffix("").parts)
        for path in hook.compiled(repo.ROOT / "core" / "affidavit")
    ]
    files = {name: str(importlib.import_module(name).__file__) for name in names}

    assert [] == [name for name, file in files.items() if file.endswith(".py")]
    assert str(errors.__file__).endswith(".py")


@pytest.mark.parametrize("part", range(PARTS))
def test_both_kernels_do_the_same(part: int, tmp_path: Path) -> None:
    """Drawn events through handlers, and drawn values through what looks at values."""
    with played(part) as compiled, played(part, repo.ROOT / "core") as pure:
        assert pure.stdout is not None  # for mypy; both are pipes
        assert compiled.stdout is not None
        forms = (pure.stdout.readline(), compiled.stdout.readline())
        differ = [
            (mine, theirs)
            for mine, theirs in zip_longest(pure.stdout, compiled.stdout)
            if mine != theirs
        ]
        told = [pure.communicate()[1], compiled.communicate()[1]]

    assert ("pure\n", "compiled\n") == forms, told
    assert (0, 0) == (pure.returncode, compiled.returncode), told
    assert [] == differ[:3], f"{len(differ)} of {COUNT // PARTS} differ"
