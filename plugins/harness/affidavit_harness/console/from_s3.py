"""Scenarios in a bucket: `s3://bucket/prefix` is fetched into a folder of this machine."""

from __future__ import annotations

import shutil
from pathlib import Path, PureWindowsPath
from typing import Any, Final

from affidavit import SettingsError
from affidavit_harness.engine.call import error_name
from affidavit_harness.engine.clients import Clients
from affidavit_harness.files.form import MAX_LENGTH

ENDINGS: Final = (".yaml", ".yml", ".json", ".csv", ".txt")
"""Scenarios, harness.yaml, tables, and files that inputs name; whatever else lies there stays."""

MOST: Final = 1000


def fetch(url: str, folder: Path) -> Path:
    """Return the folder, or the file, that now holds what `url` names.

    What was fetched before is fetched anew: nothing of an older state is played.

    Raises:
        ValueError: It is no such URL.
        SettingsError: Nothing is there, too much is, or it may not be read.

    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket or _leads_out(prefix):
        raise ValueError("write s3://bucket/folder or s3://bucket/folder/scenario.yaml")
    client = Clients(read_only=True)("s3")
    try:
        keys = _keys(client, bucket, prefix)
        place = folder / bucket
        shutil.rmtree(place / prefix, ignore_errors=True)
        for key in keys:
            _keep(client, bucket, key, place)
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001 - boto3's, whose text may quote what it read
        raised = error_name(error)
    else:
        return place / prefix
    raise SettingsError(
        f"{url} cannot be read", why=f"it raised {raised}", fix="Check name, region and rights"
    )


def _keys(client: Any, bucket: str, prefix: str) -> list[str]:
    inside = prefix if not prefix or prefix.endswith(("/", *ENDINGS)) else f"{prefix}/"
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=inside)
    found = [one for page in pages for one in page.get("Contents", [])]
    wanted = [one for one in found if one["Key"].endswith(ENDINGS)]
    odd = [one for one in wanted if _leads_out(one["Key"])]
    big = [one for one in wanted if one["Size"] > MAX_LENGTH]
    if wanted and not odd and not big and len(wanted) <= MOST:
        return [str(one["Key"]) for one in wanted]
    what = "there is no scenario" if not wanted else "these are no scenarios"
    raise SettingsError(
        f"{what} under s3://{bucket}/{prefix}",
        why=f"{len(wanted)} of {len(found)} object(s) end with {', '.join(ENDINGS)}; "
        f"{len(big)} of them are larger than {MAX_LENGTH} bytes, {len(odd)} have names that lead "
        f"out of a folder, and {MOST} are the most",
        fix="Name the folder that holds them",
    )


def _leads_out(name: str) -> bool:
    """Tell whether a name leads out of its folder; as Windows reads it, which knows every form."""
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts


def _keep(client: Any, bucket: str, key: str, place: Path) -> None:
    path = place / key
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with client.get_object(Bucket=bucket, Key=key)["Body"] as stream:
        path.write_bytes(stream.read())
