"""What commands of the local cloud have in common: which cloud, which region, a client."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from affidavit import SettingsError
from affidavit_localcloud.running import ANY_VALUE, Running, find_running

T = TypeVar("T")

OFF: Final = "off"
DEBUG_PORT: Final = 5678
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


def environment_of(found: Running, region: str) -> dict[str, str]:
    """Return the variables that lead SDKs and Terraform to a cloud."""
    return {
        "AWS_ENDPOINT_URL": found.endpoint,
        "AWS_ACCESS_KEY_ID": ANY_VALUE,
        "AWS_SECRET_ACCESS_KEY": ANY_VALUE,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,  # the one that Python's SDK reads outside of Lambda
    }


def read_debugged(given: Sequence[str]) -> dict[str, int]:
    """Return the ports of `FUNCTION` and `FUNCTION=PORT`: one after another unless said.

    Raises:
        SettingsError: A port is none, or debugpy is not installed.

    """
    wanted: dict[str, int] = {}
    for number, one in enumerate(given):
        name, _, port = one.partition("=")
        if one == OFF:
            return {}
        if port and not (port.isdecimal() and 1024 <= int(port) <= 65_535):  # noqa: PLR2004 - ports
            raise SettingsError(
                "--debug cannot be used",
                why="its port is no number from 1024 to 65535",
                fix=f"Write --debug {name}, or --debug {name}={DEBUG_PORT}",
            )
        wanted[name] = int(port or DEBUG_PORT + number)
    if wanted and importlib.util.find_spec("debugpy") is None:
        raise SettingsError(
            "there is no debugger", why="debugpy is not installed", fix="pip install debugpy"
        )
    return wanted


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
