"""A harness on the local cloud: the function, the machine, the tables, and how to run on it."""

from __future__ import annotations

import json
import os
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

from affidavit_harness.machine import FUNCTION, machine
from keyed_tables import keyed
from localcloud_parts import REGION, Aws

CODE = f"""\
import site
site.addsitedir({sysconfig.get_paths()["purelib"]!r})
from affidavit_harness.handler import handler
"""
"""What a bundle would hold, taken from this environment."""


class Deployed(NamedTuple):
    """What was deployed, and a folder with the harness.yaml that names it."""

    aws: Aws
    folder: Path
    function: str
    machine: str
    table: str
    undo: str
    bucket: str

    def rows(self) -> list[dict[str, Any]]:
        """Return what is in the table of test data."""
        return list(self.aws("dynamodb").scan(TableName=self.table)["Items"])

    def notes(self) -> list[dict[str, Any]]:
        """Return what is in the ledger of undos."""
        return list(self.aws("dynamodb").scan(TableName=self.undo)["Items"])


def deploy(
    aws: Aws,
    folder: Path,
    *,
    read_only: bool = False,
    env: str = "dev",
    hosts: tuple[str, ...] = (),
    outputs: dict[str, str] | None = None,
) -> Deployed:
    """Deploy what the Terraform module deploys, without Terraform. `hosts` are on this machine."""
    table = aws.name("prices")
    undo = aws.name("undo")
    bucket = aws.name("bucket")
    aws("dynamodb").create_table(TableName=table, **keyed(pk="S"))
    aws("dynamodb").create_table(TableName=undo, **keyed(run="S", number="N"))
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    said = {
        "env": env,
        "read_only": read_only,
        "hosts": hosts,
        "local_targets": bool(hosts),
        "outputs": {"prices": table, "table": table, "bucket": bucket, **(outputs or {})},
        "undo_table": undo,
        "bucket": bucket,
        "namespace": "affidavit/harness",
    }
    variables = {"HARNESS": json.dumps(said)}
    function = aws.function(CODE, variables=variables, Timeout=120, MemorySize=512)
    arn = aws("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    definition = json.dumps(machine()).replace(FUNCTION, arn)
    made = aws("stepfunctions").create_state_machine(
        name=aws.name("harness"), definition=definition, roleArn=aws.role()
    )["stateMachineArn"]
    place = {"machine": made, "bucket": bucket, "undo_table": undo, "outputs": said["outputs"]}
    place |= {"function": function}
    place |= {"hosts": hosts, "local_targets": bool(hosts)}
    config = {"schema": "affidavit-harness/v1", "environments": {env: place}}
    (folder / "harness.yaml").write_text(json.dumps(config))
    return Deployed(aws, folder, function, made, table, undo, bucket)


def environ(aws: Aws) -> dict[str, str]:
    """Return an environment in which AWS is the local cloud."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "CI": "true",
    }
