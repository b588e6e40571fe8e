"""Make the data that a service reads on this machine, from the files in its folder `seed`.

`seed/items.sql` becomes the SQLite file of the source `items`; `seed/items.json`
becomes a table of the local cloud: its name, its key, and its items.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from affidavit_service.errors import ServiceError
from affidavit_service.read import Service

FOLDER: Final = "seed"
LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_ANY: Final = "local"
"""The local cloud takes any key; one of an account has no business here."""


class Seeded(NamedTuple):
    """One source, and what became of it: `made`, `there already`, `no seed`."""

    source: str
    scheme: str
    state: str


def seed(
    service: Service, *, endpoint: str = "", region: str = "", fresh: bool = False
) -> list[Seeded]:
    """Make what is not there yet; with `fresh` what is there is made anew.

    `endpoint` is where DynamoDB is, as AWS_ENDPOINT_URL says it.

    Raises:
        ServiceError: A seed cannot be used, or DynamoDB is not on this machine.

    """
    found = {}
    for function in service.functions.values():
        for name, url in function.sources.items():
            found[name, url] = _seeded(service.folder, name, url, (endpoint, region), fresh=fresh)
    return list(found.values())


def _seeded(folder: Path, name: str, url: str, place: tuple[str, str], *, fresh: bool) -> Seeded:
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path, script = folder / unquote(urlsplit(url).path[1:]), folder / FOLDER / f"{name}.sql"
        return Seeded(name, scheme, _sqlite(path, script, fresh=fresh))
    table = folder / FOLDER / f"{name}.json"
    if scheme == "dynamodb" and table.is_file():
        return Seeded(name, scheme, _dynamodb(_read(table), *place, fresh=fresh))
    return Seeded(name, scheme, "no seed")


def _sqlite(path: Path, script: Path, *, fresh: bool) -> str:
    if path.exists() and not fresh:
        return "there already"
    if not script.is_file():
        return "no seed"
    made = path.with_name(f"{path.name}.new")
    made.unlink(missing_ok=True)
    failed = ""
    try:
        with closing(sqlite3.connect(made)) as database, database:
            database.executescript(script.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, sqlite3.Error) as error:
        failed = type(error).__name__
        made.unlink(missing_ok=True)
    if failed:
        raise _unusable(script, f"running it raised {failed}")
    made.replace(path)
    return "made"


def _dynamodb(told: dict[str, Any], endpoint: str, region: str, *, fresh: bool) -> str:
    import boto3  # noqa: PLC0415 - heavy, and an extra
    from boto3.dynamodb.types import TypeSerializer  # noqa: PLC0415

    if urlsplit(endpoint).hostname not in LOCAL:
        raise ServiceError(
            "the table cannot be made",
            why="AWS_ENDPOINT_URL does not say that DynamoDB is on this machine",
            fix="Start affidavit local up --detach, and export what it prints",
        )
    client: Any = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=_ANY,
        aws_secret_access_key=_ANY,
    )
    table, key = told["table"], told["key"]
    if table in client.list_tables()["TableNames"]:
        if not fresh:
            return "there already"
        client.delete_table(TableName=table)
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
    )
    write = TypeSerializer().serialize
    for item in told["items"]:
        client.put_item(TableName=table, Item={name: write(one) for name, one in item.items()})
    return "made"


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(path, f"reading it raised {type(error).__name__}") from None
    if isinstance(told, dict) and {"table", "key", "items"} <= told.keys():
        return told
    raise _unusable(path, "it does not say table, key and items")


def _unusable(path: Path, why: str) -> ServiceError:
    return ServiceError(
        f"{FOLDER}/{path.name} cannot be used",
        why=why,
        fix="Correct it; docs/functions.md has its form",
    )
