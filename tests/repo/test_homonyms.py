"""One word, one meaning: a class is defined once, a module's name says one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

import repository as repo

ROLES = {
    "__init__",
    "archive",  # what a plugin gives a hook is called alike in each: a ledger is a ledger
    "clients",
    "errors",
    "faults",
    "ledger",
    "location",
    "source",
    "spill",
    "subjects",
}
"""Modules that have one name because they have one part to play, in whichever plugin."""

OPEN_CLASSES: set[str] = {
    *(
        "Answer",
        "Asked",
        "Call",
        "Change",
        "Delivery",
        "Done",
        "Finding",
        "Handler",
        "Invoke",
        "Job",
        "Loaded",
    ),
    *("Line", "Outcome", "Places", "Progress", "Put", "Query", "Reason", "Request", "Rules"),
    *("Sealed", "Seen", "Source", "Started", "Step", "Steps", "Target", "Told", "Verdict"),
    "Where",
}
OPEN_MODULES: set[str] = {
    *("batch", "budget", "deliver", "events", "handler", "http", "inputs", "keys", "load"),
    *(
        "mappings",
        "model",
        "names",
        "operators",
        "places",
        "queues",
        "rules",
        "start",
        "state",
        "steps",
        "templates",
    ),
    *("unpack", "verify"),
}
"""What still has two meanings, in harness, release, bundle, ledger, local cloud. May shrink."""


def _classes() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in repo.modules(*repo.SHIPPED):
        for node in ast.walk(repo.tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].add(f"{repo.name(path)}:{node.lineno}")
    return {name: places for name, places in found.items() if len(places) > 1}


def _modules() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in repo.modules(*repo.SHIPPED):
        found[path.stem].add(repo.name(path))
    return {name: places for name, places in found.items() if len(places) > 1}


def test_a_public_class_is_defined_once() -> None:
    """In kernel, command line and plugins together: two verdicts are two things."""
    twice = _classes()

    assert {} == {name: places for name, places in twice.items() if name not in OPEN_CLASSES}


def test_a_module_name_means_one_thing() -> None:
    """`commands.py` nine times says nothing about any of them."""
    twice = _modules()

    assert {} == {name: at for name, at in twice.items() if name not in ROLES | OPEN_MODULES}


def test_a_role_is_played_by_several() -> None:
    """Or it is no role, and its name need not be allowed."""
    assert set() == ROLES - set(_modules())
