"""An auditor's folder from six years, and every question answered from it: `make audit-demo`.

Makes a sealed archive of 5,000 events (200 subjects, 30 actors), copies it to
Parquet, asks every question of both, compares with what is true, and writes the
packs into `build/audit-demo`.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from affidavit_cli.main import run
from affidavit_reports.questions import QUESTIONS
from archive_world import drawn, make_world

FOLDER = Path("build") / "audit-demo"
PERSON, CLERK = "patient-017", "staff-03"


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
    codes = [run(["archive", "compact", *where, "--to", str(lake)])]
    for name in QUESTIONS:
        file = str(FOLDER / f"{name}.csv")
        asked = ["report", name, *told.get(name, ()), *where, "--lake", str(lake)]
        print(f"\n$ affidavit {' '.join(asked[:2])} …")
        codes.append(run([*asked, "--from", "2024-12-25", "--to-file", file]))
    for template, name in (
        ("hipaa-disclosures", "subject"),
        ("gdpr-access", "subject"),
        ("pci-log-review", "refusals"),
        ("part11-trail", "period"),
        ("soc2-sample", "readers"),
    ):
        page = str(FOLDER / f"{template}.html")
        asked = ["pack", "make", name, *told.get(name, ()), *where, "--lake", str(lake)]
        codes.append(run([*asked, "--template", template, "--to-file", page, "--proofs", "3"]))
    print(f"\nAll of it in {time.perf_counter() - started:.1f} s; see {FOLDER}")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
