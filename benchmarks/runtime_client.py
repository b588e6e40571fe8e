"""Start the example under AWS's runtime client, with and without byte code, pure and compiled.

    python -m benchmarks.runtime_client [--turns N] [--json FILE]

What is measured is CPU time of the function's process, from its start to its first question for
an event (init), to its first answer, and per answer after that. Lambda gives a function of 1,769 MB
one processor and a smaller one its share; there are no quotas to set here, so the time by the clock
of a smaller function is its CPU time times 1,769 through its size. The last table is what each
module costs to import.
"""

from __future__ import annotations

import contextlib
import queue
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from affidavit_service.runtime_api import Event, Posted, RuntimeApi
from benchmarks.environments import HOME, ROOT, python_of
from benchmarks.report import Figure, paired, program

SIZES = (128, 512, 1769)
"""Megabytes of functions. Lambda developer guide: 1,769 MB have one processor."""

ANSWERS = 200
MODULES = 25
HANDLER = "price_fetcher.handler.handler"
EVENT = b'{"id": "PROD-101", "userId": "550e8400-e29b-41d4-a716-446655440000"}'
HEADS = {
    # A year: the client counts in nanoseconds, and what lies far ahead has passed for it.
    "Lambda-Runtime-Deadline-Ms": str(int(time.time() + 365 * 86_400) * 1000),
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:::function:x",
}


def figures(turns: int) -> list[Figure]:
    """Start each variant in turns."""
    found: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="affidavit-bench-") as folder:
        variants = dict(_variants(Path(folder)))
        for _ in range(turns):
            for name, (python, package) in variants.items():
                found.setdefault(name, []).append(_played(python, package))
        for name in ("pure", "compiled"):
            print(f"\nimport of the example, {name}: self ms, module")
            print("\n".join(_flames(*variants[name])))
    today = found["pure, no byte code"]

    def told(name: str, part: str) -> list[float]:
        return [one[part] for one in found[name]]

    first = [one["init"] for one in today]
    return [
        paired("import of the example, byte code", told("pure", "init"), first, "ms"),
        paired("the same, compiled", told("compiled", "init"), first, "ms", 0.4),
        paired("first answer, compiled", told("compiled", "first"), told("pure", "first"), "ms"),
        paired("an answer, compiled", told("compiled", "warm"), told("pure", "warm"), "ms"),
        *[
            paired(
                f"{kind} start and first answer, {size} MB",
                [(one["init"] + one["first"]) * 1769 / size for one in found[kind]],
                [(one["init"] + one["first"]) * 1769 / size for one in today],
                "ms",
            )
            for kind in ("pure", "compiled")
            for size in SIZES
        ],
    ]


def _variants(folder: Path) -> Iterator[tuple[str, tuple[Path, Path]]]:
    """Make folders as bundles have them: our packages and the example, in one place."""
    for name, kind, coded in (
        ("pure, no byte code", "pure", False),
        ("pure", "pure", True),
        ("compiled", "compiled", True),
    ):
        python = python_of(kind)
        package = folder / name.replace(" ", "-")
        (site,) = (HOME / kind / "lib").glob("python*/site-packages")
        shutil.copytree(
            site,
            package,
            ignore=shutil.ignore_patterns("__pycache__", "pip", "setuptools", "boto*"),
        )
        shutil.copytree(ROOT / "examples" / "price_fetcher", package / "price_fetcher")
        with contextlib.closing(sqlite3.connect(package / "prices.db")) as prices, prices:
            prices.execute("create table product_prices (product_id, price, currency)")
            prices.execute("insert into product_prices values ('PROD-101', '9.90', 'EUR')")
        if coded:
            words = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
            subprocess.run([str(python), *words, str(package)], check=False, capture_output=True)
        yield name, (python, package)


def _environ(package: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(package),
        "PYTHONDONTWRITEBYTECODE": "1",  # a function's folder cannot be written
        "AFFIDAVIT_LEDGER": f"sqlite:///{package}/ledger.db",
        "AFFIDAVIT_SOURCE_PRICES": f"sqlite:///{package}/prices.db",
        "AFFIDAVIT_PLUGINS": "sqlite",
        "AWS_REGION": "eu-west-1",
        "LAMBDA_TASK_ROOT": str(package),
        "_HANDLER": HANDLER,
    }


def _played(python: Path, package: Path) -> dict[str, float]:
    """Return the CPU milliseconds of the start, the first answer and the median one after it."""
    asked: queue.SimpleQueue[float] = queue.SimpleQueue()
    failed: list[Posted] = []

    def used() -> None:
        """Note what the function has used when it asks for an event."""
        tasks = Path(f"/proc/{function.pid}/task").iterdir()
        asked.put(sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6)

    def posted(one: Posted) -> None:
        if one.kind != "response":
            failed.append(one)

    with (
        contextlib.closing(RuntimeApi(used, posted)) as api,
        subprocess.Popen(
            [str(python), "-m", "awslambdaric", HANDLER],
            env={**_environ(package), "AWS_LAMBDA_RUNTIME_API": api.address},
            cwd=package,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        ) as function,
    ):
        try:
            spent = [asked.get(timeout=120)]
            for number in range(ANSWERS):
                api.give(Event(EVENT, {**HEADS, "Lambda-Runtime-Aws-Request-Id": f"r-{number}"}))
                spent.append(asked.get(timeout=120))
        finally:
            function.kill()
    if failed:
        raise RuntimeError(f"the example did not answer: {failed[0].body.decode()}")
    steps = [after - before for before, after in pairwise(spent)]
    return {"init": spent[0], "first": steps[0], "warm": statistics.median(steps[20:])}


def _flames(python: Path, package: Path) -> list[str]:
    """Return the modules that cost most to import, dearest first."""
    done = subprocess.run(
        [str(python), "-X", "importtime", "-c", f"import {HANDLER.rpartition('.')[0]}"],
        env=_environ(package),
        cwd=package,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = re.findall(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)", done.stderr)
    dearest = sorted(((int(us), name) for us, name in found), reverse=True)[:MODULES]
    return [f"{us / 1e3:8.2f}  {name}" for us, name in dearest]


if __name__ == "__main__":
    sys.exit(program(__doc__, figures))
