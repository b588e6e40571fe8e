"""Deploy one feature's stack, and remove it whatever happens.

Each stack has a name that nobody else has and a state of its own, below
`build/e2e/stacks`. A run that was killed leaves its folder there; the next run
finds it and removes what it had deployed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

from e2e.framework.bundles import RUNTIME
from e2e.framework.clouds import REGION, Cloud
from terraform_tool import HCL, ROOT, Terraform, TerraformError

STACKS: Final = ROOT / "build" / "e2e" / "stacks"
PAST: Final = datetime(2000, 1, 1, tzinfo=UTC)

Outputs = TypeVar("Outputs")


class Stack(NamedTuple, Generic[Outputs]):
    """A deployed stack: its name, its outputs as the feature declares them, and its Terraform."""

    name: str
    cloud: Cloud
    out: Outputs
    terraform: Terraform
    options: tuple[str, ...]

    def drift(self) -> list[str]:
        """Return what a second plan would change."""
        return self.terraform.changes(*self.options)


def new_name(feature: str) -> str:
    """Return a name that no other run has: `e2e-<feature>-<six letters>`, at most 20 long."""
    return f"e2e-{feature[:8]}-{secrets.token_hex(3)}"


@contextmanager
def deployed(
    folder: Path,
    cloud: Cloud,
    outputs: type[Outputs],
    artifacts: Mapping[str, Path],
    variables: Mapping[str, Any] = {},
) -> Iterator[Stack[Outputs]]:
    """Apply the stack of one feature, hand it over, and destroy it.

    `outputs` is a named tuple whose fields are outputs of the feature's main.tf,
    `artifacts` are the zips that its variable of that name takes, `variables` the
    others that it has no default for.

    Raises:
        TerraformError: It cannot be deployed, or not be removed; the state's
            folder stays then, for the next run.

    """
    cloud.demand_writable()
    name = new_name(folder.name)
    ours = STACKS / name
    terraform = Terraform(folder, ours / "data", ours / "terraform.tfstate", cloud.environ)
    ours.mkdir(parents=True)
    (ours / "owner.json").write_text(json.dumps({"pid": os.getpid(), "folder": folder.name}))
    # Copies: another worker may make the same bundle anew while this stack stands.
    copied = {key: str(shutil.copy(path, ours / f"{key}.zip")) for key, path in artifacts.items()}
    # The root takes places of all kinds; a feature's stack takes paths.
    zips = {key: {"path": path} for key, path in copied.items()} if folder == HCL else copied
    said = {
        "name": name,
        "region": REGION,
        "runtime": RUNTIME,
        "artifacts": zips,
        **variables,
    }
    file = ours / "stack.tfvars.json"
    file.write_text(json.dumps(said))
    options = (f"-var-file={file}",)
    terraform.init()
    try:
        told = terraform.apply(*options)
        yield Stack(name, cloud, _typed(outputs, told), terraform, options)
    finally:
        remove(terraform, cloud, name, *options)
        left = terraform.leftovers()
        if left:
            raise TerraformError(f"{len(left)} resource(s) of {name} are still there: {left[:5]}")
        shutil.rmtree(ours)


def sweep(cloud: Cloud) -> list[str]:
    """Remove what runs that were killed have left; return the names of their stacks."""
    found = []
    for ours in sorted(STACKS.glob("e2e-*")):
        with suppress(OSError, ValueError):
            told = json.loads((ours / "owner.json").read_text())
            if _lives(int(told["pid"])):
                continue
            found.append(ours.name)
            if cloud.target == "aws":
                folder = ROOT / "tests" / "e2e" / told["folder"]
                terraform = Terraform(
                    folder, ours / "data", ours / "terraform.tfstate", cloud.environ
                )
                terraform.init()
                terraform.destroy(f"-var-file={ours / 'stack.tfvars.json'}")
            shutil.rmtree(ours)
    return found


def remove(terraform: Terraform, cloud: Cloud, prefix: str, *options: str) -> None:
    """Destroy a stack, its locked archive too where that can be done.

    Only the local cloud lets a lock be shortened. On AWS nobody can: there the
    archive stays until its lock ends, and this fails and says so.
    """
    if cloud.target != "local":
        terraform.destroy(*options)
        return
    _empty(cloud, prefix)
    try:
        # Nobody else changes anything here; what the state says need not be read again.
        terraform.destroy("-refresh=false", *options)
    except TerraformError:
        # The sealer has gone on for as long as it was there.
        _empty(cloud, prefix)
        terraform.destroy(*options)


def _empty(cloud: Cloud, prefix: str) -> None:
    functions = cloud.client("lambda")
    for one in functions.list_functions()["Functions"]:
        if one["FunctionName"].startswith(prefix):
            functions.put_function_concurrency(
                FunctionName=one["FunctionName"], ReservedConcurrentExecutions=0
            )
    s3 = cloud.client("s3")
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    for bucket in (name for name in buckets if name.startswith(prefix)):
        listing = s3.list_object_versions(Bucket=bucket)
        for one in [*listing.get("Versions", []), *listing.get("DeleteMarkers", [])]:
            version = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
            with suppress(s3.exceptions.ClientError):  # what is not locked cannot be unlocked
                s3.put_object_retention(
                    **version, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": PAST}
                )
            s3.delete_object(**version)


def _typed(outputs: type[Outputs], told: Mapping[str, Any]) -> Outputs:
    fields: tuple[str, ...] = outputs._fields  # type: ignore[attr-defined]
    missing = sorted(set(fields) - told.keys())
    if missing:
        raise TerraformError(f"main.tf has no output {', '.join(missing)}")
    return outputs(**{name: told[name] for name in fields})


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
