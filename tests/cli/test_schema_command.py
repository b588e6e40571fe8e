"""`affidavit schema events`: contracts for people and for programs."""

from __future__ import annotations

import json

import pytest

from affidavit._event.schemas import event_names, event_schema
from command_line import Terminal


def test_all_are_listed(terminal: Terminal) -> None:
    """By the name that records give them; as JSON, with what they say."""
    said = terminal("schema", "events")
    assert 0 == said.code
    assert all(name in said.out for name in event_names())
    told = terminal("schema", "events", "--output", "json").data
    assert {name: event_schema(name) for name in event_names()} == told


@pytest.mark.parametrize("output", ["table", "json"])
def test_one_is_printed_as_json(terminal: Terminal, output: str) -> None:
    """Whichever way it is asked for, a program can read it."""
    said = terminal("schema", "events", "sqs", "--output", output)
    assert (0, event_schema("sqs")) == (said.code, json.loads(said.out))


def test_an_unknown_name_is_a_wrong_use(terminal: Terminal) -> None:
    """With the ones that there are."""
    said = terminal("schema", "events", "SQS")
    assert 2 == said.code
    assert "sqs" in said.err
    assert "" == said.out
