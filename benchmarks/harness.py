"""Measure the harness: what the command line adds to the state machine, and what a run costs.

    python -m benchmarks.harness [--turns N] [--json FILE]

One scenario is played by the state machine on a local cloud of this machine.
What is measured is the time from the command to its end, less the time between
the execution's start and stop; the first turn, in which the function starts, is
left out. Beside it stands what any program takes that imports boto3 and makes
the same two clients. Exit code 0 if the goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks.report import Figure, as_json, table  # noqa: E402
from harness_cloud import Deployed, deploy, environ  # noqa: E402
from localcloud_parts import Aws, cloud_in  # noqa: E402

GOAL_S = 1.0
"""Most that the command line may add to one scenario."""

TRANSITIONS = 2.0
"""Most that an action may add."""

FLOOR = "import boto3; [boto3.client(one) for one in ('s3', 'stepfunctions')]"

SCENARIO = """\
schema: affidavit-scenario/v1
name: measured
inputs: {table: {from: terraform-output, name: prices}}
actions:
  - id: seed
    uses: dynamodb.put
    with: {table: "${{ inputs.table }}", item: {pk: "${{ run.prefix }}a", price: 12.5}}
    undo: auto
"""

READ = """\
  - id: read_NUMBER
    uses: dynamodb.get
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}a"}}
    check: [{select: item.price, eq: 12.5}]
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    with _harness() as harness:
        figures = [*_overhead(harness, asked.turns), _transitions(harness)]
    sys.stdout.write(table(figures) + "\n")
    if asked.json is not None:
        asked.json.write_text(json.dumps(as_json(figures), indent=1))
    return 0 if all(one.reached for one in figures) else 1


@contextmanager
def _harness() -> Iterator[Deployed]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with cloud_in(folder / "cloud") as running:
            yield deploy(Aws(running.endpoint), folder)


def _overhead(harness: Deployed, turns: int) -> Iterator[Figure]:
    said = environ(harness.aws)
    _run(harness, 2)
    added, floor = [], []
    for _ in range(turns):
        took, reports = _run(harness, 2)
        told = harness.aws("stepfunctions").describe_execution(executionArn=reports[0]["execution"])
        added.append(took - (told["stopDate"] - told["startDate"]).total_seconds())
        floor.append(_timed([sys.executable, "-c", FLOOR], said))
    ours, other = statistics.median(added), statistics.median(floor)
    what = "command line beyond the execution"
    yield Figure(what, ours, GOAL_S, "s", ours / GOAL_S, 1.0, at_most=True)
    yield Figure("the same, to boto3 alone", ours, other, "s", ours / other, 3.0, at_most=True)


def _transitions(harness: Deployed) -> Figure:
    few, many = (_entered(harness, _run(harness, number)[1]) for number in (2, 12))
    per_action = (many - few) / 10
    what = "transitions per action"
    return Figure(what, per_action, 1, "", per_action, TRANSITIONS, at_most=True)


def _entered(harness: Deployed, reports: list[dict[str, Any]]) -> int:
    told = harness.aws("stepfunctions").get_execution_history(executionArn=reports[0]["execution"])
    return sum(event["type"].endswith("StateEntered") for event in told["events"])


def _run(harness: Deployed, actions: int) -> tuple[float, list[dict[str, Any]]]:
    reads = (READ.replace("NUMBER", str(number)) for number in range(actions - 1))
    (harness.folder / "measured.yaml").write_text(SCENARIO + "".join(reads))
    out = harness.folder / "out.json"
    took = _timed(
        [
            *(
                sys.executable,
                "-m",
                "affidavit_cli",
                "scenario",
                "run",
                "measured.yaml",
                "--backend",
                "aws",
            ),
            *("--env", "dev", "--report", str(out)),
        ],
        environ(harness.aws),
        harness.folder,
    )
    reports: list[dict[str, Any]] = json.loads(out.read_text())["runs"]
    return took, reports


def _timed(words: list[str], said: Mapping[str, str], folder: Path = ROOT) -> float:
    began = time.perf_counter()
    subprocess.run(words, cwd=folder, env=dict(said), capture_output=True, timeout=300, check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
