"""How much longer a cold start takes on top of boto3 and one pydantic model."""

from __future__ import annotations

import statistics
import subprocess
import time
from pathlib import Path

from benchmarks.report import Figure, python_of_once

_FLOOR = """
import boto3
from pydantic import BaseModel
class Order(BaseModel):
    order_id: str
    amount: int
    email: str
"""
_OURS = (
    _FLOOR
    + """
import os
os.environ |= {"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_PLUGINS": ""}
from affidavit import audited
from affidavit._runtime.runtime import default_runtime
@audited(action="ORDER", request=Order)
def handler(request, context):
    return {}
default_runtime()
"""
)
_PEER = """
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
Logger(); Metrics(); Tracer()
from aws_lambda_powertools.utilities.data_masking import DataMasking
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
class Order(BaseModel):
    order_id: str
    amount: int
    email: str
"""
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "s",
    "POWERTOOLS_METRICS_NAMESPACE": "n",
}


def figures(rounds: int) -> list[Figure]:
    """Measure whole processes, in turn, `rounds` times each."""
    ours, peer = python_of_once("ours"), python_of_once("peer")
    subjects = {
        "floor": (ours, _FLOOR),
        "ours": (ours, _OURS),
        "peer floor": (peer, _FLOOR.replace("from pydantic", "from pydantic")),
        "peer": (peer, _PEER),
    }
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for python, code in subjects.values():
        _once(python, code)  # writes the compiled files
    for _ in range(rounds):
        for name, (python, code) in subjects.items():
            times[name].append(_once(python, code))
    median = {name: statistics.median(values) for name, values in times.items()}
    added, peers = median["ours"] - median["floor"], median["peer"] - median["peer floor"]
    return [
        Figure("cold start on top of boto3 + model", added, 30.0, "ms", added / 30.0, 1.0, True),
        Figure("cold start against the peer's", added, peers, "ms", added / peers, 0.35, True),
    ]


def _once(python: Path, code: str) -> float:
    started = time.perf_counter()
    subprocess.run([str(python), "-c", code], check=True, env=_ENVIRONMENT, timeout=60)
    return (time.perf_counter() - started) * 1e3
