"""What is asked before runs start, where their files come from, and what is told of them."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from affidavit_harness.console.from_s3 import _leads_out
from affidavit_harness.run_ids import new_run_id, trace_root
from harness_cloud import Deployed, deploy, environ
from localcloud_parts import Aws
from own_process import run_affidavit

LOOK = """\
schema: affidavit-scenario/v1
name: NAME
inputs: {table: {from: terraform-output, name: table}}
actions:
  - id: seed
    uses: dynamodb.put
    with: {table: "${{ inputs.table }}", item: {pk: "${{ run.prefix }}a"}}
    undo: UNDO
  - id: read
    uses: dynamodb.get
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}a"}}
    check: [{select: item.pk, exists: true}]
"""


@pytest.fixture(scope="module")
def harness(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return deploy(aws, tmp_path_factory.mktemp("many"))


def _scenario(harness: Deployed, *words: str) -> subprocess.CompletedProcess[str]:
    where = environ(harness.aws)
    return run_affidavit("scenario", *words, folder=harness.folder, environ=where, timeout_s=300)


def test_runs_start_as_the_function_has_room_for_them(harness: Deployed) -> None:
    """A function that takes none is refused before anything starts; one that takes few is told."""
    cases = ", ".join(f"{{id: c{n}}}" for n in range(9))
    text = LOOK.replace("NAME", "nine").replace("UNDO", "auto") + f"cases: [{cases}]\n"
    (harness.folder / "nine.yaml").write_text(text)
    words = ("run", "nine.yaml", "--env", "dev", "--backend", "aws", "--max-parallel", "9")
    limit = harness.aws("lambda").put_function_concurrency
    limit(FunctionName=harness.function, ReservedConcurrentExecutions=0)
    refused = _scenario(harness, *words)
    limit(FunctionName=harness.function, ReservedConcurrentExecutions=2)
    played = _scenario(harness, *words)
    harness.aws("lambda").delete_function_concurrency(FunctionName=harness.function)

    assert "takes no run at all" in refused.stderr
    assert 0 != refused.returncode
    assert "4 of 9 runs go on at a time" in played.stderr
    assert 0 == played.returncode, played.stderr
    assert [] == harness.rows()


def test_a_run_that_no_function_takes_does_not_wait_for_its_limit(harness: Deployed) -> None:
    """A few runs are not asked about before; one that does not get on is, and is ended."""
    (harness.folder / "few.yaml").write_text(LOOK.replace("NAME", "few").replace("UNDO", "auto"))
    harness.aws("lambda").put_function_concurrency(
        FunctionName=harness.function, ReservedConcurrentExecutions=0
    )
    words = ("run", "few.yaml", "--env", "dev", "--backend", "aws", "--output", "json")
    (told,) = json.loads(_scenario(harness, *words).stdout)
    states = harness.aws("stepfunctions")
    (begun,) = states.list_executions(stateMachineArn=harness.machine)["executions"][:1]
    # The stand-in ends it once it has waited for its next try; AWS does at once.
    patience = time.monotonic() + 240
    while "RUNNING" == (status := _status(states, begun)) and time.monotonic() < patience:
        time.sleep(0.5)
    harness.aws("lambda").delete_function_concurrency(FunctionName=harness.function)

    assert ("ERROR", "its reserved concurrency is 0") == (told["verdict"], told["error"]["why"])
    assert "ABORTED" == status


def _status(states: Any, execution: dict[str, Any]) -> str:
    found = states.describe_execution(executionArn=execution["executionArn"])
    return str(found["status"])


def test_scenarios_of_a_bucket_are_fetched_anew(harness: Deployed) -> None:
    """With their harness.yaml; what was there before and is gone is not played again."""
    s3, here = harness.aws("s3"), "suites/one"
    config = (harness.folder / "harness.yaml").read_text()
    s3.put_object(Bucket=harness.bucket, Key=f"{here}/harness.yaml", Body=config.encode())
    for name in ("first", "second"):
        text = LOOK.replace("NAME", name).replace("UNDO", "auto")
        s3.put_object(Bucket=harness.bucket, Key=f"{here}/{name}.yaml", Body=text.encode())
    words = ("run", f"s3://{harness.bucket}/{here}", "--env", "dev", "--output", "json")
    both = _scenario(harness, *words)
    s3.delete_object(Bucket=harness.bucket, Key=f"{here}/second.yaml")
    one = _scenario(harness, *words)

    assert ["first", "second"] == [run["scenario"] for run in json.loads(both.stdout)]
    assert ["first"] == [run["scenario"] for run in json.loads(one.stdout)]
    nothing = _scenario(harness, "run", f"s3://{harness.bucket}/nowhere", "--env", "dev")
    assert 0 != nothing.returncode
    assert "there is no scenario" in nothing.stderr
    assert "Traceback" not in nothing.stderr


def test_nothing_in_a_bucket_is_fetched_to_outside_of_its_folder(
    harness: Deployed, tmp_path: Path
) -> None:
    """A key may begin with a slash; nothing there is written, and nothing removed first."""
    ours = tmp_path / "ours.yaml"
    ours.write_text("ours")
    harness.aws("s3").put_object(Bucket=harness.bucket, Key=str(ours), Body=b"theirs")
    for url in (f"s3://{harness.bucket}/{tmp_path}", f"s3://{harness.bucket}"):
        refused = _scenario(harness, "run", url, "--env", "dev")
        assert 0 != refused.returncode
        assert "Traceback" not in refused.stderr
    harness.aws("s3").delete_object(Bucket=harness.bucket, Key=str(ours))

    assert "ours" == ours.read_text()
    for name in ("/a", "C:/a", "C:a", "a/../b", "a\\..\\b", "\\a"):
        assert _leads_out(name)
    assert not _leads_out("suites/one.yaml")


def test_what_nothing_takes_back_is_said_before_a_run(harness: Deployed) -> None:
    """And by a dry run; not of what has a way back."""
    for name, undo in (("leaves", "none"), ("takes", "auto")):
        text = LOOK.replace("NAME", name).replace("UNDO", undo)
        (harness.folder / f"{name}.yaml").write_text(text)
    words = ("run", "leaves.yaml", "takes.yaml", "--env", "dev")
    dry = json.loads(_scenario(harness, *words, "--dry-run", "--output", "json").stdout)
    played = _scenario(harness, *words, "--debug")
    for row in harness.rows():
        harness.aws("dynamodb").delete_item(TableName=harness.table, Key=row)

    assert ["seed (dynamodb.put)", ""] == [one["not_undone"] for one in dry]
    assert "leaves: nothing takes back seed (dynamodb.put)" in played.stderr
    assert "takes: nothing" not in played.stderr
    assert "read: item.pk exists true holds" in played.stdout


def test_what_services_wrote_of_a_run_is_found_by_its_id(harness: Deployed) -> None:
    """The harness's own function says each step of it."""
    config = json.loads((harness.folder / "harness.yaml").read_text())
    config["environments"]["dev"]["logs"] = [f"/aws/lambda/{harness.function}"]
    (harness.folder / "logs.yaml").write_text(json.dumps(config))
    text = LOOK.replace("NAME", "traced").replace("UNDO", "auto")
    (harness.folder / "traced.yaml").write_text(text)
    words = ("traced.yaml", "--env", "dev", "--backend", "aws", "--config", "logs.yaml")
    done = _scenario(harness, "run", *words)
    told = _scenario(harness, "logs", "@last", "--services")

    assert 0 == done.returncode, done.stderr
    assert '"op": "act", "step": 1' in told.stdout, told.stderr
    assert '"op": "undo"' in told.stdout


def test_a_trace_is_one_that_x_ray_takes() -> None:
    """`1-`, eight digits of the second, twenty-four that no other run has."""
    parts = trace_root(new_run_id(1_795_961_818_123)).split("-")

    assert "1" == parts[0]
    assert 1_795_961_818 == int(parts[1], 16)
    assert [8, 24] == [len(one) for one in parts[1:]]
