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
    "affidavit._invocation.decorator": "default_runtime",
    "affidavit._invocation.steps": "invoke _declare _call _attest _deliver",
    "affidavit._invocation.start": "open_invocation state_facts",
    "affidavit._event.request": "read_request",
    "affidavit._invocation.admit": "admit",
    "affidavit._event.inputs": "read_inputs",
    "affidavit._event.actor": "find_actor",
    "affidavit._event.validate": "Shape.from_json Shape.to_json",
    "affidavit._records.tokens": "Tokens.token",
    "affidavit._records.record": "state Draft.document",
    "affidavit._records.chain": "Chain.append Chain._place _bytes seal evolve link",
    "affidavit._records.memory": "MemoryStore.append",
    "affidavit._invocation.release": "release",
    "affidavit._redact.redactor": "Redactor.clean",
    "affidavit._redact.traverse.mappings": "Walker._object",
    "affidavit._redact.traverse.text": "Texts.clean",
    "affidavit._redact.replace.by_key": "KeyReplacer.act",
    "affidavit._invocation.emit": "emit _measure _log",
    "affidavit._telemetry.emf": "Metrics.add Metrics.lines",
    "affidavit._telemetry.log": "_line",
    "affidavit._clock": "iso_utc",
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
