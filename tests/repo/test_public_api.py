"""What others may import, and what our own plugins import besides."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import affidavit
import affidavit.testing
import repository as repo

PLUGINS = sorted(path for path in (repo.ROOT / "plugins").iterdir() if path.is_dir())

COMMANDS = {
    "affidavit._runtime.command_result": "what a command returns",
    "affidavit._types": "`Json`, the type of what a command returns",
}
"""What every plugin with commands needs. docs/hooks.md shows it."""

INSIDE: dict[str, dict[str, str]] = {
    "sqlite": {
        "affidavit._records.local_keys": "derives keys from the secret in the key file",
        "affidavit._records.spill_line": "the form of an entry on its way",
    },
    "dynamodb": {
        "affidavit._records.archives": "what an archive and a signer are; the plugin offers both",
        "affidavit._policy.load": "the sealer's functions ask how long an archive is kept",
        "affidavit._runtime.plugins": "the sealer's functions open what their variables name",
        "affidavit._policy.model": "tells machines from people, to spread an index",
        "affidavit._runtime.runtime": "the sealer's functions open what their variables name",
        "affidavit._runtime.settings": "the sealer's functions open what their variables name",
        "affidavit._records.spill_line": "the form of an entry on its way",
    },
    "harness": COMMANDS
    | {
        "affidavit._clock": "reports write times as records do",
        "affidavit._policy.load": "what a report shows is redacted as on a laptop",
        "affidavit._invocation.handler_spec": "tells an audited handler from an ordinary one",
        "affidavit._runtime.plugins": "collects the test actions",
        "affidavit._policy.model": "names the exits of redaction",
        "affidavit._redact": "no_pii, and everything that a report shows",
        "affidavit._invocation.decorator": "calls an audited handler in this process under a runtime of its own",
    },
    "ledger": COMMANDS
    | {
        "affidavit._records.archives": "what an archive and a signer are; the plugin offers both",
        "affidavit._canonical": "checks that stored bytes are the ones that are hashed",
        "affidavit._records.chain": "the writer and the verifier must compute the same links and MACs",
        "affidavit._clock": "writes times as records do",
        "affidavit._policy.load": "a command's own record is kept as long as the policy says",
        "affidavit._runtime.plugins": "opens the ledger that a command names",
        "affidavit._policy.model": "how the user of a command is known",
        "affidavit._records.record": "reads the phases of records, and writes a command's own",
        "affidavit._runtime.runtime": "opens the ledger that a command names",
        "affidavit._runtime.settings": "opens the ledger that a command names",
        "affidavit._records.subjects": "turns a subject into the token to search for, or forgets it",
        "affidavit._records.tokens": "turns a name into the token to search for",
        "affidavit._version": "reports say what wrote them",
    },
    "bundle": COMMANDS
    | {
        "affidavit._policy.load": "a bundle says which policy it holds, with its digest",
    },
    "localcloud": COMMANDS,
    "lint": {"affidavit._runtime.command_result": COMMANDS["affidavit._runtime.command_result"]},
    "policy": COMMANDS
    | {
        "affidavit._policy.load": "writes the form that the kernel loads, with its digest",
        "affidavit._policy.model": "the vocabulary, and its order from weak to strict",
        "affidavit._redact": "the names of entities",
    },
    "release": COMMANDS
    | {
        "affidavit._records.archives": "a vault is an archive, and releases are signed like checkpoints",
        "affidavit._canonical": "reads canonical records only, and fits reasons into them",
        "affidavit._records.chain": "every step of the line is a record in a chain of its own",
        "affidavit._clock": "writes times as records do",
        "affidavit._policy.load": "records of the line are kept as long as the policy says",
        "affidavit._runtime.plugins": "opens the vault and the signer that the rules name",
        "affidavit._policy.model": "what the policy asks for, and how a user is known",
        "affidavit._records.record": "states the facts of a step",
        "affidavit._redact": "reasons are redacted before they are recorded",
        "affidavit._runtime.runtime": "opens the ledger that a command names",
        "affidavit._runtime.settings": "the names of environments",
        "affidavit._records.tokens": "people are on record as tokens",
        "affidavit._version": "records say what wrote them",
    },
    "testing": {
        "affidavit._clock": "a process whose clock is wrong has one of its own",
        "affidavit._policy.load": "a handler is tested under the policy that is named",
        "affidavit._policy.model": "what a policy asks for is what a handler is held to",
        "affidavit._runtime.runtime": "a handler under test finds its runtime where a function does",
        "affidavit._version": "reports say what wrote them",
        "affidavit._invocation.decorator": "what an audited handler declares: its models and its actor",
    },
}
"""Submodules that a plugin of this repository may import, and why. It ships with the kernel."""


def _imports(plugin: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (file, module, name) for everything that is imported from affidavit."""
    for path in repo.modules(plugin):
        for node in ast.walk(repo.tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                if node.module.partition(".")[0] == "affidavit":
                    yield from ((repo.name(path), node.module, one.name) for one in node.names)
            elif isinstance(node, ast.Import):
                for one in node.names:
                    if one.name.partition(".")[0] == "affidavit":
                        yield repo.name(path), one.name, ""


def _inside(module: str) -> str:
    """Return the submodule itself, without what is below it: `affidavit._redact`."""
    return ".".join(module.split(".")[:2])


def test_the_list_of_public_names_is_sorted_and_true() -> None:
    """Each is there, once, and none comes from a module by accident."""
    assert sorted(set(affidavit.__all__)) == affidavit.__all__
    assert [] == [name for name in affidavit.__all__ if not hasattr(affidavit, name)]


def test_what_the_front_door_imports_is_public() -> None:
    """A name that is imported there and not listed would be public by accident."""
    door = repo.tree(repo.KERNEL / "__init__.py")
    imported = {
        one.asname or one.name
        for node in ast.walk(door)
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }

    assert set(affidavit.__all__) == imported - {"VERSION"} | {"__version__"}


def test_every_error_is_public() -> None:
    """Whoever gets one must be able to catch it."""
    errors = {
        node.name
        for node in repo.tree(repo.KERNEL / "errors.py").body
        if isinstance(node, ast.ClassDef)
    }

    assert set() == errors - set(affidavit.__all__)


def test_the_stand_ins_are_listed() -> None:
    """`affidavit.testing` is a front door, too."""
    assert sorted(set(affidavit.testing.__all__)) == affidavit.testing.__all__
    assert [] == [n for n in affidavit.testing.__all__ if not hasattr(affidavit.testing, n)]


@pytest.mark.parametrize(
    "module", sorted(one.name for one in pkgutil.walk_packages(affidavit.__path__, "affidavit."))
)
def test_every_module_can_be_imported(module: str) -> None:
    """By itself, whatever was imported before."""
    assert importlib.import_module(module) is not None


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_imports_public_names_or_says_why_not(plugin: Path) -> None:
    """A name that is public may be taken from where it is made; the rest is listed above."""
    allowed = INSIDE.get(plugin.name, {}).keys() | {"affidavit", "affidavit.testing"}
    beyond = [
        f"{file}: from {module} import {name}"
        for file, module, name in _imports(plugin)
        if _inside(module) not in allowed and name not in affidavit.__all__
    ]

    assert [] == beyond


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_takes_only_public_names_through_the_front_door(plugin: Path) -> None:
    """`from affidavit import chain` would be a submodule in disguise."""
    names = {name for _, module, name in _imports(plugin) if module == "affidavit"}

    assert set() == names - set(affidavit.__all__)


@pytest.mark.parametrize("plugin", sorted(INSIDE))
def test_the_list_of_exceptions_is_not_longer_than_needed(plugin: str) -> None:
    """What is no longer imported leaves the list."""
    imported = {_inside(module) for _, module, _ in _imports(repo.ROOT / "plugins" / plugin)}

    assert set() == INSIDE[plugin].keys() - imported - COMMANDS.keys()
