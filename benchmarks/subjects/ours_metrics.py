"""Ours: add n metrics and write the line."""

import os
import sys

os.environ |= {"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_PLUGINS": ""}

from timing import measure

from affidavit._runtime.runtime import default_runtime
from affidavit._telemetry.emf import Metrics

runtime = default_runtime()
common = {"FunctionName": "orders", "Action": "ORDER"}


def flush(number):
    """Return a variant that flushes `number` metrics."""
    names = [f"Metric{index}" for index in range(number)]

    def act():
        metrics = Metrics(runtime.redactor, lambda *_: None)
        for name in names:
            metrics.add(name, 1, "Count")
        for line in metrics.lines(1769169600000, "bench", common):
            print(line)

    return act


numbers = (1, 10, 100)
measure([(str(n), flush(n)) for n in numbers], rounds=int(sys.argv[1]), calls=200)
