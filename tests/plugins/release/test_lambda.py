"""The same line on AWS's interfaces: S3 with Object Lock, and Lambda aliases, under moto.

moto stands in for AWS: it checks no rights, and it runs nothing here, so smoke
tests are stand-ins. The demonstration runs the functions on the local cloud.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from affidavit_release.demo.demo_targets import ORDER
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.lambda_target import LambdaTarget, locate
from affidavit_release.targets import open_target
from affidavit_release.vault import SIGNATURE
from cloud import REGION
from release_functions import BOOT, SECOND, alias, functions
from release_world import GOOD, World, url


@pytest.fixture
def world(functions_world: World) -> World:
    """A world whose environments are functions."""
    return functions_world


def test_a_release_goes_everywhere_as_the_same_bytes(world: World, aws: str) -> None:
    """Lambda's own hash of the code says so."""
    world.release("v1.0.0")

    (digest,) = {world.bytes_in(name)["shop"] for name in ORDER}
    assert world.context().vault.check(world.pipeline().releases["v1.0.0"].version).zips == {
        "shop": digest
    }
    assert None is not alias(aws, "dr")
    assert world.verdict().clean


def test_a_failed_smoke_test_puts_the_alias_back(world: World, aws: str) -> None:
    """To the version that it named, without weights."""
    world.release("v1.0.0", upto="qa")
    before = alias(aws, "qa")
    world.broken = {("v1.0.1", "qa")}
    world.commit(source=GOOD + "# other\n")
    world.build()
    world.upload("v1.0.1")
    world.deploy("v1.0.1", "dev")

    assert "rolled back" == world.deploy("v1.0.1", "qa").state
    assert before == alias(aws, "qa")
    assert before != alias(aws, "dev") or alias(aws, "dev") is not None
    assert {"shop": before} == world.records()[-1].document["was"]


def test_the_first_one_that_fails_has_no_alias(world: World, aws: str) -> None:
    """It serves nobody."""
    world.broken = {("v1.0.0", "dev")}
    world.commit()
    world.build()
    world.upload("v1.0.0")
    world.deploy("v1.0.0", "dev")

    assert None is alias(aws, "dev")


def test_code_that_somebody_else_deployed_is_noticed(world: World, aws: str) -> None:
    """An alias that was moved by hand."""
    world.release("v1.0.0", upto="prod")
    client, name = functions("prod"), f"{aws}-prod-shop"
    client.update_function_code(FunctionName=name, ZipFile=BOOT)
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    with pytest.raises(ReleaseRefusedError) as error:
        world.verify("prod")
    assert Reason.FOREIGN_BYTES is error.value.reason
    assert "ForeignBytes" == world.last()[3]


def test_a_function_that_is_not_there_is_an_error_on_record(world: World, aws: str) -> None:
    """Its text says what AWS answered, and nothing else."""
    world.commit()
    world.build()
    world.upload("v1.0.0")
    functions("dev").delete_function(FunctionName=f"{aws}-dev-shop")

    with pytest.raises(ReleaseError, match="get_function_configuration answered Resource"):
        world.deploy("v1.0.0", "dev")
    assert ("RELEASE_DEPLOY", "RELEASE#v1.0.0", "dev", "ReleaseError") == world.last()


class Held:
    """What a vault would hand out; the zip of a function is asked for last."""

    functions = ("shop",)

    def __init__(self, **manifest: object) -> None:
        self._manifest = manifest

    def read(self, name: str) -> bytes:
        assert name.endswith(".manifest.json"), "the zip was read"
        return json.dumps(self._manifest).encode()


@pytest.mark.parametrize(
    ("manifest", "word"),
    [
        ({"runtime": "python3.9"}, "runtime is python3.9 in the bundle"),
        ({"architecture": "arm64"}, "architecture is arm64 in the bundle, and x86_64 in Lambda"),
        ({"handler": "shop.elsewhere"}, "handler is shop.elsewhere"),
        ({"variables": {"needed": ["TABLE_NAME"]}}, "variable TABLE_NAME"),
    ],
)
def test_a_bundle_for_another_function_is_refused_before_any_byte_moves(
    world: World, aws: str, manifest: dict[str, object], word: str
) -> None:
    """Its Python, its processor, its handler, the variables that its code reads."""
    target = LambdaTarget("live", f"{aws}-dev-", REGION)
    named = {"FunctionName": f"{aws}-dev-shop"}
    before = functions("dev").get_function_configuration(**named)["CodeSha256"]

    with pytest.raises(ReleaseError) as caught:
        target.install(Held(**manifest))  # type: ignore[arg-type] # a stand-in
    assert word in str(caught.value)
    assert before == functions("dev").get_function_configuration(**named)["CodeSha256"]


def test_the_vault_in_s3_is_written_once(
    world: World, aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every object is locked, and the second region has the same ones."""
    from affidavit_dynamodb.archive import open_archive

    regions = {"vault": REGION, "vault-dr": SECOND}
    buckets = {"vault": f"{aws}-vault", "vault-dr": f"{aws}-second"}

    def archive(_: World, name: str) -> Any:
        return open_archive(url(f"s3://{buckets[name]}/shop?region={regions[name]}"))[0]

    monkeypatch.setattr(World, "archive", archive)
    world.release("v1.0.0")

    for name, bucket in buckets.items():
        client = boto3.client("s3", region_name=regions[name])
        keys = [one["Key"] for one in client.list_objects_v2(Bucket=bucket)["Contents"]]
        assert 5 == len(keys)
        for key in keys:
            assert "COMPLIANCE" == client.head_object(Bucket=bucket, Key=key)["ObjectLockMode"]
    (world.stages / "v1.0.0" / "shop.zip").write_bytes(b"other")
    with pytest.raises(ReleaseRefusedError) as error:
        world.upload("v1.0.0")
    assert Reason.VERSION_TAKEN is error.value.reason
    boto3.client("s3").put_object(
        Bucket=buckets["vault"], Key=f"shop/v1.0.0/{SIGNATURE}", Body=b"{}"
    )
    with pytest.raises(ReleaseRefusedError) as error:
        world.context().vault.open(world.pipeline().releases["v1.0.0"].version)
    assert Reason.SIGNATURE_BROKEN is error.value.reason


def test_the_line_reads_a_ledger_in_a_table(
    world: World, moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strongly consistent, as a whole; and AWS knows who runs the commands."""
    from affidavit._runtime.plugins import load_plugins
    from affidavit._runtime.runtime import open_ledger
    from affidavit._runtime.settings import read_settings
    from affidavit.plugin import Ledger
    from affidavit_dynamodb import clients
    from cloud import make_cloud

    environ = make_cloud(moto).environ
    clients.client.cache_clear()

    def ledger(_: World) -> Ledger:
        opened = open_ledger(read_settings(environ), load_plugins(("dynamodb", "ledger")))
        return opened._replace(spill=None)

    monkeypatch.setattr(World, "ledger", ledger)
    world.release("v1.0.0", upto="uat")
    world.reject("v1.0.0")
    clients.client.cache_clear()

    assert {"iam"} == {record.document["actor"]["auth"] for record in world.records()}
    assert "v1.0.0" == world.pipeline().live("uat")
    with pytest.raises(ReleaseRefusedError) as error:
        world.deploy("v1.0.0", "prod")
    assert Reason.DEAD is error.value.reason
    assert world.verdict().clean


@pytest.mark.parametrize(
    "text",
    [
        "lambda:live",
        "lambda://",
        "lambda://live/x",
        "lambda://live?region=here",
        "lambda://live?prefix=a/b",
        "lambda://live?prefix=a&prefix=b",
        "lambda://live?other=x",
        "folder:",
        "folder://host/x",
        "ftp://x",
    ],
)
def test_a_target_that_is_none_is_refused(text: str) -> None:
    """Before anything is done."""
    with pytest.raises(ReleaseError, match="URL cannot be used"):
        open_target(url(text))


def test_a_target_needs_no_region() -> None:
    """Then AWS's own settings say which."""
    assert locate(url("lambda://live")) is not None
