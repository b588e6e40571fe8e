"""Measure the harness: what the command line adds to the state machine, and what a run costs.

    python -m benchmarks.harness [--turns N] [--at-once N] [--json FILE]

One scenario is played by the state machine on a local cloud of this machine.
What is measured is the time from the command to its end, less the time between
the execution's start and stop; the first turn, in which the function starts, is
left out. Beside it stands what any program takes that imports boto3 and makes
the same two clients. What `parallel:`, batches and `cache:` gain is the time of
the execution with them, by the time without, where a site takes 0.2 s to answer;
both are played until no environment starts any more, and only then measured.
Exit code 0 if the goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from werkzeug.wrappers import Response  # noqa: E402

from benchmarks.report import Figure, conclude, paired  # noqa: E402
from harness_cloud import Deployed, deploy, environ  # noqa: E402
from harness_site import Site  # noqa: E402
from localcloud_parts import Aws, cloud_in  # noqa: E402

GOAL_S = 0.5
"""Most that the command line may add to one scenario."""

ANSWER_S = 0.2
"""So long the site takes for an answer."""

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

INPUTS = {
    "site": {"from": "terraform-output", "name": "site"},
    "table": {"from": "terraform-output", "name": "prices"},
}
ASK = {"uses": "http.request", "with": {"url": "${{ inputs.site }}/"}}
PUT = {"id": "seed", "uses": "dynamodb.put", "undo": "auto"}
TABLE = "${{ inputs.table }}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    with _harness() as harness:
        figures = [*_overhead(harness, asked.turns), _transitions(harness)]
        figures += [*_gains(harness, 3), _at_once(harness, asked.at_once)]
    return conclude(figures, asked.json)


@contextmanager
def _harness() -> Iterator[Deployed]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        site = Site()
        site.answer = _slowly
        where = f"127.0.0.1:{site.port}"
        with cloud_in(folder / "cloud") as running:
            outputs = {"site": f"http://{where}"}
            yield deploy(Aws(running.endpoint), folder, hosts=(where,), outputs=outputs)
        site.close()


def _slowly(_: object) -> Response:
    time.sleep(ANSWER_S)
    return Response("ok")


def _overhead(harness: Deployed, turns: int) -> Iterator[Figure]:
    said = environ(harness.aws)
    _run(harness, 2)
    added, floor = [], []
    for _ in range(turns):
        took, reports = _run(harness, 2)
        added.append(took - _duration(harness, reports[0]["execution"]))
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


def _gains(harness: Deployed, turns: int) -> Iterator[Figure]:
    """Yield what the time of an execution is with each of them, by the time without."""
    six = [{"id": f"ask{number}", **ASK} for number in range(6)]
    twenty = {"id": "ask", "for_each": [*range(20)], **ASK}
    keys = [f"${{{{ run.prefix }}}}{number}" for number in range(40)]
    each = {**PUT, "for_each": keys, "with": {"table": TABLE, "item": {"pk": "${{ item }}"}}}
    batch = {**PUT, "with": {"table": TABLE, "items": [{"pk": key} for key in keys]}}
    compared: dict[str, tuple[list[Any], list[Any]]] = {
        "six requests, in parallel": (six, [{"parallel": six}]),
        "twenty equal requests, cached": ([twenty], [{**twenty, "cache": "1m"}]),
        "forty items, in a batch": ([each], [batch]),
    }
    for what, (plain, better) in compared.items():
        _warm(harness, better)
        without = [_took(harness, plain) for _ in range(turns)]
        yield paired(what, [_took(harness, better) for _ in range(turns)], without, "s", 0.6)


def _warm(harness: Deployed, actions: list[Any]) -> None:
    """Play until every environment that it needs is there: what starts takes a second."""
    before, now = -1, _environments(harness)
    while now > before:
        _took(harness, actions)
        before, now = now, _environments(harness)


def _environments(harness: Deployed) -> int:
    with urlopen(f"{harness.aws.endpoint}/_affidavit/health", timeout=10) as answer:  # noqa: S310 - of this machine
        functions = json.load(answer)["functions"]
    return sum(one["environments"] for one in functions if one["function"] == harness.function)


def _took(harness: Deployed, actions: list[Any]) -> float:
    """Return how long an execution took, without the command line."""
    said: dict[str, Any] = {
        "schema": "affidavit-scenario/v1",
        "name": "gains",
        "description": "what is gained",
    }
    said |= {"inputs": INPUTS, "actions": actions}
    said |= {"assertions": [{"id": "ran", "check": [{"select": "actions", "exists": True}]}]}
    (harness.folder / "gains.yaml").write_text(json.dumps(said))
    _, reports = _play(harness, "gains.yaml")
    return _duration(harness, reports[0]["execution"])


def _at_once(harness: Deployed, number: int) -> Figure:
    """Play a scenario so many times at once: what each takes, by what one alone takes."""
    names = [f"measured-{one}.yaml" for one in range(number)]
    for name in names:
        text = (SCENARIO + READ.replace("NUMBER", "0")).replace(
            "name: measured", f"name: {name.removesuffix('.yaml')}"
        )
        (harness.folder / name).write_text(text)
    alone, _ = _play(harness, names[0])
    took, reports = _play(harness, *names, "--max-parallel", str(number))
    passed = sum(one["verdict"] == "PASSED" for one in reports)
    if passed != number:
        raise SystemExit(f"{number - passed} of {number} executions did not pass")
    each = took / number
    return Figure(f"each of {number} at once, to one alone", each, alone, "s", each / alone)


def _run(harness: Deployed, actions: int) -> tuple[float, list[dict[str, Any]]]:
    reads = (READ.replace("NUMBER", str(number)) for number in range(actions - 1))
    (harness.folder / "measured.yaml").write_text(SCENARIO + "".join(reads))
    return _play(harness, "measured.yaml")


def _duration(harness: Deployed, execution: str) -> float:
    told = harness.aws("stepfunctions").describe_execution(executionArn=execution)
    seconds: float = (told["stopDate"] - told["startDate"]).total_seconds()
    return seconds


def _play(harness: Deployed, *words: str) -> tuple[float, list[dict[str, Any]]]:
    """Run scenarios by the command; return how long it took, and the reports."""
    out = harness.folder / "out.json"
    command = [sys.executable, "-m", "affidavit_cli", "scenario", "run", *words]
    command += ["--backend", "aws", "--env", "dev", "--report", str(out)]
    took = _timed(command, environ(harness.aws), harness.folder)
    reports: list[dict[str, Any]] = json.loads(out.read_text())["runs"]
    return took, reports


def _timed(words: list[str], said: Mapping[str, str], folder: Path = ROOT) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        words, cwd=folder, env=dict(said), capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise SystemExit(f"it ended with {done.returncode}: {done.stderr}{done.stdout}")
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
