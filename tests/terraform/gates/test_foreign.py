"""Each module alone, from a root that is not ours: fetched in four ways, planned, applied, removed.

The roots are what the READMEs show. What belongs to a service is applied in the role that the
module `deployer` makes; with `AFFIDAVIT_RECORD_DEPLOYER` in one that may do everything, and what it
did becomes that role's rights: `make deployer`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from deployer_rights import RIGHTS, derive
from e2e.framework.clouds import REGION, Cloud, local_cloud
from e2e.framework.commands import affidavit
from keyed_tables import keyed
from module_pages import example
from terraform_tool import BUILD, HCL, Terraform, changed, cli_config, modules

RECORDING: Final = bool(os.environ.get("AFFIDAVIT_RECORD_DEPLOYER"))
PREFIX: Final = "prices-dev"
ROOT: Final = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = { Service = "prices" }
  }
}

provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}
"""
MODULES: Final = modules()[1:]
ACCOUNTS: Final = frozenset(
    {"artifact_vault", "deployer", "evidence_lake", "locked_bucket", "private_bucket"}
    | {"released_artifact"}
    | {"recovered_ledger", "second_region", "terraform_state", "witness"}
)
"""Those that no service's pipeline deploys: an administrator does, or another module calls them."""


@pytest.fixture(scope="module")
def exported(terraform: str) -> Path:
    """The modules, as somebody without a clone gets them."""
    assert terraform
    folder = BUILD / "foreign"
    shutil.rmtree(folder, ignore_errors=True)
    affidavit("terraform", "export", str(folder / "affidavit"))
    for name in ("price", "sealer", "harness"):
        path = folder / "build" / "bundles" / f"{name}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as package:
            package.writestr("handler.py", "def handler(event, context): return None\n")
    shutil.copy(HCL / "modules" / "runtime_layer" / "tests" / "layers.json", folder)
    return folder


# -- fetched ------------------------------------------------------------------


@pytest.mark.parametrize("way", ["relative", "absolute", "git", "registry"])
def test_all_modules_can_be_fetched(way: str, exported: Path, tmp_path: Path) -> None:
    """And what a module calls comes along: a bucket of buckets, a function of functions."""
    blocks = [example(module) for module in MODULES]
    shutil.copytree(exported / "build", tmp_path / "build")
    shutil.copy(exported / "layers.json", tmp_path)
    with _fetched_by(way, exported / "affidavit", tmp_path) as (source, settings):
        said = re.sub(r'"\./affidavit(/[^"]+)"', source, "\n".join(blocks))
        (tmp_path / "main.tf").write_text(ROOT + said)
        ours = Terraform(tmp_path, tmp_path / "data", tmp_path / "terraform.tfstate", settings)
        ours.init()
        assert '"valid": true' in ours.run("validate", "-json").stdout


@contextmanager
def _fetched_by(way: str, package: Path, work: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what a source reads as, and what Terraform has to be told for it."""
    if way == "relative":
        shutil.copytree(package, work / "affidavit")
        yield r'"./affidavit\1"', {}
    elif way == "absolute":
        yield rf'"{package}/\1"', {}
    elif way == "git":
        repository = work / "repository"
        shutil.copytree(package, repository)
        by = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(repository))
        for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "modules")):
            subprocess.run(["git", *by, *command], check=True, timeout=60)  # noqa: S607 - any git
        yield rf'"git::file://{repository}/\1"', {}
    else:
        with _registry(package, work) as settings:
            yield '"modules.example.org/example/affidavit/aws/\\1"\n  version = "0.2.0"', settings


@contextmanager
def _registry(package: Path, work: Path) -> Iterator[dict[str, str]]:
    """Serve the package as a registry does: its versions, and where one of them is."""
    archive = work / "package.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(package, ".")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Registry, archive))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = work / "terraform.rc"
    place = f"http://127.0.0.1:{server.server_port}/v1/modules/"
    host = f'\nhost "modules.example.org" {{\n  services = {{ "modules.v1" = "{place}" }}\n}}\n'
    file.write_text(cli_config(os.environ).read_text() + host)
    try:
        yield {"TF_CLI_CONFIG_FILE": str(file)}
    finally:
        server.shutdown()
        server.server_close()


class _Registry(BaseHTTPRequestHandler):
    def __init__(self, archive: Path, *arguments: Any) -> None:
        self.archive = archive
        super().__init__(*arguments)

    def do_GET(self) -> None:
        found = self.path.endswith("/download")
        body = b"" if found else b'{"modules": [{"versions": [{"version": "0.2.0"}]}]}'
        self.send_response(204 if found else 200)
        self.send_header("Content-Type", "application/json")
        if found:
            self.send_header("X-Terraform-Get", f"file://{self.archive}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


# -- applied ------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A local cloud with what the examples take for granted; rights are weighed."""
    folder = BUILD / "foreign-cloud"
    with local_cloud(folder) as ours:
        yield ours
        if RECORDING:
            report = affidavit(
                *("local", "rights", f"--state={folder}", "--role=role/recorder"),
                environ=ours.environ,
                good=(0, 1),
            )
            RIGHTS.write_text(json.dumps(derive(report[0]["used"], PREFIX), indent=1) + "\n")


@pytest.fixture(scope="module")
def deployer(cloud: Cloud, exported: Path) -> Mapping[str, str]:
    """What to sign with in the role that deploys."""
    iam = cloud.client("iam")
    if RECORDING:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        role = iam.create_role(RoleName="recorder", AssumeRolePolicyDocument=_policy(trust))
        iam.put_role_policy(
            RoleName="recorder", PolicyName="all", PolicyDocument=_policy(everything)
        )
        arn = role["Role"]["Arn"]
    else:
        block = example(HCL / "modules" / "deployer")
        told = _root(exported, "deployer", block + _OUTPUT, cloud.environ)
        arn = told.apply()["role_arn"]
    # The cloud's operator stands in for the issuer of tokens.
    keys = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="apply")["Credentials"]
    return {
        **cloud.environ,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }


_OUTPUT: Final = '\noutput "role_arn" {\n  value = module.deployer.role_arn\n}\n'


@pytest.mark.parametrize("whose", ["service", "accounts"])
def test_modules_work_as_their_readmes_show(
    whose: str, exported: Path, cloud: Cloud, deployer: Mapping[str, str]
) -> None:
    """Applied, planned again without a change, and removed. No block knows of another one.

    Each is called with tags besides, and every resource that can have some shows them.
    """
    ours = whose == "accounts"
    blocks = [
        _tagged(module, PREPARED.get(module.name, _as_it_is)(cloud, example(module)))
        for module in MODULES
        if (module.name in ACCOUNTS) is ours and (RECORDING or module.name != "deployer")
    ]
    root = _root(exported, whose, "\n".join(blocks), cloud.environ if ours else deployer)
    root.apply()
    try:
        planned = root.plan()
        assert [] == changed(planned)
        bare = {
            one["address"]: one["change"]["after"]["tags"]
            for one in planned["resource_changes"]
            if one["mode"] == "managed" and "tags" in one["change"]["after"]
            if (one["change"]["after"]["tags"] or {}).get("CostCentre") != "4711"
        }
        assert {} == bare
    finally:
        _unprotect(cloud)
        root.destroy()


def _tagged(module: Path, block: str) -> str:
    """Add tags to the call of a module that takes some."""
    if 'variable "tags"' not in (module / "variables.tf").read_text():
        return block
    return re.sub(
        r"^\}$", '  tags = { CostCentre = "4711" }\n}', block, count=1, flags=re.MULTILINE
    )


def _unprotect(cloud: Cloud) -> None:
    """Let tables be deleted: they refuse to be, and that is their purpose."""
    dynamodb = cloud.client("dynamodb")
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)


def _as_it_is(_: Cloud, block: str) -> str:
    return block


def _root(exported: Path, name: str, block: str, environ: Mapping[str, str]) -> Terraform:
    folder = exported / name
    folder.mkdir(exist_ok=True)
    for shared in ("affidavit", "build", "layers.json"):
        if not (folder / shared).exists():
            (folder / shared).symlink_to(exported / shared)
    (folder / "main.tf").write_text(ROOT + block)
    ours = Terraform(folder, folder / "data", folder / "terraform.tfstate", environ)
    ours.init()
    return ours


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# -- what the examples take for granted ----------------------------------------


def _archive(cloud: Cloud, block: str) -> str:
    queue = _queue(cloud, f"{PREFIX}-fed-spill")
    stream = cloud.client("dynamodb").create_table(
        TableName=f"{PREFIX}-fed",
        **keyed(pk="S"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    block = re.sub(r'stream_arn( +)= "[^"]+"', rf'stream_arn\1= "{stream}"', block)
    block = block.replace(f"{PREFIX}-records-spill", f"{PREFIX}-fed-spill")
    return _readable(re.sub(r'spill_url( +)= "[^"]+"', rf'spill_url\1= "{queue}"', block))


def _readable(block: str) -> str:
    """Let the function read what it follows: the example's policies are empty."""
    reads = '[{ Effect = "Allow", Action = ["dynamodb:*", "sqs:*"], Resource = ["*"] }]'
    return block.replace("Statement = []", f"Statement = {reads}")


def _queue(cloud: Cloud, name: str) -> str:
    return str(cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def _function(cloud: Cloud, name: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    iam, functions = cloud.client("iam"), cloud.client("lambda")
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=_policy({**trust, "Action": "sts:AssumeRole"})
    )["Role"]["Arn"]
    package = (BUILD / "foreign" / "build" / "bundles" / "price.zip").read_bytes()
    functions.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="handler.handler",
        Code={"ZipFile": package},
        Publish=True,
    )
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


def _triggers(cloud: Cloud, block: str) -> str:
    _function(cloud, f"{PREFIX}-orders")
    url = _queue(cloud, f"{PREFIX}-orders-dead")
    return re.sub(r'url  = "[^"]+"', f'url  = "{url}"', block)


def _api(cloud: Cloud, block: str) -> str:
    _function(cloud, f"{PREFIX}-asked")
    return block.replace(f"{PREFIX}-price", f"{PREFIX}-asked")


def _network(cloud: Cloud, block: str) -> str:
    vpc = cloud.client("ec2").create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    return block.replace("vpc-11111111", vpc)


def _recovered(cloud: Cloud, block: str) -> str:
    kms, dynamodb = cloud.client("kms"), cloud.client("dynamodb")
    for name in ("store", "chain", "tokens"):
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"alias/{PREFIX}-there-{name}", TargetKeyId=key)
    dynamodb.create_table(
        TableName=f"{PREFIX}-there",
        **keyed(pk="S"),
    )
    return block.replace(f'"{PREFIX}-records"', f'"{PREFIX}-there"')


def _replicated(cloud: Cloud, block: str) -> str:
    key = cloud.client("kms").create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    return re.sub(r'"arn:aws:kms:[^"]+"', f'"{key}"', block)


def _released(cloud: Cloud, block: str) -> str:
    s3 = cloud.client("s3")
    s3.create_bucket(
        Bucket="example-released",
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    manifest = {
        "source_code_hash": base64.b64encode(hashlib.sha256(b"zip").digest()).decode(),
        "runtime": "python3.13",
        "architecture": "arm64",
        "handler": "price.handler",
        "plugins": ["oracle"],
    }
    for name in ("price", "sealer"):
        for ending, body in ((".zip", b"zip"), (".manifest.json", json.dumps(manifest).encode())):
            s3.put_object(
                Bucket="example-released",
                Key=f"v1.2.0/{name}{ending}",
                Body=body,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate="2099-01-01T00:00:00Z",
            )
    return block.replace("example-prices-vault", "example-released")


PREPARED: Final[Mapping[str, Callable[[Cloud, str], str]]] = {
    "audit_archive": _archive,
    "http_api": _api,
    "oracle_access": _network,
    "recovered_ledger": _recovered,
    "released_artifact": _released,
    "second_region": _replicated,
    "triggers": _triggers,
}
