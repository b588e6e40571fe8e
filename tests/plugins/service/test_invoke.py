"""A function is called as its definition says, under the client that Lambda runs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit.testing import api_gateway_v2
from affidavit_service.errors import ServiceError
from affidavit_service.function_process import FunctionProcess
from affidavit_service.read import read_service
from affidavit_service.read_event import read_event
from order_desk.catalogue import make
from own_process import run_affidavit

DEFINITION = repo.ROOT / "examples/order_desk/functions.toml"
ORDER = {"order_id": "order-0001", "product": "PROD-101", "quantity": 2}


def call(tmp_path: Path, event: Any, name: str = "place") -> Any:
    orders = tmp_path / "orders.db"
    with closing(sqlite3.connect(orders)) as database, database:
        database.execute(
            "create table orders (order_id text primary key, product, quantity, total)"
        )
    variables = {
        "AFFIDAVIT_SOURCE_CATALOGUE": f"sqlite:///{make(tmp_path / 'catalogue.db')}",
        "AFFIDAVIT_SOURCE_ORDERS": f"sqlite:///{orders}?mode=rw",
    }
    process = FunctionProcess(
        read_service(DEFINITION, "local"),
        name,
        variables=variables,
        ledger=f"sqlite:///{tmp_path / 'ledger.db'}",
    )
    with closing(process):
        return process.call(json.dumps(event).encode())


def test_an_order_is_answered_kept_and_on_record(tmp_path: Path) -> None:
    """Handler, plugins, sources and variables are the definition's; the answer is Lambda's."""
    done = call(tmp_path, api_gateway_v2(method="POST", body=ORDER))
    with closing(sqlite3.connect(tmp_path / "orders.db")) as database:
        kept = database.execute("select order_id, total from orders").fetchall()
    records = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))

    assert ("", 200) == (done.error, done.answer["statusCode"])
    assert {"order_id": "order-0001", "total": "19.00"} == json.loads(done.answer["body"])
    assert [("order-0001", "19.00")] == kept
    assert b"ORDER_PLACE" in records


def test_what_a_function_raises_is_its_type(tmp_path: Path) -> None:
    """A bad line of a queue; nothing is hidden, and the log is there."""
    done = call(tmp_path, {"order_id": "no event of any source"})

    assert (None, "InvalidRequestError") == (done.answer, done.error)


def test_the_command_says_the_same(tmp_path: Path) -> None:
    """With exit code 1 for an error, and a sentence for what is no JSON."""
    options = ["--service", str(DEFINITION), "--ledger", f"sqlite:///{tmp_path / 'ledger.db'}"]
    codes = [
        run_affidavit("service", "invoke", "settle", *options, "--event", event).returncode
        for event in ('{"total": "1"}', "no JSON")
    ]

    assert [1, 3] == codes


def test_an_event_is_read_or_refused(tmp_path: Path) -> None:
    """From the command line or a file."""
    path = tmp_path / "event.json"
    path.write_text("{}")

    assert b"{}" == read_event("{}") == read_event(f"@{path}")
    for given in ("{", f"@{tmp_path}/none"):
        with pytest.raises(ServiceError, match="cannot be used"):
            read_event(given)
