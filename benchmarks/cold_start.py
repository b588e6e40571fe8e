"""How much longer a cold start takes on top of boto3 and one pydantic model; with byte code.

What is measured ends where a handler would begin: a deployed function is never torn down.

python -m benchmarks.cold_start [--turns N] [--json FILE]
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.environments import python_of
from benchmarks.report import Figure, paired, program

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
_END = """
import os
os._exit(0)
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


def figures(turns: int) -> list[Figure]:
    """Measure whole processes, in turns, four times as often."""
    pure, compiled, peer = map(python_of, ("pure", "compiled", "peer"))
    subjects = {
        "floor": (pure, _FLOOR),
        "pure": (pure, _OURS),
        "compiled": (compiled, _OURS),
        "peer floor": (peer, _FLOOR),
        "peer": (peer, _PEER),
    }
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for python, code in subjects.values():
        _once(python, code)  # writes the byte code
    for _ in range(turns * 4):
        for name, (python, code) in subjects.items():
            times[name].append(_once(python, code))

    def added(name: str, floor: str) -> list[float]:
        # Of so many processes the quick ones were not interrupted: floors by their median.
        least = sorted(times[floor])[len(times[floor]) // 2]
        return [max(0.1, one - least) for one in times[name]]

    peers = added("peer", "peer floor")
    return [
        paired(f"cold start, {kind}", added(kind, "floor"), peers, "ms", goal)
        for kind, goal in (("pure", None), ("compiled", 0.12))
    ]


def _once(python: Path, code: str) -> float:
    """Return the CPU time of a process, in milliseconds."""
    before = _spent()
    subprocess.run([str(python), "-c", code + _END], check=True, env=_ENVIRONMENT, timeout=60)
    return (_spent() - before) * 1e3


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(program(__doc__, figures))
