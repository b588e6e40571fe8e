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
import json
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.environments import HOME, ROOT, python_of
from benchmarks.report import Figure, paired, program

SIZES = (128, 512, 1769)
"""Megabytes of functions. Lambda developer guide: 1,769 MB have one processor."""

ANSWERS = 200
MODULES = 25
HANDLER = "price_fetcher.handler.handler"


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


class _Api(ThreadingHTTPServer):
    """Lambda's runtime API: hands out one event after the other."""

    def __init__(self, most: int) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.most, self.asked, self.done = most, 0, Event()
        self.pid = 0
        self.spent: list[float] = []

    def note(self) -> None:
        """Note what the function has used when it asks for an event."""
        used = sum(
            int((task / "schedstat").read_text().split()[0])
            for task in Path(f"/proc/{self.pid}/task").iterdir()
        )
        self.spent.append(used / 1e6)


class _Exchange(BaseHTTPRequestHandler):
    server: _Api
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.note()
        if self.server.asked >= self.server.most:
            self.server.done.set()
            return
        self.server.asked += 1
        event = {"id": "PROD-101", "userId": "550e8400-e29b-41d4-a716-446655440000"}
        self._answer(200, event, f"r-{self.server.asked}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/init/error"):
            self.server.done.set()
        self._answer(202, {"status": "OK"}, "")

    def _answer(self, code: int, said: Any, request: str) -> None:
        body = json.dumps(said).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if request:
            self.send_header("Lambda-Runtime-Aws-Request-Id", request)
            self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:::function:x")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _played(python: Path, package: Path) -> dict[str, float]:
    """Return the CPU milliseconds of the start, the first answer and the median one after it."""
    api = _Api(ANSWERS)
    Thread(target=api.serve_forever, daemon=True).start()
    where = f"{api.server_address[0]}:{api.server_address[1]}"
    with subprocess.Popen(
        [str(python), "-m", "awslambdaric", HANDLER],
        env={**_environ(package), "AWS_LAMBDA_RUNTIME_API": where},
        cwd=package,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as function:
        api.pid = function.pid
        Thread(target=function.stdout.read if function.stdout else str, daemon=True).start()
        try:
            if not api.done.wait(120) or len(api.spent) <= ANSWERS:
                raise RuntimeError("the example did not run under the runtime client")
        finally:
            function.kill()
            api.shutdown()
            api.server_close()
    steps = [after - before for before, after in zip(api.spent, api.spent[1:], strict=False)]
    return {"init": api.spent[0], "first": steps[0], "warm": statistics.median(steps[20:])}


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
