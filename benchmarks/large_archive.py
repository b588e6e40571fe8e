"""Measure what an archive of many records costs to copy, to ask and to check; times and memory.

    python -m benchmarks.large_archive [--records 10000000] [--parts 8] [--folder F] [--json FILE]

Each command runs in a process of its own, but for parts, of which as many run side by side as
there are cores. An archive of 10,000,000 records takes 8 GB of disk; with --folder it stays there,
and is not made again. No goal is held here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.years_archive import make_years

CORES: Final = os.cpu_count() or 1
SOME_DAYS: Final = ("--max-age", "1000000")
SPAN: Final = ("--from", "2022-06-01", "--to", "2022-09-01")


def together(commands: Sequence[Sequence[str]]) -> tuple[float, float, float]:
    """Run commands, some at once; return seconds by the clock, of processor, and most megabytes.

    Raises:
        SystemExit: One failed.

    """
    waiting, running = list(commands), dict[int, subprocess.Popen[bytes]]()
    spent = most = 0.0
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        while waiting or running:
            while waiting and len(running) < CORES:
                words = [sys.executable, "-m", "affidavit_cli", *waiting.pop(0)]
                begun = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said)
                running[begun.pid] = begun
            pid, status, used = os.wait4(-1, 0)
            begun = running.pop(pid)
            begun.returncode = os.waitstatus_to_exitcode(status)
            spent += used.ru_utime + used.ru_stime
            most = max(most, used.ru_maxrss / 1024)
            if begun.returncode:
                said.seek(0)
                raise SystemExit(f"{begun.args!r}: {said.read()[-2000:].decode()}")
    return time.perf_counter() - started, spent, most


def commands(folder: Path, subject: str) -> dict[str, tuple[str, ...]]:
    """Return what is asked of the archive, one command after the other."""
    where = ("--archive", f"file://{folder}/archive", "--public-key", f"{folder}/sealer.pub")
    lake, token = ("--lake", f"{folder}/lake"), ("--subject", f"token:{subject}")
    answer = ("--to-file", f"{folder}/answer.csv")
    return {
        "archive compact": ("archive", "compact", *where, "--to", f"{folder}/lake"),
        "archive compact, nothing new": ("archive", "compact", *where, "--to", f"{folder}/lake"),
        "report subject, all years": ("report", "subject", *where, *lake, *token, *answer),
        "report subject, three months": ("report", "subject", *where, *lake, *token, *SPAN),
        "report readers, three months": ("report", "readers", *where, *lake, *SPAN),
        "report readers, all years": ("report", "readers", *where, *lake),
        "report refusals, three months": ("report", "refusals", *where, *lake, *SPAN, *answer),
    }


def measure(folder: Path, records: int, parts: int) -> list[dict[str, object]]:
    """Make the archive unless it is there, and measure once."""
    figures: list[dict[str, object]] = []

    def tell(what: str, found: tuple[float, float, float], per: int = 0) -> None:
        clock, spent, most = found
        figures.append({"what": what, "clock_s": clock, "processor_s": spent, "megabytes": most})
        rate = f" {per / clock:9,.0f}/s by the clock" if per else ""
        print(f"{what:34} {clock:8.2f} s {spent:8.2f} s of processor {most:6.0f} MB{rate}")

    print(f"{records:,} records, load {os.getloadavg()[0]:.1f}")
    world = make_years(folder, records)
    for what, words in commands(folder, world.token("subject", "patient-017")).items():
        per = records if what == "archive compact" else 0
        tell(what, together([words]), per)
    print(f"the copy has {_size(folder / 'lake') / _size(folder / 'archive/segments'):.3f} of it")
    where = ("--archive", world.url, "--public-key", str(world.key_file))
    divided = [
        ("verify", "--part", f"{n}/{parts}", "--to", f"{folder}/parts/{n:03}.json", *where)
        for n in range(1, parts + 1)
    ]
    tell(f"verify, {parts} parts, {CORES} at once", together(divided), records)
    merge = ("verify", "--merge", f"{folder}/parts", *where, *SOME_DAYS)
    tell("verify, their merge", together([merge]))
    print(f"load {os.getloadavg()[0]:.1f}")
    return figures


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    """Measure once."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--records", type=int, default=10_000_000)
    options.add_argument("--parts", type=int, default=8)
    options.add_argument(
        "--folder", type=Path, help="where the archive is left; else it is removed"
    )
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="affidavit-large-") as name:
        folder = (chosen.folder or Path(name)).resolve()
        (folder / "parts").mkdir(parents=True, exist_ok=True)
        figures = measure(folder, chosen.records, chosen.parts)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
