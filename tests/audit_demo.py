"""An auditor's folder from six years, and every question answered from it: `make audit-demo`.

Makes a sealed archive of 5,000 events (200 subjects, 30 actors), copies it to
Parquet, asks every question of both, compares with what is true, and writes the
packs into `build/audit-demo`. Of long tables it shows the first lines; the whole
answer is in the file beside them.
"""

from __future__ import annotations

import csv
import io
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from affidavit_cli.main import run
from affidavit_reports.questions import QUESTIONS
from archive_world import ArchiveWorld, Event, drawn, make_world

FOLDER: Final = Path("build") / "audit-demo"
PERSON, CLERK = "patient-017", "staff-03"
SINCE: Final = "2024-12-25"
SHOWN: Final = 8
"""Lines of a table that stay on the screen; what is said below it stays whole."""

TRUE: Final[dict[str, Callable[[Event], bool]]] = {
    "subject": lambda e: e.subject == PERSON,
    "actor": lambda e: e.actor == CLERK,
    "period": lambda e: True,
    "refusals": lambda e: e.outcome != "ok",
    "disclosures": lambda e: e.recipient == "insurer" and e.outcome == "ok",
    "looks": lambda e: e.action == "LEDGER_WHO",
}
"""Which events are in an answer; other questions count them."""


def main() -> int:
    """Play it; 1 if an answer is not the truth."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    started = time.perf_counter()
    world = make_world(
        FOLDER.resolve(), drawn(5000, subjects=200, actors=30, years=6, seed=2026), segment=250
    )
    lake = FOLDER / "lake"
    where = ("--archive", world.url, "--public-key", str(world.key_file))
    told = {
        "subject": ("--subject", f"token:{world.token('subject', PERSON)}"),
        "actor": ("--actor", f"token:{world.token('actor', CLERK)}"),
        "disclosures": ("--recipient", "insurer"),
    }
    print(f"5,000 events of six years sealed in {time.perf_counter() - started:.1f} s")
    codes = [_shown(["archive", "compact", *where, "--to", str(lake)])]
    for name in QUESTIONS:
        asked = ["report", name, *told.get(name, ()), *where, "--from", SINCE]
        print(f"\n$ affidavit {' '.join(asked[:2])} …")
        codes.append(_shown([*asked, "--lake", str(lake), "--to-file", str(_csv(name))]))
        codes.append(_is_true(world, name, asked))
    for template, name in (
        ("hipaa-disclosures", "subject"),
        ("gdpr-access", "subject"),
        ("pci-log-review", "refusals"),
        ("part11-trail", "period"),
        ("soc2-sample", "readers"),
    ):
        page = str(FOLDER / f"{template}.html")
        asked = ["pack", "make", name, *told.get(name, ()), *where, "--lake", str(lake)]
        print(f"\n$ affidavit {' '.join(asked[:3])} --template {template} …")
        codes.append(run([*asked, "--template", template, "--to-file", page, "--proofs", "3"]))
    print(f"\nAll of it in {time.perf_counter() - started:.1f} s; see {FOLDER}")
    return max(codes)


def _csv(name: str) -> Path:
    return FOLDER / f"{name}.csv"


def _shown(arguments: list[str]) -> int:
    """Run a command; print the first lines of its table, and everything below."""
    written = io.StringIO()
    with redirect_stdout(written):
        code = run(arguments)
    lines = written.getvalue().splitlines()
    end = next((at for at, line in enumerate(lines) if line.startswith("VERIFIED")), len(lines)) - 1
    if end > SHOWN + 2:
        lines[SHOWN + 1 : end] = [f"… and {end - SHOWN - 1} more"]
    print("\n".join(lines))
    return code


def _is_true(world: ArchiveWorld, name: str, asked: list[str]) -> int:
    """Compare the copy's answer with that of the segments, and both with what happened."""
    again = _csv(f"{name}-of-the-segments")
    with redirect_stdout(io.StringIO()):
        code = run([*asked, "--to-file", str(again)])
    if code or again.read_bytes() != _csv(name).read_bytes():
        print("NOT TRUE: the copy and the segments answer differently")
        return 1
    again.unlink()
    if name not in TRUE:
        print("The copy and the segments answer the same.")
        return 0
    with again.with_name(f"{name}.csv").open(newline="") as file:
        told = {row["request"][-12:] for row in csv.DictReader(file)}
    true = {f"{e.number:012d}" for e in world.events if e.at >= SINCE and TRUE[name](e)}
    right = told == true
    print(
        f"{'True' if right else 'NOT TRUE'}: {len(true)} events of the history, {len(told)} told."
    )
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
