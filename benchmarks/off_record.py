"""What looking for access past the sources costs a handler that has none, warm and cold.

    python -m benchmarks.off_record [COMMIT]

`pairs` takes turns within one process: a block of invocations with the watcher, one without it, and
so on; the difference of the least is shown, with what the hook costs for the events of one
invocation, which cannot be taken away and is added. `warm` and `cold` are processes of their own
that take turns, an earlier COMMIT beside them if one is named: there a busy machine drowns a few
microseconds. `added` is an observation with its begin and end, the kernel's own account and the
events by themselves.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAIRS: Final = 9

WITHOUT: Final = """
import os
from types import SimpleNamespace
from affidavit._invocation import decorator, steps
nothing = SimpleNamespace(found=tuple, unlisted=int, pid=os.getpid())
watching = {name: getattr(steps, name) for name in ("begin", "end", "follow_kept", "Observation")}
blind = {
    "begin": lambda _: None, "end": lambda _: None, "follow_kept": lambda: None,
    "Observation": lambda rules, token: nothing,
}
whole, bare = steps.invoke, steps.invoke.__wrapped__
def watch(on):
    for name, act in (watching if on else blind).items():
        setattr(steps, name, act)
    decorator.invoke = whole if on else bare
"""
"""Put before a program: the kernel with its watcher, or without."""

PAIRED: Final = """
import time
from affidavit import audited
from affidavit.testing import FakeContext, make_runtime, use_runtime
def plain(event, context):
    return {"n": 1}
event, context, told, handlers = {"who": "jane"}, FakeContext(), [], {}
for on in (True, False):
    watch(on)
    handlers[on] = audited(action="READ", actor="who")(plain)
def block(handler):
    with use_runtime(make_runtime()):
        for _ in range(5):
            handler(event, context)
        began = time.process_time_ns()
        for _ in range(25):
            handler(event, context)
        return (time.process_time_ns() - began) / 25
for number in range(600):
    took = {}
    for on in (True, False) if number % 2 else (False, True):
        watch(on)
        took[on] = block(handlers[on])
    told.append((took[True] / 1000, took[False] / 1000))
print(min(a for a, _ in told) - min(b for _, b in told))
"""
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
{without}
@audited
def handler(event, context):
    return {{}}
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
print(parts + count * an_event if WHOLE else count * an_event)
"""


def main(commit: str | None) -> None:
    """Print what the watcher costs, warm and cold, beside the kernel without it."""
    core = ROOT / "core"
    unwatched = WITHOUT + "decorator.look = lambda environ: None\nwatch(False)\n"
    warm = {"without": (unwatched + WARM, core), "with": (WARM, core)}
    cold = {
        "without": (COLD.format(without="from affidavit._invocation import decorator\n"
                                "decorator.look = lambda environ: None"), core),
        "with": (COLD.format(without="from affidavit._invocation import decorator"), core),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        if commit is not None:
            earlier = _unpacked(commit, folder)
            warm |= {commit: (WARM, earlier)}
            cold |= {commit: (COLD.format(without=""), earlier)}
        _compare("warm", warm, "us")
        _compare("cold", cold, "ms")
    pairs = statistics.median(_measured(WITHOUT + PAIRED, core) for _ in range(PAIRS))
    hook = min(_measured("WHOLE = False\n" + ADDED, core) for _ in range(PAIRS))
    print(f"pairs: {pairs:+.1f} us, and {hook:.1f} us for the hook: {pairs + hook:.1f} us")
    added = min(_measured("WHOLE = True\n" + ADDED, core) for _ in range(PAIRS))
    print(f"added: {added:.1f} us for a handler that reaches nothing past its sources")


def _compare(what: str, sides: Mapping[str, tuple[str, Path]], unit: str) -> None:
    told: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(PAIRS):
        for side in sorted(sides, reverse=bool(number % 2)):
            told[side].append(_measured(*sides[side]))
    least = {side: min(found) for side, found in told.items()}
    shown = ", ".join(f"{side} {value:.1f} {unit}" for side, value in least.items())
    pairs = [a - b for a, b in zip(told["with"], told["without"], strict=True)]
    print(
        f"{what}: {shown}; with - without {least['with'] - least['without']:+.1f} {unit}, "
        f"x{least['with'] / least['without']:.2f}; median of {PAIRS} pairs "
        f"{statistics.median(pairs):+.1f} {unit}"
    )


def _unpacked(commit: str, folder: str) -> Path:
    packed = subprocess.run(
        ["git", "archive", commit, "core"],  # noqa: S607 - the one that is there
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tree:
        tree.extractall(folder, filter="data")
    return Path(folder) / "core"


def _measured(program: str, path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
