"""Measure the inner loop: from a saved edit to the first answer that comes from it.

    python -m benchmarks.edit_to_answer [--turns N] [--json FILE]

The dev server serves a new project of `affidavit new`. Each turn writes the
handler and asks for an answer over HTTP that only the new code gives. Beside
it stands, turn by turn, what no reload can do without: a Python that starts and
imports what the function's process imports. What server and function compute in
that time says more on a busy machine. Exit code 0 if the goal is reached by the
clock, 1 otherwise, so look at the load.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from affidavit_service.function_process import FunctionProcess  # noqa: E402
from benchmarks.report import Figure, conclude, paired  # noqa: E402
from devserver_parts import Served, make_project, serve  # noqa: E402

GOAL_S = 1.0
"""Most that may lie between a saved edit and its answer."""

ITEM = "/items/I-100001"
CALL = "find_item(context, request.id)"
CLIENT = "import awslambdaric.__main__, awslambdaric.bootstrap"
PARTS = {
    "Python alone": "pass",
    "and Lambda's runtime client": CLIENT,
    "and the handler with its imports": f"{CLIENT}; import shop.handler",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether the goal is reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        definition = make_project(Path(folder) / "shop")
        with serve(definition, claims={"sub": "ada"}) as served:
            figures = list(_figures(served, asked.turns))
    print(f"load {os.getloadavg()[0]:.1f}")
    return conclude(figures, asked.json)


def _figures(served: Served, turns: int) -> Iterator[Figure]:
    _turn(served, 0)  # the first one fills the cache of byte code
    edits, worked, warm = [], [], []
    parts: dict[str, list[float]] = {what: [] for what in PARTS}
    for number in range(1, turns + 1):
        took, work = _turn(served, number)
        edits.append(took)
        worked.append(work)
        began = time.perf_counter()
        served.ask("GET", ITEM)
        warm.append(time.perf_counter() - began)
        for what, code in PARTS.items():
            parts[what].append(_started(code, served.folder))
    took = statistics.median(edits)
    yield Figure("edit to answer", took, GOAL_S, "s", took / GOAL_S, 1.0)
    work = statistics.median(worked)
    yield Figure("the same, in processor time", work, GOAL_S, "s", work / GOAL_S, 1.0)
    *_, imports = parts.values()
    yield paired("edit to answer, to a Python with its imports", edits, imports, "s")
    for what, each in parts.items():
        yield Figure(f"of it: {what}", statistics.median(each), took, "s", _share(each, took))
    yield Figure("a warm answer", statistics.median(warm), took, "s", _share(warm, took))


def _share(part: Sequence[float], whole: float) -> float:
    return statistics.median(part) / whole


def _turn(served: Served, number: int) -> tuple[float, float]:
    """Save an edit, ask until its answer is there, which is the first one; put the code back."""
    code = served.folder / "src/shop/handler.py"
    text = code.read_text("utf-8")
    spare = served.server.functions.spare("read")
    had = _computed(spare)
    began, own = time.perf_counter(), time.process_time()
    code.write_text(text.replace(CALL, f'Item(id=request.id, state="edit-{number}")'), "utf-8")
    _, _, answer = served.ask("GET", ITEM)
    took = time.perf_counter() - began
    work = time.process_time() - own + _computed(spare) - had
    if f"edit-{number}" not in answer:
        raise SystemExit(f"the answer is not that of the edit: {answer[:200]}")
    code.write_text(text, "utf-8")
    served.ask("GET", ITEM)
    return took, work


def _computed(process: FunctionProcess) -> float:
    """Return the processor time that a process has had, in seconds; see proc(5)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _started(code: str, folder: Path) -> float:
    """Return how long a Python takes that does this and nothing else."""
    path = os.pathsep.join([str(folder / "src"), *(one for one in sys.path if one)])
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=120)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
