"""The peer: add n metrics and flush them."""

import os
import sys

os.environ |= {"POWERTOOLS_SERVICE_NAME": "orders", "POWERTOOLS_METRICS_NAMESPACE": "bench"}

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from timing import measure

metrics = Metrics()


def flush(number):
    """Return a variant that flushes `number` metrics."""
    names = [f"Metric{index}" for index in range(number)]

    def act():
        for name in names:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
        metrics.flush_metrics()

    return act


numbers = (1, 10, 100)
measure([(str(n), flush(n)) for n in numbers], rounds=int(sys.argv[1]), calls=200)
