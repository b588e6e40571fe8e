"""Ours, step by step: the time that each function of the kernel takes for itself.

A profiler makes a short function look long. Here only the functions below are
timed, where they stand in a whole invocation, and the clock's own cost is taken
off. What they call belongs to them unless it is listed too.
"""

import importlib
import json
import sys
import time
from collections import defaultdict

STEPS = {
    "affidavit.wrap": "default_runtime",
    "affidavit.invocation": "invoke _declare _call _attest _deliver",
    "affidavit.opening": "open_call state_facts",
    "affidavit.request": "read_request",
    "affidavit.admit": "admit",
    "affidavit.inputs": "read_inputs",
    "affidavit.actor": "find_actor",
    "affidavit.validate": "Shape.from_json Shape.to_json",
    "affidavit.tokens": "Tokens.token",
    "affidavit.record": "state Draft.document",
    "affidavit.chain": "Chain.append Chain._place _bytes seal evolve link",
    "affidavit.memory": "MemoryStore.append",
    "affidavit.answer": "release",
    "affidavit.redact.engine": "Redactor.clean",
    "affidavit.redact.walk": "Walker._object",
    "affidavit.redact.text": "Texts.clean",
    "affidavit.redact.judge": "Judge.act",
    "affidavit.tell": "tell _measure _log",
    "affidavit.measure": "Metrics.add Metrics.lines",
    "affidavit.log": "_line",
    "affidavit.clock": "iso_utc",
}
CALLS = 50

spent = defaultdict(int)
count = defaultdict(int)
above = []
clock = time.thread_time_ns


def timed(name, function):
    """Return `function`, which adds what it takes for itself to `spent`."""

    def wrapper(*arguments, **named):
        above.append(0)
        started = clock()
        try:
            return function(*arguments, **named)
        finally:
            took = clock() - started
            spent[name] += took - above.pop()
            count[name] += 1
            if above:
                above[-1] += took + OUTSIDE

    return wrapper


def calibrate():
    """Return what timing costs inside and outside of what is timed, in nanoseconds."""
    nothing = timed("", lambda: None)
    started = clock()
    for _ in range(50_000):
        nothing()
    inside = spent.pop("") / 50_000
    return inside, (clock() - started) / 50_000 - inside


def wrap(module, path):
    """Time one function wherever the kernel has its name."""
    name = f"{module.__name__.removeprefix('affidavit.')}.{path}"
    holder, _, attribute = path.rpartition(".")
    if holder:
        owner = getattr(module, holder)
        setattr(owner, attribute, timed(name, vars(owner)[attribute]))
        return
    function = getattr(module, path)
    made = timed(name, function)
    for one in list(sys.modules.values()):
        if one.__name__.startswith("affidavit") and vars(one).get(path) is function:
            setattr(one, path, made)


out, sys.stdout = sys.stdout, open("/dev/null", "w")  # noqa: PTH123, SIM115
OUTSIDE = 0
inside, OUTSIDE = calibrate()
from order import act  # noqa: E402 - what is imported now is measured

for module, paths in STEPS.items():
    for path in paths.split():
        wrap(importlib.import_module(module), path)
for _ in range(200):
    act()
best = {}
for _ in range(int(sys.argv[1])):
    spent.clear()
    count.clear()
    for _ in range(CALLS):
        act()
    for name, total in spent.items():
        us = max(0.0, total - count[name] * inside) / CALLS / 1e3
        best[name] = min(best.get(name, us), us)
times = {name: [us, count[name] / CALLS] for name, us in best.items()}
print(json.dumps(times), file=out)
