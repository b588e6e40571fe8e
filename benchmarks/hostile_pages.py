"""Measure the pages of an answer of 100,000 hostile records: bytes, seconds, and memory.

    python -m benchmarks.hostile_pages [--records 100000]

Each record has markup, formulas, commands and long texts in every field; see
`tests/hostile_records.py`. What the command line prints meanwhile goes to stderr.
Exit code 1 if a page is larger than a browser likes: 4 MB, and a pack twice that.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from affidavit_cli.main import run
from affidavit_reports.lake import compact
from hostile_records import make_hostile
from running_console import Running

MOST: Final = 4_000_000
PATHS: Final = {
    "console: search": "/",
    "console: everything": "/?question=period",
    "console: its last page": "/?question=period&start=99800",
    "console: refusals": "/?question=refusals",
    "console: top readers": "/?question=readers",
    "console: an event": f"/proof/{1:032x}",
    "console: a record": f"/record/{'w' * 22}/1",
}


def main() -> int:
    """Measure once; 1 if a page is too large."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_pages")
    parser.add_argument("--records", type=int, default=100_000)
    asked = parser.parse_args()
    sizes: list[float] = []

    def tell(what: str, act: Callable[[], int], most: int = MOST) -> None:
        started = time.perf_counter()
        size = act()
        sizes.append(size / most)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{what:28} {size:10,d} bytes {seconds:7.2f} s, so far {peak:5.0f} MB", flush=True)

    print(f"{asked.records:,} records, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = make_hostile(folder, asked.records)
        lake = folder / "lake"
        compact(world.archive, world.verifier, lake, now_ms=time.time_ns() // 1_000_000)
        console = Running(world, lake=lake)
        try:
            console.open()
            for what, path in PATHS.items():
                tell(what, lambda path=path: len(console.get(path).text.encode()))  # type: ignore[misc]
        finally:
            console.stop()
        where = ("--archive", world.url, "--public-key", str(world.key_file), "--lake", str(lake))
        for what, words in {
            "pack": ("pack", "make", "period", "--template", "part11-trail"),
            "report": ("report", "period"),
        }.items():
            page = folder / f"{what}.html"
            tell(what, lambda w=words, p=page: _made((*w, *where), p), 2 * MOST)  # type: ignore[misc]
    return int(max(sizes) > 1)


def _made(words: tuple[str, ...], page: Path) -> int:
    with redirect_stdout(sys.stderr):
        run([*words, "--to-file", str(page)])
    beside = page.with_name(f"{page.name}.json")
    print(f"beside it {beside.stat().st_size:,d} bytes" if beside.exists() else "nothing beside it")
    return page.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
