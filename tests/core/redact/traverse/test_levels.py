"""What one container more costs: levels of the depth that is left, and values of the room."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

import pytest

import redact_strategies as my
from affidavit._policy.model import Exemption, Redaction, SinkRule
from affidavit._policy.words import Sink, SinkMode
from affidavit._redact import Redactor

CONTAINERS: Final[dict[str, tuple[Callable[[Any], Any], int, int]]] = {
    "object": (lambda one: {"a": one}, 1, 1),
    "key that is no text": (lambda one: {1: one}, 1, 1),
    "name of a version": (lambda one: {"version": one}, 1, 1),
    "name of an identifier": (lambda one: {"id": one}, 1, 1),
    "name and value": (lambda one: {"Name": "Host", "Value": one}, 1, 2),
    "list": (lambda one: [one], 1, 1),
    "list of two": (lambda one: [one, "a"], 1, 2),
    "list of three": (lambda one: ["a", "b", one], 1, 3),
    "tuple": (lambda one: (one, 1, 2), 1, 3),
    "arguments": (lambda one: ["run", "-x", one], 1, 3),
    "headers": (lambda one: {"rawHeaders": ["Host", one]}, 2, 3),
    "couples": (lambda one: [["Host", one], ["b", "c"]], 2, 6),
    "columns and rows": (lambda one: {"columns": ["a", "b"], "rows": [[one]]}, 3, 6),
    "statement and binds": (lambda one: {"sql": "select :a", "binds": {"a": one}}, 2, 3),
    "attribute of DynamoDB": (lambda one: {"M": {"a": one}}, 2, 2),
    "mapping": (lambda one: MappingProxyType({"a": one}), 2, 1),
    "ordered": (lambda one: OrderedDict(a=one), 2, 1),
    "deque": (lambda one: deque([one]), 2, 1),
    "data class": (my.Person, 2, 2),
    "named tuple": (lambda one: my.Row(one, 1), 2, 2),
}
"""How it is put around a value, how many levels and how many values that takes."""

EXEMPT: Final = (Exemption(path="z.z", reason="a test", expires="2099-01-01"),)
RULED: Final[dict[str, Callable[..., Redaction]]] = {
    "by default": my.rules,
    "on the way to an exempt path": lambda **limits: my.rules(exemptions=EXEMPT, **limits),
}


def _fits(rules: Redaction, put: Callable[[Any], Any], most: int = 10) -> int:
    """Return how often a text can be wrapped before something of it is not looked at."""
    redactor = Redactor(rules, today="2026-01-23")
    value: Any = "x"
    for times in range(most):
        value = put(value)
        if "LIMIT" in json.dumps(redactor.clean(value, Sink.LOG).value):
            return times
    return most


@pytest.mark.parametrize("ruled", RULED)
@pytest.mark.parametrize("name", CONTAINERS)
def test_each_container_takes_its_levels_and_its_values(name: str, ruled: str) -> None:
    """No more, or little could be logged; no less, or there would be no limit."""
    put, levels, values = CONTAINERS[name]
    for limit in range(1, 9):
        assert limit // levels == _fits(RULED[ruled](depth=limit), put), f"depth {limit}"
        assert limit // values == _fits(RULED[ruled](nodes=limit), put), f"nodes {limit}"


def test_where_an_allow_list_rules_the_limits_are_the_same() -> None:
    """It looks at every key."""
    sinks = {Sink.LOG: SinkRule(mode=SinkMode.ALLOWLIST, keys=("a",))}
    for limit in range(1, 9):
        for put in (lambda one: {"a": one}, lambda one: {"a": [one]}):
            levels = 1 + isinstance(put(1)["a"], list)
            assert limit // levels == _fits(my.rules(sinks=sinks, depth=limit), put)
            assert limit // levels == _fits(my.rules(sinks=sinks, nodes=limit), put)


@pytest.mark.parametrize("put", [lambda one: json.dumps({"a": one}), lambda one: json.dumps([one])])
def test_json_in_a_text_takes_two_levels(put: Callable[[Any], Any]) -> None:
    """Of four around one another: the fifth is not looked at, whatever room there is."""
    for limit in range(1, 9):
        assert limit // 2 == _fits(my.rules(depth=limit), put)
    assert 4 == _fits(my.rules(), put)


def test_a_whole_row_costs_what_is_in_it() -> None:
    """Cells are counted; beside them a value that is too large goes alone."""
    value = {"columns": ["a", "ssn"], "rows": [[1, "x"], [2, "y"]], "n": 3}
    clean: Any = [Redactor(my.rules(nodes=room)).clean(value, Sink.LOG).value for room in (8, 11)]

    assert "[LIMIT]" in json.dumps(clean[0])
    assert [[1, "[US_SSN]"], [2, "[US_SSN]"]] == clean[1]["rows"]
