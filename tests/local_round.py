"""`make local`: the whole round on this machine, step by step with times.

Local cloud up, Terraform apply, requests, scenarios, records, sealed archive,
verification, a second plan without changes, rights, destroy. Ends with code 1 at the
first thing that is not as it should be, and leaves nothing running.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from e2e.framework.bundles import (
    RUNTIME,
    bundle_config,
    bundle_harness,
    bundle_price,
    bundle_sealer,
)
from e2e.framework.clouds import Cloud, local_cloud
from e2e.framework.commands import CommandError, affidavit
from e2e.framework.fetch import (
    ask,
    call,
    eventually,
    get,
    log_lines,
    objects,
    public_key,
    records,
)
from e2e.framework.stacks import remove
from terraform_tool import HCL, MISSING, ROOT, Terraform, TerraformError, find_terraform
from unused_rights import unjustified

FOLDER: Final = ROOT / "build" / "local"
PREFIX: Final = "prices-local"
VAULT: Final = "released-artifacts"
USER: Final = "550e8400-e29b-41d4-a716-446655440000"
REQUESTS: Final = (("PROD-101", 200), ("PROD-999", 404), ("no product", 400))


class Round(NamedTuple):
    """What the steps share."""

    cloud: Cloud
    terraform: Terraform
    options: tuple[str, ...]
    out: dict[str, Any]


def main() -> int:
    """Play the round; say how it went."""
    if find_terraform() is None:
        _say(MISSING)
        return 1
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        play()
    except (AssertionError, CommandError, TerraformError) as wrong:
        _say(f"\nNot as it should be: {wrong}")
        return 1
    _say(f"\nThe whole round took {time.monotonic() - began:.0f} s.")
    return 0


def play() -> None:
    """Deploy, use, check, remove."""
    with _step("bundle the functions") as told:
        with ThreadPoolExecutor() as pool:
            price, sealer, harness, config = (
                pool.submit(make)
                for make in (bundle_price, bundle_sealer, bundle_harness, bundle_config)
            )
            zips = {"price": price.result(), "sealer": sealer.result(), **config.result()}
            zips["harness"] = harness.result()
        sizes = (f"{path.name} {path.stat().st_size / 2**20:.1f} MB" for path in zips.values())
        told.append(", ".join(sizes))
    with local_cloud(FOLDER / "cloud") as cloud:
        ours = _deploy(cloud, _released(cloud, zips))
        try:
            _use(ours)
            _play_scenarios(ours)
            _check(ours)
            _weigh(ours)
        finally:
            _remove(ours)


def _released(cloud: Cloud, zips: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    """Put the artifacts where a release puts them, by version and SHA-256.

    From the disk the provider makes one function after the other, half a minute more.
    """
    s3 = cloud.client("s3")
    place = {"LocationConstraint": cloud.environ["AWS_REGION"]}
    s3.create_bucket(Bucket=VAULT, CreateBucketConfiguration=place)
    s3.put_bucket_versioning(Bucket=VAULT, VersioningConfiguration={"Status": "Enabled"})
    artifacts = {}
    for name, path in zips.items():
        data = path.read_bytes()
        put = s3.put_object(Bucket=VAULT, Key=path.name, Body=data)
        artifacts[name] = {
            "bucket": VAULT,
            "key": path.name,
            "object_version": put["VersionId"],
            "sha256_base64": base64.b64encode(hashlib.sha256(data).digest()).decode(),
        }
    return artifacts


def _deploy(cloud: Cloud, artifacts: Mapping[str, Mapping[str, str]]) -> Round:
    _say(f"local cloud at {cloud.environ['AWS_ENDPOINT_URL']}")
    terraform = Terraform(HCL, FOLDER / "data", FOLDER / "terraform.tfstate", cloud.environ)
    here = FOLDER / "here.tfvars.json"  # this machine's Python and processor, and what was built
    here.write_text(json.dumps({"runtime": RUNTIME, "artifacts": artifacts}))
    options = ("-var-file=environments/local.tfvars", f"-var-file={here}")
    with _step("terraform init"):
        terraform.init()
    with _step("terraform apply -var-file=environments/local.tfvars") as told:
        out = terraform.apply(*options)
        told.append(f"{len(terraform.leftovers())} resources and data sources")
    return Round(cloud, terraform, options, out)


def _use(ours: Round) -> None:
    for product, status in REQUESTS:
        with _step(f"GET /price?id={product}") as told:
            answer = get(f"{ours.out['url']}/price", id=product, userId=USER)
            assert status == answer.status, answer
            told.append(f"{answer.status} {json.dumps(answer.body)[:60]}")

    _change_a_setting(ours)


def _change_a_setting(ours: Round) -> None:
    """Play the other example: two people change one setting, and the second one hears of it."""
    setting = {"name": {"S": "orders.retry-limit"}, "value": {"S": "3"}, "version": {"N": "1"}}
    dynamodb = ours.cloud.client("dynamodb")
    dynamodb.put_item(TableName=ours.out["tables"]["settings"], Item=setting)
    url = f"{ours.out['url']}/settings/orders.retry-limit"
    for what, wish, status in (
        ("GET", None, 200),
        ("PUT", {"value": "5", "version": 1}, 200),
        ("PUT", {"value": "7", "version": 1}, 409),
    ):
        with _step(f"{what} /settings/orders.retry-limit") as told:
            answer = ask(what, url, wish)
            assert status == answer.status, answer
            told.append(f"{answer.status} {json.dumps(answer.body)[:60]}")


def _play_scenarios(ours: Round) -> None:
    """Let the state machine play what a laptop plays in one process."""
    config = FOLDER / "harness.json"
    config.write_text(json.dumps(ours.out["harness"]))
    with _step("affidavit scenario run scenarios/ --backend aws") as told:
        reports = affidavit(
            *("scenario", "run", str(ROOT / "scenarios"), "--backend=aws", "--env=local"),
            *(f"--config={config}", f"--state={FOLDER / 'runs'}", "--no-progress"),
            environ=ours.cloud.environ,
        )
        verdicts = Counter(one["verdict"] for one in reports)
        assert {"PASSED"} == verdicts.keys(), verdicts
        assert 0 == sum(one["leaked"] for one in reports)
        told.append(f"{verdicts['PASSED']} passed, {len(reports)} executions")


def _check(ours: Round) -> None:
    with _step("records in the table") as told:
        phases = Counter(one["ph"] for one in records(ours.cloud, ours.out["table_name"]))
        assert len(REQUESTS) <= phases["O"] + phases["D"], phases
        told.append(", ".join(f"{count} {phase}" for phase, count in sorted(phases.items())))
    with _step("the sealer archives and signs") as told:
        told.append(f"{len(_sealed(ours))} objects")
    with _step("affidavit verify") as told:
        told.append(verify(ours))
    with _step("a second plan") as told:
        changes = ours.terraform.changes(*ours.options)
        assert [] == changes
        told.append("no changes")


def _weigh(ours: Round) -> None:
    """Ask what the deployed roles did, were denied, and never used."""
    with _step("affidavit local rights") as told:
        cloud = ("local", "rights", f"--state={FOLDER / 'cloud'}")
        report = affidavit(*cloud, environ=ours.cloud.environ, good=(0, 1))
        (FOLDER / "rights.json").write_text(json.dumps(report, indent=1))
        denied = [
            f"{one['caller']} {row['action']} {row['resource']}: {row['why']}"
            for one in report
            for row in one["denied"]
        ]
        assert [] == denied, denied
        spare = unjustified(report)
        assert [] == spare, f"granted and not used: {spare}"
        unused = [row for one in report for row in one["unused"]]
        used = sum(len(one["used"]) for one in report)
        told.append(f"{used} rights used, none denied, {len(unused)} granted and not used")


def _sealed(ours: Round) -> list[str]:
    bucket, _, prefix = ours.out["archive_url"].removeprefix("s3://").partition("/")
    stream = f"/aws/lambda/{ours.out['sealer']['stream']}"
    eventually(lambda: [one for one in log_lines(ours.cloud, stream) if "Sealed" in one])
    # The schedule does it each minute; nobody waits that long here.
    call(ours.cloud, ours.out["sealer"]["checkpoint"], {})
    found = objects(ours.cloud, bucket, prefix)
    for kind in ("segments", "manifests", "checkpoints"):
        assert any(key.startswith(f"{prefix}/{kind}/") for key in found), (kind, found)
    return found


def verify(ours: Round) -> str:
    """Check table and archive with the auditor's command; return what it says."""
    key = public_key(ours.cloud, ours.out["signer_url"], FOLDER / "sealer.pub")
    environ = {
        **ours.cloud.environ,
        "AFFIDAVIT_ENVIRONMENT": "local",
        "AFFIDAVIT_POLICY": "baseline",
        "AFFIDAVIT_LEDGER": ours.out["ledger_url"],
        "AFFIDAVIT_ARCHIVE": ours.out["archive_url"],
    }
    told = affidavit("verify", f"--public-key={key}", "--workers=1", environ=environ, good=(0, 1))
    assert told["clean"], told
    return f"clean: {told['records']} records in {told['chains']} chain(s)"


def _remove(ours: Round) -> None:
    with _step("terraform destroy") as told:
        remove(ours.terraform, ours.cloud, PREFIX, *ours.options)
        left = [*ours.terraform.leftovers(), *_remains(ours.cloud)]
        assert [] == left, left
        told.append("nothing is left")


def _remains(cloud: Cloud) -> Iterator[str]:
    """Yield what is there still, whoever made it: things that a state does not know, too."""
    yield from cloud.client("dynamodb").list_tables()["TableNames"]
    buckets = {one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]}
    yield from sorted(buckets - {VAULT})
    yield from cloud.client("sqs").list_queues().get("QueueUrls", [])
    functions = cloud.client("lambda").list_functions()["Functions"]
    yield from (one["FunctionName"] for one in functions)
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    yield from (one["logGroupName"] for one in groups)
    yield from (one["RoleName"] for one in cloud.client("iam").list_roles()["Roles"])
    yield from (one["ApiId"] for one in cloud.client("apigatewayv2").get_apis()["Items"])


@contextmanager
def _step(what: str) -> Iterator[list[str]]:
    """Say what is done, how long it took, and what came of it."""
    began = time.monotonic()
    told: list[str] = []
    try:
        yield told
    except BaseException:
        _say(f"  failed {time.monotonic() - began:6.1f} s  {what}")
        raise
    _say(f"  ok     {time.monotonic() - began:6.1f} s  {what}{': ' if told else ''}{''.join(told)}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
