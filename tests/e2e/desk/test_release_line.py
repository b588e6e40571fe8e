"""The same definition through the release line: built, signed, deployed to what Terraform made."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from e2e.desk.conftest import PLACE, Outputs, bundles
from e2e.framework.clouds import REGION
from e2e.framework.commands import CommandError, affidavit
from e2e.framework.stacks import Stack

RULES = """
pipeline = "desk"
vault = "file:vault"
signer = "file:keys/release.key?name=example.org/desk"
public_key = "keys/release.pub"
retain_days = 30
approvals = "asserted"
why = "redacted"

[build]
bundles = "bundles"
service = "repo/functions.toml"

[people.quinn]
roles = ["qa-lead"]

[people.morgan]
roles = ["manager"]

[environments.dev]
target = "lambda://live?prefix={prefix}-&region={region}"

[environments.qa]
target = "folder:environments/qa"

[environments.uat]
target = "folder:environments/uat"
role = "qa-lead"

[environments.prod]
target = "folder:environments/prod"
role = "manager"

[[smoke]]
name = "asks"
environments = ["dev", "qa", "uat", "prod"]
command = ["{{python}}", "smoke.py"]
writes = false
timeout_s = 60
"""

SMOKE = """
import json, os, boto3
event = json.load(open("event.json"))
if os.environ["RELEASE_ENVIRONMENT"] == "dev":
    client = boto3.client("lambda", region_name="{region}")
    told = client.invoke(
        FunctionName="{prefix}-place", Qualifier="live", Payload=json.dumps(event).encode()
    )
    answer = json.loads(told["Payload"].read())
    assert answer["statusCode"] == 404, answer
"""


def _git(folder: Path, *arguments: str) -> None:
    git = shutil.which("git") or "git"
    who = ("-c", "user.name=Dana", "-c", "user.email=dana@example.org")
    subprocess.run([git, "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def line(desk: Stack[Outputs], tmp_path: Path) -> Path:
    """A repository with the definition, and rules whose dev is the deployed service."""
    from affidavit.testing import api_gateway_v2

    prefix = f"{desk.name}-local"
    repo = tmp_path / "repo"
    repo.mkdir()
    source = PLACE / "order_desk" / "functions.toml"
    (repo / "functions.toml").write_text(source.read_text())
    _git(repo, "init", "--quiet")
    _git(repo, "add", ".")
    _git(repo, "commit", "--quiet", "--no-gpg-sign", "--message=feat: take orders")
    (tmp_path / "keys").mkdir()  # where the signer makes its key
    (tmp_path / "release.toml").write_text(RULES.format(prefix=prefix, region=REGION))
    (tmp_path / "smoke.py").write_text(SMOKE.format(prefix=prefix, region=REGION))
    order = {"order_id": "order-0700", "product": "PROD-999", "quantity": 1}
    event = api_gateway_v2(method="POST", body=order)
    (tmp_path / "event.json").write_text(json.dumps(event))
    return tmp_path


def release(desk: Stack[Outputs], folder: Path, *arguments: str) -> Any:
    """Run one command of the line."""
    environ = {
        **desk.cloud.environ,
        "AFFIDAVIT_LEDGER": f"sqlite:///{folder / 'releases.db'}",
        "AFFIDAVIT_PLUGINS": "bundle,dynamodb,ledger,policy,release,service,sqlite",
    }
    rules = f"--rules={folder / 'release.toml'}"
    return affidavit("release", *arguments, rules, environ=environ)


def test_what_was_built_from_the_definition_is_deployed_and_verified(
    desk: Stack[Outputs], line: Path
) -> None:
    """Every bundle fits its function in each environment, and what runs is what was signed."""
    made = bundles(PLACE / "order_desk" / "functions.toml", line / "bundles")
    stages = f"--stages={line / 'stages'}"
    built = release(desk, line, "build", f"--repo={line / 'repo'}", stages)
    release(desk, line, "upload", "v1.0.0", stages)
    deployed = release(desk, line, "deploy", "v1.0.0", "--env=dev")
    verified = release(desk, line, "verify", "--env=dev")

    assert {"place", "settle", "follow"} == made.keys()
    assert ("v1.0.0", "built") == (built["version"], built["state"])
    assert ("passed", built["digest"]) == (deployed["state"], deployed["digest"])
    assert built["digest"] == verified["digest"]


def test_a_release_that_is_not_the_service_is_refused(desk: Stack[Outputs], line: Path) -> None:
    """A function without a bundle, and a bundle for another Python."""
    bundles(PLACE / "order_desk" / "functions.toml", line / "bundles")
    for path in (line / "bundles").glob("follow-*"):
        path.unlink()
    with pytest.raises(CommandError, match="code 1"):  # refused, and on record
        release(desk, line, "build", f"--repo={line / 'repo'}", f"--stages={line / 'stages'}")
