"""The state machine on the local cloud: the real definition, the real function, real tables."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import repository as repo
from affidavit_harness.machine import machine
from harness_cloud import Deployed, deploy, environ
from harness_site import Site
from localcloud_parts import Aws
from own_process import run_affidavit

SCENARIO = """\
schema: affidavit-scenario/v1
name: NAME
timeout: 2m
inputs:
  table: {from: terraform-output, name: prices}
actions:
  - id: seed
    uses: dynamodb.put
    with: {table: "${{ inputs.table }}", item: {pk: "${{ run.prefix }}a", price: 12.5}}
    undo: auto
  - id: read
    uses: dynamodb.get
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}a"}}
    check: [{select: item.price, eq: WANTED}]
    capture: {price: item.price}
  - id: again
    uses: dynamodb.query
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}a"}}
    check: [{select: "items[0].price", eq: "${{ vars.price }}"}]
assertions:
  - {id: kept, check: [{select: vars.price, gt: 1}]}
"""


@pytest.fixture(scope="module")
def harness(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return deploy(aws, tmp_path_factory.mktemp("harness"))


def _run(
    harness: Deployed, text: str, *options: str, env: str = "dev"
) -> tuple[int, list[dict[str, Any]], str]:
    folder = harness.folder / f"s{time.monotonic_ns()}"
    folder.mkdir()
    (folder / "test.yaml").write_text(text)
    done = run_affidavit(
        *("scenario", "run", ".", "--backend", "aws", "--env", env),
        *("--config", "../harness.yaml", "--output", "json", *options),
        folder=folder,
        environ=environ(harness.aws),
        timeout_s=600,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else [], done.stderr


def _text(name: str, wanted: str = "12.5") -> str:
    return SCENARIO.replace("NAME", name).replace("WANTED", wanted)


def _history(harness: Deployed, execution: str) -> list[dict[str, Any]]:
    told = harness.aws("stepfunctions").get_execution_history(executionArn=execution)
    return list(told["events"])


def test_a_scenario_passes_in_the_machine(harness: Deployed) -> None:
    """Captures flow from action to action, and nothing is left."""
    code, reports, err = _run(harness, _text("passes"))

    assert 0 == code, (err, reports[0]["error"])
    assert ["passed"] * 3 == [one["state"] for one in reports[0]["actions"]]
    assert [True] == [one["ok"] for one in reports[0]["cleanup"]]
    assert [] == harness.rows()
    assert [] == harness.notes()


def test_an_action_takes_two_transitions(harness: Deployed) -> None:
    """And the rest does not grow with their number."""
    _, reports, _ = _run(harness, _text("counted"))
    names = [
        event["stateEnteredEventDetails"]["name"]
        for event in _history(harness, reports[0]["execution"])
        if event["type"].endswith("StateEntered")
    ]

    assert 3 == names.count("ExecuteAtomicAction")
    assert 2 * 3 >= sum("Action" in name and "Prepare" not in name for name in names) - 1
    assert 17 >= len(names), names


def test_a_wrong_expectation_fails_and_cleans_up(harness: Deployed) -> None:
    """Expected and actual are told; the execution failed; nothing is left."""
    code, reports, err = _run(harness, _text("fails", "13"))
    told = harness.aws("stepfunctions").describe_execution(executionArn=reports[0]["execution"])

    assert 1 == code, err
    assert ("FAILED", 0) == (reports[0]["verdict"], reports[0]["leaked"])
    assert ("FAILED", "Test.Failed") == (told["status"], told["error"])
    finding = reports[0]["actions"][1]["findings"][0]
    assert (13, 12.5) == (finding["expected"], finding["actual"])
    assert "not run" == reports[0]["actions"][2]["state"]
    assert [] == harness.rows()


def test_an_action_that_cannot_be_done_is_an_error(harness: Deployed) -> None:
    """Another verdict, another exit code; nothing is left."""
    text = _text("errs").replace(
        'key: {pk: "${{ run.prefix }}a"}}\n    check: [{select: item',
        "key: {wrong: b}}\n    check: [{select: item",
    )
    code, reports, err = _run(harness, text)

    assert 3 == code, err
    assert "ValidationException" == reports[0]["error"]["name"]
    assert [] == harness.rows()


def test_a_wait_goes_through_the_machine(harness: Deployed) -> None:
    """What takes longer than one call of the function, the machine waits for."""
    text = _text("waits", "99").replace(
        "    capture: {price: item.price}\n",
        "    capture: {price: item.price}\n    eventually: {timeout: 24s, every: 12s}\n",
    )
    code, reports, _ = _run(harness, text)

    assert 1 == code
    assert 2 <= reports[0]["actions"][1]["tries"]
    assert "not within 24s" == reports[0]["actions"][1]["why"]
    names = [
        event.get("stateEnteredEventDetails", {}).get("name")
        for event in _history(harness, reports[0]["execution"])
    ]
    assert "WaitBeforePoll" in names


@pytest.mark.parametrize("options", [(), ("--no-wait",)])
def test_a_machine_that_is_not_there_is_nothing_selected(
    options: tuple[str, ...], harness: Deployed
) -> None:
    """Exit code 5: it must not look like a test that found something, nor like success."""
    config = json.loads((harness.folder / "harness.yaml").read_text())
    config["environments"]["dev"]["machine"] += "-gone"
    other = harness.folder / "gone.yaml"
    other.write_text(json.dumps(config))
    code, reports, err = _run(harness, _text("gone"), "--config", str(other), *options)

    assert 5 == code, err
    assert "Traceback" not in err
    if not options:
        assert "StateMachineDoesNotExist" == reports[0]["error"]["name"]


def test_missing_credentials_are_exit_4(harness: Deployed) -> None:
    """Not an error of the harness, and nothing to look for in a report."""
    folder = harness.folder / "denied"
    folder.mkdir()
    (folder / "test.yaml").write_text(_text("denied"))
    clean = {n: v for n, v in environ(harness.aws).items() if not n.startswith("AWS_")}
    place = {"AWS_ENDPOINT_URL": harness.aws.endpoint, "AWS_DEFAULT_REGION": "eu-west-1"}
    done = run_affidavit(
        *("scenario", "run", ".", "--backend", "aws", "--env", "dev"),
        *("--config", "../harness.yaml"),
        folder=folder,
        environ={**clean, **place, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)},
    )

    assert 4 == done.returncode, done.stderr
    assert "NoCredentialsError" in done.stdout


def test_a_secret_is_in_no_history_report_log_or_table(harness: Deployed) -> None:
    """It is looked up where it is used, and hidden in all that is told of it."""
    secret = "s3cr3t/+ value&more"  # noqa: S105 - what URL-encoding and base64 change
    name = harness.aws.name("token")
    harness.aws("secretsmanager").create_secret(Name=name, SecretString=secret)
    held = 'item: {pk: "${{ run.prefix }}a", price: 12.5'
    text = _text("secret").replace(held, held + ', token: "${{ inputs.token }}"')
    text = text.replace(
        "inputs:\n", f"inputs:\n  token: {{from: secretsmanager, name: {name}, secret: true}}\n"
    )
    text = text.replace(
        "capture: {price: item.price}",
        "capture: {price: item.price, token: {select: item.token, secret: true}}",
    )
    text = text.replace(
        'check: [{select: "items[0].price"',
        'check: [{select: "items[0].token", eq: "${{ vars.token }}"},'
        ' {select: "items[0].token", ne: "${{ vars.price }}"}, {select: "items[0].price"',
    )
    code, reports, err = _run(harness, text, "--report", "r.html", "--report", "r.xml")
    folder = max(harness.folder.glob("s*"), key=lambda path: path.stat().st_mtime)
    written = "".join(one.read_text() for one in folder.rglob("*") if one.is_file())

    assert 0 == code, (err, reports)
    assert "***" in json.dumps(reports)
    for place in (
        json.dumps(_history(harness, reports[0]["execution"]), default=str),
        json.dumps(harness.notes()),
        "\n".join(harness.aws.log(harness.function)),
        "".join(_objects(harness)),
        written,
        err,
    ):
        for form in (secret, quote(secret, safe=""), b64encode(secret.encode()).decode()):
            assert form not in place


def _objects(harness: Deployed) -> Iterator[str]:
    client = harness.aws("s3")
    for one in client.list_object_versions(Bucket=harness.bucket).get("Versions", []):
        told = client.get_object(Bucket=harness.bucket, Key=one["Key"], VersionId=one["VersionId"])
        yield told["Body"].read().decode()


def test_real_data_cannot_be_written(harness: Deployed) -> None:
    """A key that is not the run's own is refused before it is sent."""
    text = _text("touches").replace('item: {pk: "${{ run.prefix }}a"', 'item: {pk: "ACME"')
    code, reports, _ = _run(harness, text)

    assert (3, "Harness.Key", 0) == (code, reports[0]["error"]["name"], reports[0]["leaked"])
    assert [] == harness.rows()
    assert [] == harness.notes()


def test_an_execution_that_is_ended_from_outside_is_swept(harness: Deployed) -> None:
    """No state runs then. EventBridge tells the sweeper, which finds the note."""
    text = _text("ended", "99").replace(
        "    capture: {price: item.price}\n",
        "    capture: {price: item.price}\n    eventually: {timeout: 90s, every: 25s}\n",
    )
    folder = harness.folder / "ended"
    folder.mkdir()
    code, started, err = _run(harness, text, "--no-wait")
    assert 0 == code, err
    execution = started[0]["execution"]
    deadline = time.monotonic() + 30
    while not harness.rows() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert 1 == len(harness.rows())
    harness.aws("stepfunctions").stop_execution(executionArn=execution)
    name = execution.rpartition(":")[2]
    event = {"detail": {"status": "ABORTED", "name": name, "executionArn": execution}}
    swept = harness.aws.call(harness.function, event)

    assert {"swept": 1, "left": 0} == swept
    assert [] == harness.rows()
    assert {"swept": 0, "left": 0} == harness.aws.call(harness.function, {"op": "sweep"})


def test_another_set_of_actions_and_another_environment_are_refused(harness: Deployed) -> None:
    """Whoever starts an execution by hand gets no further."""
    run = {"id": "0" * 26, "scenario": "s", "case": "c", "env": "prod"}
    run |= {"started_ms": 0, "deadline_ms": 0}
    key = {"key": "k", "version": "v", "sha256": "0" * 64}
    data = json.dumps({"schema": "affidavit-scenario/v1", "name": "test", "actions": [
        {"id": "a", "uses": "s3.get", "with": {"bucket": "b", "key": "k"}}]}).encode()  # fmt: skip
    told = harness.aws("s3").put_object(Bucket=harness.bucket, Key="k", Body=data)
    import hashlib

    key |= {"version": told["VersionId"], "sha256": hashlib.sha256(data).hexdigest()}
    state = {"run": run, "case": {}, "overrides": {}, "manifest": "x", "scenario": key}
    event = {"op": "prepare", "execution": "e", "state": state}
    first = harness.aws.call(harness.function, event)
    spoilt = {**event, "state": {**state, "scenario": {**key, "sha256": "1" * 64}}}

    assert "Harness.Manifest" == first["error"]["name"]
    assert "ERROR" == first["cursor"]["outcome"]
    assert "errorType" in harness.aws.call(harness.function, spoilt)


def test_the_definition_catches_on_each_task_and_repeats_for_infrastructure_only() -> None:
    """A Catch further out would lose what has to be undone."""
    states = machine()["States"]
    tasks = [one for one in states.values() if one["Type"] == "Task"]

    assert 6 == len(tasks)
    for task in tasks:
        assert ["States.ALL"] == task["Catch"][0]["ErrorEquals"]
        for retry in task["Retry"]:
            assert all(name.startswith("Lambda.") for name in retry["ErrorEquals"])
            assert "FULL" == retry["JitterStrategy"]
    text = json.dumps(machine())
    assert "QueryLanguage" not in text
    assert "Assign" not in text
    assert {"Succeed", "Fail"} == {states[n]["Type"] for n in states if n.startswith("Test")}


def test_terraform_deploys_this_definition_and_these_rights() -> None:
    """`affidavit scenario machine` and `rights` write the files again."""
    from affidavit_harness.actions.builtin import BUILTIN
    from affidavit_harness.registry import registry_of

    folder = repo.ROOT / "terraform" / "modules" / "test_harness"
    ours = registry_of([("harness", one) for one in BUILTIN])
    told = json.loads((folder / "rights.json").read_text())

    assert machine() == json.loads((folder / "machine.asl.json").read_text())
    assert ours.manifest() == told["manifest"]
    assert list(ours.statements("read")) == told["read"]
    assert list(ours.statements("write")) == told["write"]
    assert list(ours.statements("sweep")) == told["sweep"]


def test_a_run_that_nobody_waited_for_can_be_watched(harness: Deployed) -> None:
    """`--no-wait` gives no verdict; `watch` and `status` fetch it."""
    code, started, err = _run(harness, _text("later"), "--no-wait")
    assert 0 == code, err
    folder = max(harness.folder.glob("s*"), key=lambda path: path.stat().st_mtime)

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_affidavit("scenario", *arguments, folder=folder, environ=environ(harness.aws))

    watched = ask("watch", started[0]["execution"])
    assert 0 == watched.returncode, watched.stderr
    assert "action.ended" in watched.stderr
    assert 0 == ask("status", started[0]["run"]).returncode
    assert "PASSED" == json.loads(ask("report").stdout)["verdict"]
    assert 2 == ask("run", ".", "--keep", "--backend", "aws").returncode
    assert 2 == ask("run", ".", "--no-wait").returncode


def test_what_a_deployed_run_left_can_be_cleaned_up_from_here(harness: Deployed) -> None:
    """The notes of the machine are in its table."""
    entry = {"run": "0" * 26, "number": 1, "action": "seed", "uses": "dynamodb.delete"}
    entry |= {
        "params": {"table": harness.table, "key": {"pk": f"itest-{'0' * 26}-x"}},
        "env": "dev",
    }
    entry |= {"expires_s": 1, "secrets": {}}
    harness.aws("dynamodb").put_item(
        TableName=harness.table, Item={"pk": {"S": f"itest-{'0' * 26}-x"}}
    )
    harness.aws("dynamodb").put_item(
        TableName=harness.undo,
        Item={"run": {"S": "0" * 26}, "number": {"N": "1"}, "entry": {"S": json.dumps(entry)}},
    )
    done = run_affidavit(
        *("scenario", "cleanup", "--expired", "--env", "dev"),
        folder=harness.folder,
        environ=environ(harness.aws),
    )

    assert 0 == done.returncode, done.stderr
    assert "1 undone, 0 left behind" in done.stdout
    assert [] == harness.rows()
    assert [] == harness.notes()


def test_ctrl_c_lets_the_machine_clean_up(harness: Deployed) -> None:
    """The run is asked to stop; ending the execution would skip its clean-up."""
    text = _text("stopped", "99").replace(
        "    capture: {price: item.price}\n",
        "    capture: {price: item.price}\n    eventually: {timeout: 90s, every: 21s}\n",
    )
    folder = harness.folder / "interrupted"
    folder.mkdir()
    (folder / "test.yaml").write_text(text)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "affidavit_cli", "scenario", "run", ".", "--backend", "aws"),
            *("--env", "dev", "--config", "../harness.yaml", "--output", "json"),
        ],
        cwd=folder,
        env=environ(harness.aws),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not harness.rows() and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    report = json.loads(out)[0]

    assert 130 == process.returncode, err
    assert ("ERROR", "Harness.Stopped") == (report["verdict"], report["error"]["name"])
    assert [] == harness.rows()
    assert [] == harness.notes()


def test_a_deployed_function_calls_a_local_target_only_where_its_environment_says_so(
    aws: Aws, harness: Deployed, tmp_path: Path
) -> None:
    """The same scenario, the same site; the other harness has no hosts and no local targets."""
    text = """\
schema: affidavit-scenario/v1
name: over-http
actions:
  - id: ask
    uses: http.request
    with: {url: "http://127.0.0.1:PORT/p/${{ run.prefix }}a", query: {flag: true}}
    check: [{select: status, eq: 200}, {select: body, eq: ok}]
"""
    site = Site()
    text = text.replace("PORT", str(site.port))
    there = deploy(aws, tmp_path, hosts=(f"127.0.0.1:{site.port}",))
    try:
        code, reports, err = _run(there, text)
        refused, others, _ = _run(harness, text)
    finally:
        site.close()

    assert 0 == code, (reports, err)
    assert ["true"] == site.seen[0].args.getlist("flag")
    assert site.seen[0].path.startswith("/p/itest-")
    assert 3 == refused
    assert "Harness.Host" == others[0]["error"]["name"]
    assert 1 == len(site.seen)
