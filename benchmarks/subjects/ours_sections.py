"""Ours, section by section: what a runtime is given notes when it is asked, and how late it is.

Clock, keys, store, actor reader and sink come in from outside. So nothing is wrapped, and a
kernel that is compiled is timed like one that is not.
"""

import json
import statistics
import sys
import time
from itertools import pairwise

out, sys.stdout = sys.stdout, open("/dev/null", "w")  # noqa: PTH123, SIM115

from order import order, serving  # noqa: E402 - after stdout is out of the way

from affidavit.plugin import ActorReader, Clock, build_runtime  # noqa: E402

_KEPT = [
    ("tick", "declare and attest"),
    ("tick", "declare and attest"),
    ("now", "declare and attest"),
    ("store", "write, seal and link two records"),
    ("stored", "store them in memory"),
    ("tick", "declare and attest"),
]
SECTIONS = [
    ("tick", "call the wrap"),
    ("id", "recognise the source"),
    ("now", "name the attempt"),
    ("reader", "read and validate the request"),
    ("tokens", "find actor and subject"),
    ("tick", "state the facts, three tokens"),
    ("tick", "state the facts, three tokens"),
    *_KEPT,
    ("tokens", "make the handler's context"),
    ("handler", "make the handler's context"),
    ("answered", "the handler, which counts once"),
    ("tick", "validate and write the answer"),
    ("now", "state the outcome"),
    ("tick", "state the outcome"),
    *_KEPT,
    ("emit", "count, and write the metrics"),
    ("emitted", "print two lines"),
    ("now", "redact the log line"),
    ("emit", "write the log line"),
    ("emitted", "print two lines"),
    ("end", "give the answer"),
]
"""What is asked in one invocation, in this order, and what has been done since the last one."""

seen = []
clock = time.perf_counter_ns


def note(name, value=None):
    """Return a function that notes when it was called, and goes on with `value`."""

    def noted(*arguments, **named):
        seen.append((name, clock()))
        return value(*arguments, **named) if value else None

    return noted


def emit(line):
    """Print as the kernel does."""
    seen.append(("emit", clock()))
    sys.stdout.write(line + "\n")
    seen.append(("emitted", clock()))


def handler(request, context):
    """Do what `order` does."""
    seen.append(("handler", clock()))
    answer = order(request, context)
    seen.append(("answered", clock()))
    return answer


usual = Clock()
runtime = build_runtime(clock=Clock(*map(note, ("now", "tick", "id"), usual)), emit=emit)
runtime = runtime._replace(
    tokens=note("tokens", runtime.tokens),
    actor_readers=(ActorReader("none", ("apigw.v1",), note("reader")),),
)
runtime.ledger.store.before = note("store")
runtime.ledger.store.after = note("stored")
act = serving(logged=False, runtime=runtime, answer=handler)
for _ in range(300):
    act()
taken = {}
for _ in range(int(sys.argv[1])):
    seen.clear()
    began = clock()
    act()
    seen.append(("end", clock()))
    names = [name for name, _ in seen]
    if names != [name for name, _ in SECTIONS]:
        raise SystemExit(f"an invocation has other sections now: {names}")
    spent = dict.fromkeys((label for _, label in SECTIONS), 0)
    for (_, label), (before, after) in zip(
        SECTIONS, pairwise([began, *(at for _, at in seen)]), strict=True
    ):
        spent[label] += after - before
    for label, ns in spent.items():
        taken.setdefault(label, []).append(ns / 1e3)
print(json.dumps({label: statistics.median(each) for label, each in taken.items()}), file=out)
