"""Ours, in turns: reads a number of calls per line, answers with CPU microseconds per call."""

import sys
import time

out, sys.stdout = sys.stdout, open("/dev/null", "w")  # noqa: PTH123, SIM115

from order import act  # noqa: E402 - after stdout is out of the way

for _ in range(300):
    act()
for line in sys.stdin:
    calls = int(line)
    started = time.thread_time_ns()
    for _ in range(calls):
        act()
    print((time.thread_time_ns() - started) / calls / 1e3, file=out, flush=True)
