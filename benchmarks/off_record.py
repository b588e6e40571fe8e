"""What looking for access past the sources costs a handler that has none, warm and cold.

    python -m benchmarks.off_record COMMIT

Compares this tree with an earlier COMMIT in one run: the two take turns, each in a process of its
own, and medians of processor time are compared. On a busy machine a few microseconds drown, so what
was added is also measured by itself: `added` is an observation with its begin and end, the kernel's
own account, and the audit events of one invocation.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ROUNDS: Final = 7

WARM: Final = """
import time
from affidavit import audited
from affidavit.testing import FakeContext, make_runtime, use_runtime
@audited(action="READ", actor="who")
def handler(event, context):
    return {"n": 1}
event, context, least = {"who": "jane"}, FakeContext(), []
for _ in range(30):
    with use_runtime(make_runtime()):
        for _ in range(20):
            handler(event, context)
        began = time.process_time_ns()
        for _ in range(100):
            handler(event, context)
        least.append((time.process_time_ns() - began) / 100)
print(min(least) / 1000)
"""
COLD: Final = """
import time
began = time.process_time_ns()
from affidavit import audited
@audited
def handler(event, context):
    return {}
import json, decimal, email.message, http.client, sqlite3, asyncio
print((time.process_time_ns() - began) / 1e6)
"""
ADDED: Final = """
import sys, timeit
from affidavit import audited
from affidavit.testing import FakeContext, make_runtime, use_runtime
from affidavit._offrecord.audit_hook import follow_kept
from affidavit._offrecord.observation import Observation, begin, end, on_own_account
from affidavit._policy.load import load_policy
@audited(action="READ", actor="who")
def handler(event, context):
    return {"n": 1}
rules, held, events = load_policy("baseline").off_record, object(), []
def observe():
    one = Observation(rules, str)
    follow_kept(); begin(one); end(one); follow_kept(); one.found(); one.unlisted()
@on_own_account
def own():
    pass
def took(act):
    return min(timeit.repeat(act, number=2000, repeat=30, globals=globals())) / 2000 * 1e6
an_event = took("id(held)")
parts = took(observe) + took(own)
with use_runtime(make_runtime()):
    event, context = {"who": "jane"}, FakeContext()
    handler(event, context)
    sys.addaudithook(lambda name, _: events.append(name))
    del events[:]
    handler(event, context)
    count = len(events)
print(parts + count * an_event)
"""


def main(commit: str) -> None:
    """Print both medians of both trees, and their difference."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["git", "archive", commit, "core"],  # noqa: S607 - the one that is there
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as tree:
            tree.extractall(folder, filter="data")
        trees = {"before": Path(folder) / "core", "now": ROOT / "core"}
        for name, program, unit in (("warm", WARM, "us"), ("cold", COLD, "ms")):
            told: dict[str, list[float]] = {tree: [] for tree in trees}
            for _ in range(ROUNDS):
                for tree, path in trees.items():
                    told[tree].append(_measured(program, path))
            middle = {tree: statistics.median(found) for tree, found in told.items()}
            more = middle["now"] - middle["before"]
            shown = ", ".join(f"{tree} {value:.1f} {unit}" for tree, value in middle.items())
            print(f"{name}: {shown}, {more:+.1f} {unit}, x{middle['now'] / middle['before']:.2f}")
        added = statistics.median(_measured(ADDED, trees["now"]) for _ in range(ROUNDS))
        print(f"added: {added:.1f} us for a handler that reaches nothing past its sources")


def _measured(program: str, path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
