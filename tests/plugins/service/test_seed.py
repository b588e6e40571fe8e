"""Data of this machine comes from the folder `seed`, and from nowhere else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from affidavit_service.errors import ServiceError
from affidavit_service.read import read_service
from affidavit_service.seed import Seeded, seed
from cloud import REGION, moto_server

SCRIPT = "create table items (id); insert into items values (1);"
DEFINITION = """
[service]
name = "shop"
[functions.read]
handler = "shop:read"
sources = {{ items = "{url}", prices = "oracle://host/db?secret_file=x" }}
plugins = ["dynamodb", "oracle", "sqlite"]
"""


def _service(folder: Path, url: str) -> Any:
    (folder / "functions.toml").write_text(DEFINITION.format(url=url))
    (folder / "seed").mkdir(exist_ok=True)
    return read_service(folder / "functions.toml", "local")


def _rows(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("select * from items").fetchall()


def test_a_file_is_made_once_and_anew_if_asked(tmp_path: Path) -> None:
    """What somebody has changed in it stays until then."""
    service = _service(tmp_path, "sqlite:///items.db?mode=rw")
    (tmp_path / "seed/items.sql").write_text(
        "create table items (id); insert into items values (1);"
    )
    made = seed(service)
    with closing(sqlite3.connect(tmp_path / "items.db")) as database, database:
        database.execute("insert into items values (2)")

    assert [Seeded("items", "sqlite", "made"), Seeded("prices", "oracle", "no seed")] == made
    assert "there already" == seed(service)[0].state
    assert [(1,), (2,)] == _rows(tmp_path / "items.db")
    assert "made" == seed(service, fresh=True)[0].state
    assert [(1,)] == _rows(tmp_path / "items.db")


def test_a_script_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """And says which one, without what it says."""
    service = _service(tmp_path, "sqlite:///items.db")
    (tmp_path / "seed/items.sql").write_text(
        "create table items (id); insert into items values (1);"
    )
    seed(service)
    (tmp_path / "seed/items.sql").write_text("insert into nowhere values ('secret')")
    with pytest.raises(ServiceError, match=r"items\.sql") as raised:
        seed(service, fresh=True)

    assert "secret" not in str(raised.value)
    assert [(1,)] == _rows(tmp_path / "items.db")
    assert [] == list(tmp_path.glob("*.new"))


def test_a_table_is_made_in_the_local_cloud_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seed never reaches an account, whatever the environment says."""
    service = _service(tmp_path, "dynamodb://items")
    (tmp_path / "seed/items.json").write_text(
        '{"table": "items", "key": "id", "items": [{"id": "I-1", "state": "open"}]}'
    )
    for elsewhere in ("", "https://dynamodb.eu-west-1.amazonaws.com"):
        with pytest.raises(ServiceError, match="cannot be made"):
            seed(service, endpoint=elsewhere, region=REGION)
    with moto_server() as endpoint:
        at = {"endpoint": endpoint, "region": REGION}
        assert ["made", "there already"] == [seed(service, **at)[0].state for _ in range(2)]
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        client: Any = boto3.client("dynamodb", endpoint_url=endpoint, region_name=REGION, **keys)
        client.put_item(TableName="items", Item={"id": {"S": "I-2"}})
        assert "made" == seed(service, fresh=True, **at)[0].state
        assert 1 == client.scan(TableName="items")["Count"]
