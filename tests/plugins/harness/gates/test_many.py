"""A hundred executions at once: every verdict right, nothing left, nobody meets."""

from __future__ import annotations

import json
from pathlib import Path

from harness_cloud import deploy, environ
from localcloud_parts import Aws
from own_process import run_affidavit

SCENARIO = """\
schema: affidavit-scenario/v1
name: many
timeout: 14m
cases: [CASES]
inputs: {table: {from: terraform-output, name: prices}}
actions:
  - id: seed
    uses: dynamodb.put
    with: {table: "${{ inputs.table }}", item: {pk: "${{ run.prefix }}a", num: "${{ case.num }}"}}
    undo: auto
  - id: read
    uses: dynamodb.query
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}a"}}
    check: [{select: "items[].num", eq: ["${{ case.wanted }}"]}]
"""


def test_a_hundred_executions_do_not_meet(aws: Aws, tmp_path: Path) -> None:
    """Every tenth expects something wrong. The function runs six times at once, at most."""
    harness = deploy(aws, tmp_path)
    aws("lambda").put_function_concurrency(
        FunctionName=harness.function, ReservedConcurrentExecutions=6
    )
    cases = (f"{{id: c{n}, num: {n}, wanted: {n if n % 10 else -1}}}" for n in range(100))
    (tmp_path / "many.yaml").write_text(SCENARIO.replace("CASES", ", ".join(cases)))
    words = ("scenario", "run", "many.yaml", "--backend", "aws", "--env", "dev")
    done = run_affidavit(
        *(*words, "--max-parallel", "100", "--output", "json"),
        folder=tmp_path,
        environ=environ(aws),
        timeout_s=900,
    )
    reports = json.loads(done.stdout)

    assert [] == [report["error"] for report in reports if report["error"]]
    assert 1 == done.returncode
    assert ["PASSED" if n % 10 else "FAILED" for n in range(100)] == [
        report["verdict"] for report in reports
    ]
    assert 100 == len({report["run"] for report in reports})
    assert 0 == sum(report["leaked"] for report in reports)
    assert [] == harness.rows()
    assert [] == harness.notes()
