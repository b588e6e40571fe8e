"""What a compliance suite costs a developer: `python -m benchmarks.compliance_kit`.

One handler, the `dev` profile, a fresh interpreter: seconds and the largest memory of the whole
run of pytest, and how long it takes until the first failure of a broken handler is printed.
Seconds of the processor stand beside those of the clock: on a busy machine only they compare.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

SUITE: Final = """
from pydantic import BaseModel, Field
from affidavit import Query, audited
from affidavit_testing import compliance_suite

FIND = Query(name="find", sql="select note from notes where id = :id", binds=frozenset({"id"}))

class Asked(BaseModel):
    id: str = Field(pattern="^N-[0-9]{6,9}$")

class Note(BaseModel):
    note: str

@audited(action="READ", request=Asked, response=Note, subject="id")
def handler(asked, context):
    SAY
    row = context.source("notes").fetch_one(FIND, {"id": asked.id})
    return None if row is None else Note(note=str(row["note"])[:9])

TestNotes = compliance_suite(
    handler, policy="hipaa", sources={"notes": {"find": {"note": "it is fine"}}}
)
"""

GOALS: Final = "goals: 10 s and 130 MB for the whole suite, 2 s to the first failure"


class Cost(NamedTuple):
    """Seconds of the clock and of the processor, and megabytes at most."""

    seconds: float
    processor: float
    megabytes: float


def measured(say: str, *arguments: str) -> Cost:
    """Run the suite around a handler that also does `say`."""
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "test_notes.py"
        (Path(folder) / "pytest.ini").write_text("[pytest]\n")
        program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        # As when somebody who has run it breaks it: pytest has kept the bytecode of what it
        # rewrites, Hypothesis the constants of the code.
        environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        where: dict[str, Any] = {"cwd": folder, "env": environ, "stdout": subprocess.DEVNULL}
        suite.write_text(SUITE.replace("SAY", "pass"))
        subprocess.run([*program, "-k", "nothing_raw"], check=True, timeout=600, **where)
        suite.write_text(SUITE.replace("SAY", say))
        started = time.perf_counter()
        process = subprocess.Popen(program, **where)
        _, _, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    return Cost(seconds, used.ru_utime + used.ru_stime, _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    # Linux counts kilobytes, macOS bytes.
    return used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def main() -> None:
    """Print three lines."""
    whole = measured("pass")
    first = measured("print(asked.id)", "-x", "-k", "nothing_raw")
    print(f"{'dev profile, one handler':28}{_told(whole)}")
    print(f"{'until the first failure':28}{_told(first)}")
    print(GOALS)


def _told(cost: Cost) -> str:
    return (
        f"{cost.seconds:6.1f} s ({cost.processor:.1f} s of a processor), "
        f"{cost.megabytes:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
