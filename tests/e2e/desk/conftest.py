"""The order desk, deployed by Terraform's root from its one definition."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from e2e.framework.bundles import ARCHITECTURE, FOLDER, RUNTIME, VERSION, bundle_sealer
from e2e.framework.clouds import REGION, Cloud
from e2e.framework.commands import affidavit
from e2e.framework.stacks import Stack, deployed
from terraform_tool import HCL, ROOT

PLACE: Final = ROOT / "build" / "e2e" / "desk"
BUCKET: Final = "example-order-desk"
LOCAL: Final = "--environment=local"


class Outputs(NamedTuple):
    """What the root puts out, as far as it is looked at here."""

    url: str
    table_name: str
    functions: dict[str, dict[str, str]]
    triggers: dict[str, dict[str, dict[str, str]]]
    lost: dict[str, str]
    tables: dict[str, str]


def definition() -> Path:
    """Return functions.toml in a copy of the example, for the Python of this machine."""
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.copytree(
        ROOT / "examples" / "order_desk",
        PLACE / "order_desk",
        ignore=shutil.ignore_patterns("__pycache__", "*.db"),
    )
    sys.path.insert(0, str(ROOT / "examples"))
    from order_desk.catalogue import make

    make(PLACE / "order_desk" / "catalogue.db")
    path = PLACE / "order_desk" / "functions.toml"
    here = f'runtime = "{RUNTIME["runtime"]}"\narchitecture = "{ARCHITECTURE}"\n'
    text = path.read_text().replace("[defaults]\n", f"[defaults]\n{here}", 1)
    # There is no Oracle here, so every environment is as the laptop's is.
    heading = "[functions.place.environments.{}]\n"
    local = text.partition(heading.format("local"))[2].partition("\n\n")[0]
    prod = text.partition(heading.format("prod"))[2].partition("\n\n")[0]
    text = text.replace(heading.format("prod") + prod, "")
    others = (heading.format(name) + local for name in ("dev", "qa", "uat", "prod", "dr"))
    path.write_text("\n\n".join([text, *others]) + "\n")
    return path


def bundles(path: Path, to: Path = FOLDER) -> Mapping[str, Path]:
    """Make the bundles that the definition says."""
    options = (f"--service={path}", LOCAL, f"--to={to}")
    told = affidavit(
        *("bundle", "make", *options, f"--lock={ROOT / 'constraints.txt'}"), timeout_s=900
    )
    names = ("place", "settle", "follow")
    assert len(told) == len(names)
    return {name: to / f"{name}-python{VERSION}-{ARCHITECTURE}.zip" for name in names}


def prepare(cloud: Cloud) -> None:
    """Make what a service finds: templates, a sender that SES knows, and a secret."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for part, text in (("subject", "An order"), ("text", "{{ quantity }} of it.")):
        s3.put_object(Bucket=BUCKET, Key=f"mail/2026-01/placed.{part}.j2", Body=text.encode())
    cloud.client("sesv2").create_email_identity(EmailIdentity="desk@example.org")
    cloud.client("sesv2").create_email_identity(EmailIdentity="example.org")
    cloud.client("secretsmanager").create_secret(
        Name="order-desk/partner", SecretString="a key for the partner"
    )


@pytest.fixture(scope="session")
def desk(cloud: Cloud) -> Iterator[Stack[Outputs]]:
    """Deploy it: what Terraform gets is what `affidavit service terraform` writes."""
    path = definition()
    artifacts = {**bundles(path), "sealer": bundle_sealer()}
    said: dict[str, Any] = affidavit("service", "terraform", str(path), LOCAL)
    # The tables' keys and the evidence are the environment's; the name is this run's.
    said = {key: value for key, value in said.items() if key != "name"} | {
        "environment": "local",
        "databases": {"tables": {"orders": "order_id"}},
        "evidence": {
            "origin": "example.org/desk",
            "deletion_protection": False,
            "recovery_days": 1,
            "timeout_ms": 3000,
        },
    }
    prepare(cloud)
    with deployed(HCL, cloud, Outputs, artifacts, said) as ours:
        yield ours
