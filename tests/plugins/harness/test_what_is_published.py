"""What Terraform and editors are given of the harness, and what a scenario costs at worst."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affidavit_harness.console.publish_commands import machine, rights, schema
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.files.schema import scenario_schema
from affidavit_harness.files.transition_budget import worst_case
from affidavit_harness.machine import machine as definition
from affidavit_harness.registry import load_registry
from harness_parts import Stage

HEAD = "actions:\n"
PUT = "- id: {id}\n  uses: shelf.put\n  with: {{key: a}}\n  undo: {undo}\n{more}"


def _ran(command: Any) -> Any:
    callback = command.callback
    return getattr(callback, "__wrapped__", callback)()


def test_each_document_is_printed_as_it_is() -> None:
    """For programs as data, for people as JSON with two blanks to a level."""
    registry = load_registry()
    statements = {kind: list(registry.statements(kind)) for kind in ("read", "write", "sweep")}
    told = {
        schema: scenario_schema(registry),
        rights: {"manifest": registry.manifest(), **statements},
        machine: definition(),
    }

    for command, document in told.items():
        found = _ran(command)
        assert document == found.data
        assert json.dumps(document, indent=2) == found.text


def test_a_schema_knows_the_parameters_of_each_action() -> None:
    """Of calls, and of actions; no other name is one."""
    registry = load_registry()
    definitions = scenario_schema(registry)["$defs"]

    for call in ("Call", "Action"):
        rules = definitions[call]["allOf"]
        assert list(registry.names()) == definitions[call]["properties"]["uses"]["enum"]
        assert sorted(registry.names()) == [
            rule["if"]["properties"]["uses"]["const"] for rule in rules
        ]
        for rule in rules:
            place = rule["then"]["properties"]["with"]["$ref"]
            assert place.removeprefix("#/$defs/") in definitions


LOOK = "- id: look\n  uses: shelf.look\n  check: [{select: value, eq: 1}]\n"
ROWS = "  for_each: [{row: x}, {row: z}]\n"
ALONE = 9 + 2
"""A scenario of one look: what every run takes, and what every step takes."""


def _wait(timeout: str, more: str = "") -> str:
    return f"  eventually: {{timeout: {timeout}{more}}}\n"


@pytest.mark.parametrize(
    ("steps", "actions", "transitions"),
    [
        (LOOK, 1, ALONE),
        (PUT.format(id="a", undo="none", more="") + LOOK, 2, ALONE + 2),
        (PUT.format(id="a", undo="auto", more="") + LOOK, 2, ALONE + 2 + 3),
        (PUT.format(id="a", undo="none", more=ROWS) + LOOK, 2, ALONE + 2 + 3 + 2 * 3),
        (PUT.format(id="a", undo="auto", more=ROWS) + LOOK, 2, ALONE + 2 + 3 + 2 * (3 + 3)),
        (LOOK + _wait("20s"), 1, ALONE),
        (LOOK + _wait("21s"), 1, ALONE + 3),
        (LOOK + _wait("60s"), 1, ALONE + 2 * 3),
        (LOOK + _wait("60s", ", settle: 1s"), 1, ALONE + 3 * 3),
    ],
)
def test_a_scenario_costs_this_at_worst(
    steps: str, actions: int, transitions: int, tmp_path: Path
) -> None:
    """Transitions of the state machine, and their price."""
    cost = worst_case(Stage(tmp_path).load(HEAD + steps).scenario)

    assert (actions, transitions) == tuple(cost)
    assert transitions * 0.000025 == pytest.approx(cost.dollars)


def test_what_a_run_has_remembered_is_gone_with_it(tmp_path: Path) -> None:
    """Its secrets, and that somebody asked it to stop; those of others stay."""
    ledger = FileUndoLedger(tmp_path)
    for run in ("one", "other"):
        ledger.remember(run, "a", 1)
        ledger.ask_to_stop(run)
    ledger.forget("one")

    assert ({}, {"a": 1}) == (ledger.remembered("one"), ledger.remembered("other"))
    assert (False, True) == (ledger.asked_to_stop("one"), ledger.asked_to_stop("other"))
