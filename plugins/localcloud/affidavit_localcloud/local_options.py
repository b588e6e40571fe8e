"""What commands of the local cloud have in common: which cloud, which region, a client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from affidavit import SettingsError
from affidavit_localcloud.running import ANY_VALUE, Running, find_running

T = TypeVar("T")

DEFAULT_FOLDER = Path(".affidavit-local")

state_option = click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder of this cloud: who serves, its log, unpacked functions, saved state.",
)
region_option = click.option(
    "--region", envvar="AWS_REGION", default="eu-west-1", show_default=True, help="AWS_REGION."
)


def require(folder: Path) -> Running:
    """Return the running cloud.

    Raises:
        SettingsError: There is none.

    """
    found = find_running(folder.resolve())
    if found is None:
        raise SettingsError(
            "no local cloud runs in this folder",
            why="nothing answers there",
            fix="Start it with affidavit local up --detach",
        )
    return found


def client_of(folder: Path, service: str, region: str) -> Any:
    """Return a client of a service of AWS in the cloud that runs."""
    import boto3  # noqa: PLC0415 - heavy

    return boto3.client(
        service,
        endpoint_url=require(folder).endpoint,
        region_name=region,
        aws_access_key_id=ANY_VALUE,
        aws_secret_access_key=ANY_VALUE,
    )


def found_in_cloud(kind: str, ask: Callable[[], T]) -> T:
    """Return what the cloud answers.

    Raises:
        SettingsError: It has nothing of that name.

    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - heavy

    try:
        return ask()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
    raise SettingsError(
        f"there is no {kind} of that name here",
        why="the local cloud has none in this region",
        fix="Deploy it first, correct the name, or name another --region or --state",
    )
