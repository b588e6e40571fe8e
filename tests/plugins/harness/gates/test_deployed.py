"""Deployed by Terraform on the local cloud: the module, the machine, the roles, a real run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from e2e.framework.bundles import bundle
from harness_cloud import environ
from localcloud_parts import RUNTIME, Aws, eventually
from terraform_tool import HCL, MISSING, Terraform, find_terraform
from terraform_tool import ROOT as ROOT_FOLDER

pytestmark = pytest.mark.skipif(find_terraform() is None, reason=MISSING)

CRASHING = Path(__file__).with_name("crashing.py")
PLUGINS = "dynamodb,harness,ledger,crash=crashing"

ROOT = """\
terraform {
  backend "local" {}
}

provider "aws" {
  region = "eu-west-1"
}

variable "path" { type = string }
variable "environment" { type = string }
variable "runtime" { type = string }

resource "aws_kms_key" "this" {}

resource "aws_dynamodb_table" "prices" {
  name         = "prices-${var.environment}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}

module "harness" {
  source             = "./modules/test_harness"
  name               = "prices-${var.environment}"
  environment        = { name = var.environment, tests_may_write = var.environment == "dev" }
  artifact           = { path = var.path }
  kms_key_arn        = aws_kms_key.this.arn
  days               = { logs = 30 }
  scenarios          = { outputs = { prices = aws_dynamodb_table.prices.name } }
  resources          = { tables = [aws_dynamodb_table.prices.arn] }
  compute            = { runtime = var.runtime, architecture = "x86_64" }
  settings = {
    AFFIDAVIT_POLICY      = "baseline"
    AFFIDAVIT_LEDGER      = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
    AFFIDAVIT_ENVIRONMENT = var.environment
    AFFIDAVIT_PLUGINS     = "@PLUGINS@"
  }
}

output "place" { value = module.harness.place }
output "machine" { value = module.harness.machine_arn }
output "policies" { value = module.harness.policies }
output "sweeper" { value = module.harness.sweeper_name }
output "table" { value = aws_dynamodb_table.prices.name }
"""

SCENARIO = """\
schema: affidavit-scenario/v1
name: deployed
environments: [dev, prod]
cases: [{id: good, wanted: 12.5}, {id: bad, wanted: 13}]
inputs: {table: {from: terraform-output, name: prices}}
actions:
  - id: seed
    uses: dynamodb.put
    with: {table: "${{ inputs.table }}", item: {pk: "${{ run.prefix }}a", price: 12.5}}
    undo: auto
  - id: read
    uses: dynamodb.get
    with: {table: "${{ inputs.table }}", key: {pk: "${{ run.prefix }}a"}}
    check: [{select: item.price, eq: "${{ case.wanted }}"}]
"""


def _deploy(aws: Aws, folder: Path, environment: str) -> dict[str, Any]:
    shutil.copytree(HCL / "modules", folder / "modules")
    (folder / "main.tf").write_text(ROOT.replace("@PLUGINS@", PLUGINS))
    shutil.copy(_artifact(), folder / "fn.zip")
    tool = Terraform(folder, folder / "data", folder / "t.tfstate", _aws_only(aws))
    tool.init()
    values = tool.apply(
        f"-var=path={folder / 'fn.zip'}",
        f"-var=environment={environment}",
        f"-var=runtime={RUNTIME}",
    )
    place = {
        **values["place"],
        "machine": values["machine"],
        "outputs": {"prices": values["table"]},
    }
    config = {"schema": "affidavit-harness/v1", "environments": {environment: place}}
    (folder / "harness.yaml").write_text(json.dumps(config))
    (folder / "deployed.yaml").write_text(SCENARIO)
    return values


def _artifact() -> Path:
    """Return what `affidavit bundle` makes of the harness, with one plugin of ours beside it."""
    handler = "harness-gate=affidavit_harness.handler:handler"
    plugins = ("dynamodb", "harness", "ledger")
    made = bundle(handler, source=ROOT_FOLDER / "examples", plugins=plugins, include=(CRASHING,))
    return made["harness-gate"]


def _aws_only(aws: Aws) -> dict[str, str]:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {name: environ(aws)[name] for name in names}


@pytest.fixture(scope="module")
def dev(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("deployed")
    return folder, _deploy(aws, folder, "dev")


def _command(file: str, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "affidavit_cli", "scenario", "run", file, "--backend", "aws"),
        *options,
    ]


def _environ(aws: Aws, folder: Path) -> dict[str, str]:
    """Return what the command line needs: the same actions as the function has, installed."""
    site = folder / "site"
    about = site / "crashing-1.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    shutil.copy(CRASHING, site)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: crashing\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[affidavit]\ncrash = crashing\n")
    return {**environ(aws), "PYTHONPATH": str(site)}


def _run(
    aws: Aws, folder: Path, *options: str, file: str = "deployed.yaml"
) -> tuple[int, str, str]:
    done = subprocess.run(
        _command(file, *options),
        cwd=folder,
        env=_environ(aws, folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_deployed_harness_runs_judges_and_cleans_up(aws: Aws, dev: tuple[Path, Any]) -> None:
    """Reports are written, a wrong expectation is exit 1, and the overhead is below a second."""
    folder, values = dev
    began = time.monotonic()
    code, out, err = _run(aws, folder, "--env", "dev", "--report", "r.xml", "--report", "r.html")
    took = time.monotonic() - began

    assert 1 == code, (out, err)
    assert "deployed[bad]: read: item.price: expected eq 13, actual 12.5" in out
    assert (folder / "r.xml").is_file()
    assert (folder / "r.html").is_file()
    assert [] == aws("dynamodb").scan(TableName=values["table"])["Items"]
    assert [] == aws("dynamodb").scan(TableName=values["place"]["undo_table"])["Items"]
    assert 60 > took


def test_an_action_that_crashes_after_its_write_leaves_nothing(
    aws: Aws, dev: tuple[Path, Any]
) -> None:
    """The function's process dies between the write and its answer. The note was there before."""
    folder, values = dev
    text = SCENARIO.replace("name: deployed", "name: crashing").replace("dynamodb.put", "crash.put")
    (folder / "crashing.yaml").write_text(text)
    code, out, err = _run(aws, folder, "--env", "dev", "--case", "good", file="crashing.yaml")

    assert 3 == code, (out, err)
    assert "a step of the harness broke" in out
    assert _nothing_left(aws, values)


def test_a_runner_that_is_killed_leaves_nothing(aws: Aws, dev: tuple[Path, Any]) -> None:
    """The machine goes on without it, and cleans up."""
    folder, values = dev
    process = subprocess.Popen(
        _command("deployed.yaml", "--env", "dev", "--case", "good"),
        cwd=folder,
        env=_environ(aws, folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: _executions(aws, values, "RUNNING"), within_s=60)
    process.kill()
    process.wait()

    eventually(lambda: not _executions(aws, values, "RUNNING"), within_s=60)
    assert _nothing_left(aws, values)


def test_an_execution_that_is_ended_is_swept_by_the_function_for_that(
    aws: Aws, dev: tuple[Path, Any]
) -> None:
    """No state runs then. The local cloud sends no event of it, so the test does."""
    folder, values = dev
    waits = "check: [{select: item.price, eq: 99}]\n    eventually: {timeout: 90s, every: 25s}"
    text = SCENARIO.replace("name: deployed", "name: ended")
    text = text.replace('check: [{select: item.price, eq: "${{ case.wanted }}"}]', waits)
    (folder / "ended.yaml").write_text(text)
    options = ("--env", "dev", "--case", "good", "--no-wait", "--output", "json")
    code, out, err = _run(aws, folder, *options, file="ended.yaml")
    assert 0 == code, err
    execution = json.loads(out)[0]["execution"]
    eventually(lambda: aws("dynamodb").scan(TableName=values["table"])["Items"], within_s=60)
    aws("stepfunctions").stop_execution(executionArn=execution)
    ended = {"detail": {"status": "ABORTED", "name": execution.rpartition(":")[2]}}

    assert {"swept": 1, "left": 0} == aws.call(f"{values['sweeper']}:live", ended)
    assert _nothing_left(aws, values)


def _executions(aws: Aws, values: dict[str, Any], status: str) -> list[Any]:
    told = aws("stepfunctions").list_executions(
        stateMachineArn=values["machine"], statusFilter=status
    )
    return list(told["executions"])


def _nothing_left(aws: Aws, values: dict[str, Any]) -> bool:
    tables = (values["table"], values["place"]["undo_table"])
    return not any(aws("dynamodb").scan(TableName=name)["Items"] for name in tables)


def test_a_role_ends_at_test_data(dev: tuple[Path, Any]) -> None:
    """As Terraform wrote it: no wildcard, keys of test data, nothing that was not named."""
    policies = {name: json.loads(text) for name, text in dev[1]["policies"].items()}
    statements = policies["action"]["Statement"]
    writes = [s for s in statements if "dynamodb:PutItem" in s["Action"] and s["Effect"] == "Allow"]

    assert 1 == len(writes)
    assert {"dynamodb:LeadingKeys": "itest-*"} == writes[0]["Condition"]["ForAllValues:StringLike"]
    assert not [s for s in statements if s["Effect"] == "Allow" and s["Resource"] == "*"]
    assert not [s for s in statements if "lambda:InvokeFunction" in s["Action"]]
    sweeps = json.dumps(policies["sweeper"])
    assert "DeleteItem" in sweeps
    assert "PutItem" not in sweeps


def test_production_refuses_before_it_starts_and_in_the_function_and_in_its_role(
    aws: Aws, tmp_path: Path
) -> None:
    """Three places, none of which asks another."""
    values = _deploy(aws, tmp_path, "prod")
    code, out, _ = _run(aws, tmp_path, "--env", "prod")
    assert 2 == code, out
    assert "prod is read-only" in out

    # Whoever starts an execution past the command line:
    config = json.loads((tmp_path / "harness.yaml").read_text())
    config["environments"]["dev"] = {**config["environments"].pop("prod"), "read_only": False}
    (tmp_path / "harness.yaml").write_text(json.dumps(config))
    code, out, _ = _run(aws, tmp_path, "--env", "dev", "--case", "good")
    assert 3 == code, out
    assert "this harness is not for dev" in out
    denies = [
        one
        for one in json.loads(values["policies"]["action"])["Statement"]
        if one.get("Sid") == "ProductionIsReadOnly"
    ]
    assert "Deny" == denies[0]["Effect"]
    assert {"dynamodb:PutItem", "lambda:InvokeFunction", "sqs:SendMessage"} <= set(
        denies[0]["Action"]
    )
    assert [] == aws("dynamodb").scan(TableName=values["table"])["Items"]
