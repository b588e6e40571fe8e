"""A small world to release into: a repository, a vault, a ledger and five environments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from affidavit_release.demo.demo_targets import ORDER
from cloud import CREDENTIALS, REGION, moto_server
from release_functions import BOOT, SECOND, functions
from release_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A fresh world with nothing built; its environments are folders."""
    return World(tmp_path)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The URL of a moto server."""
    with moto_server() as found:
        yield found


@pytest.fixture
def aws(
    moto: str, monkeypatch: pytest.MonkeyPatch, _no_settings_from_outside: None, tmp_path: Path
) -> str:
    """A prefix for names; this process talks to moto."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": moto}.items():
        monkeypatch.setenv(name, value)
    prefix = f"t{abs(hash(tmp_path)):x}"[:12]
    role = boto3.client("iam").create_role(RoleName=prefix, AssumeRolePolicyDocument="{}")
    for environment in ORDER:
        functions(environment).create_function(
            FunctionName=f"{prefix}-{environment}-shop",
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="shop.handler",
            Code={"ZipFile": BOOT},
        )
    for name, region in ((f"{prefix}-vault", REGION), (f"{prefix}-second", SECOND)):
        boto3.client("s3", region_name=region).create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": region},
            ObjectLockEnabledForBucket=True,
        )
    return prefix


@pytest.fixture
def functions_world(tmp_path: Path, aws: str) -> World:
    """A world whose environments are functions."""
    made = World(tmp_path)
    changes = {
        f'target = "folder:environments/{name}"': 'target = "lambda://live?'
        f'prefix={aws}-{name}-&region={SECOND if name == "dr" else REGION}"'
        for name in ORDER
    }
    made.write_rules(**changes)
    return made
