"""Where the demonstration's releases go: folders, or functions of a local cloud in two regions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_release.demo.shop import FUNCTION, PEOPLE, pack
from affidavit_service.local_cloud import local_cloud

ORDER: Final = ("dev", "qa", "uat", "prod", "dr")
HOME, ELSEWHERE = "us-east-1", "us-west-2"
_BY_LAMBDA: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
_WRITES_ITS_LOG: Final = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_BOOT: Final = "def handler(event, context):\n    raise RuntimeError('nothing is released')\n"
_KEYS: Final = """signer = "file:keys/release.key?name=example.org/shop"
public_key = "keys/release.pub"
retain_days = 2192
approvals = "asserted"
why = "redacted"
"""
_MORE: Final = {
    "qa": 'label = "qa"\n',
    "uat": 'role = "qa-lead"\nlabel = "rc"\n',
    "prod": 'role = "manager"\n',
    "dr": 'mirrors = "prod"\n',
}


class Places(NamedTuple):
    """URLs for the rules, and what commands need in their environment."""

    vault: str
    dr_vault: str
    targets: Mapping[str, str]
    environ: Mapping[str, str]

    def rules(self) -> str:
        """Return the demonstration's release policy."""
        vaults = f'vault = "{self.vault}"\ndr_vault = "{self.dr_vault}"\n'
        parts = [
            f'pipeline = "shop"\n{vaults}{_KEYS}',
            '[build]\nbundles = "repo/bundles"\n',
            PEOPLE,
        ]
        for name in ORDER:
            parts.append(f'[environments.{name}]\ntarget = "{self.targets[name]}"\n')
            parts[-1] += _MORE.get(name, "")
        parts.append(
            f'[[smoke]]\nname = "reads"\nenvironments = {json.dumps(ORDER)}\n'
            'command = ["{python}", "smoke.py"]\nwrites = false\ntimeout_s = 60\n'
        )
        return "\n".join(parts)


def folders() -> Places:
    """Return places that need nothing but a disk."""
    targets = {name: f"folder:environments/{name}" for name in ORDER}
    return Places("file:vault", "file:vault-dr", targets, {})


@contextmanager
def cloud(folder: Path) -> Iterator[Places]:
    """Start a local cloud with empty functions and two locked buckets; end it afterwards.

    Raises:
        ServiceError: It did not start.

    """
    with local_cloud(folder / "cloud") as serving:
        environ = {**serving.environ, "AWS_DEFAULT_REGION": HOME}
        _prepare(environ)
        yield Places(
            f"s3://shop-vault?region={HOME}",
            f"s3://shop-vault-dr?region={ELSEWHERE}",
            {
                name: f"lambda://live?prefix={name}-&region={ELSEWHERE if name == 'dr' else HOME}"
                for name in ORDER
            },
            environ,
        )


def _prepare(environ: Mapping[str, str]) -> None:
    """Make what Terraform makes on AWS: buckets with Object Lock, and functions."""
    iam = _client(environ, "iam", HOME)
    role = iam.create_role(RoleName="shop", AssumeRolePolicyDocument=_BY_LAMBDA)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="shop", PolicyArn=_WRITES_ITS_LOG)
    _client(environ, "s3", HOME).create_bucket(Bucket="shop-vault", ObjectLockEnabledForBucket=True)
    _client(environ, "s3", ELSEWHERE).create_bucket(
        Bucket="shop-vault-dr",
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": ELSEWHERE},
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in ORDER:
        region = ELSEWHERE if name == "dr" else HOME
        _client(environ, "lambda", region).create_function(
            FunctionName=f"{name}-{FUNCTION}",
            Runtime=version,
            Role=role,
            Handler=f"{FUNCTION}.handler",
            Code={"ZipFile": pack(_BOOT)},
        )


def _client(environ: Mapping[str, str], service: str, region: str) -> Any:
    import boto3  # noqa: PLC0415 - heavy, and an extra

    return boto3.client(
        service,
        region_name=region,
        endpoint_url=environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
    )
