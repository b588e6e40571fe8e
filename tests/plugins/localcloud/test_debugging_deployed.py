"""A debugger looks into a function that Terraform could have deployed, and time stands still."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affidavit_localcloud.running import Running
from devserver_parts import DebugClient, free_port
from localcloud_parts import Aws, cloud_in, command, eventually

CODE = """
import os

def handler(event, context):
    asked = event["n"]
    left = context.get_remaining_time_in_millis()
    return [asked, left > 3600_000, os.environ.get("AFFIDAVIT_UNSAFE_DEBUG", "")]
"""
LINE = '    asked = event["n"]'


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    with cloud_in(tmp_path) as running:
        yield running


def look(running: Running, aws: Aws, name: str, port: int) -> Any:
    """Attach, stop in the handler longer than its timeout, and return its answer."""
    answers: list[Any] = []
    calling = threading.Thread(target=lambda: answers.append(aws.call(name, {"n": 7})))
    calling.start()
    code = running.folder / "debug" / name / "app.py"
    eventually(code.is_file)
    assert "7" == DebugClient(port).stop_at(code, LINE, "event['n']", calling.join)
    return answers[0]


def test_a_deployed_function_waits_stops_and_goes_on(own: Running) -> None:
    """In a cloud that runs; by the end of its name; and nobody waits once it is off."""
    aws, port = Aws(own.endpoint), free_port()
    name = aws.function(CODE, FunctionName="shop-local-read", Timeout=1, MemorySize=128)
    other = aws.function(CODE)
    assert [1, False, ""] == aws.call(name, {"n": 1})
    state = ("--state", str(own.folder))

    command("up", *state, "--debug", f"read={port}")

    assert [7, True, "1"] == look(own, aws, name, port)
    # Warm, with the debugger gone: it goes on, still without a limit of time.
    assert [2, True, "1"] == aws.call(name, {"n": 2})
    assert [3, False, ""] == aws.call(other, {"n": 3})
    # Another version takes the port over.
    aws("lambda").update_function_configuration(FunctionName=name, Timeout=2)
    assert [7, True, "1"] == look(own, aws, name, port)
    told = json.loads(command("status", *state, "--output", "json"))["functions"]
    assert {name: port, other: 0} == {one["function"]: one["debugger"] for one in told}

    command("up", *state, "--debug", "off")

    assert [4, False, ""] == aws.call(name, {"n": 4})


def test_what_ran_and_what_failed_is_in_the_status(own: Running) -> None:
    """Environments, memory, calls, errors by type; never what an error says."""
    aws = Aws(own.endpoint)
    name = aws.function("def handler(e, c):\n    return 1 / e['n']\n")
    aws.call(name, {"n": 1})
    aws.call(name, {"n": 0, "ssn": "219-09-9999"})
    shown = command("status", "--state", str(own.folder), "--output", "json")
    (told,) = json.loads(shown)["functions"]

    assert (name, 2, 1, "ZeroDivisionError") == (
        told["function"],
        told["calls"],
        told["errors"],
        told["last_error"],
    )
    assert 1 == told["environments"]
    assert 5 < told["peak_mb"] < told["memory_mb"] == 256
    assert "219-09-9999" not in shown
    command("reset", "--state", str(own.folder))
    assert (
        []
        == json.loads(command("status", "--state", str(own.folder), "--output", "json"))[
            "functions"
        ]
    )


def test_tables_of_a_service_are_made_in_the_cloud(own: Running, tmp_path: Path) -> None:
    """`affidavit local seed` needs no variable; what is there stays unless it is told."""
    definition = tmp_path / "functions.toml"
    definition.write_text(
        '[service]\nname = "shop"\n[functions.read]\nhandler = "shop:read"\n'
        'plugins = ["dynamodb"]\nsources = { items = "dynamodb://items" }\n'
    )
    items = {"table": "items", "key": "id", "items": [{"id": "I-1"}]}
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed/items.json").write_text(json.dumps(items))
    options = ("--state", str(own.folder), "--service", str(definition), "--output", "json")
    states = [
        json.loads(command("seed", *options, *more))[0]["state"] for more in ((), (), ("--fresh",))
    ]

    assert ["made", "there already", "made"] == states
    assert 1 == Aws(own.endpoint)("dynamodb").scan(TableName="items")["Count"]
