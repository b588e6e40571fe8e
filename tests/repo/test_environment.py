"""The environment comes in through few doors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import repository as repo

DOORS = {
    "core/hatch_build.py": "a build without optimising is asked for as mypyc's users do",
    "core/affidavit/_runtime/runtime.py": "hands the environment over, once per process",
    "core/affidavit/_invocation/decorator.py": "is this a deployed function?",
    "core/affidavit/testing/listening.py": "which files and addresses are the platform's own",
    "cli/affidavit_cli/doctor_command.py": "its question is what the environment says",
    "plugins/dynamodb/affidavit_dynamodb/sealer.py": "functions of its own, started by Lambda",
    "plugins/dynamodb/affidavit_dynamodb/outbox.py": "a function of its own, started by Lambda",
    "plugins/harness/affidavit_harness/console/progress.py": "is this a terminal, or CI?",
    "plugins/harness/affidavit_harness/console/run_command.py": "does GitHub read along?",
    "plugins/harness/affidavit_harness/handler.py": "functions of its own, started by Lambda",
    "plugins/harness/affidavit_harness/in_process_backend.py": "handlers here are configured by it",
    "plugins/harness/affidavit_harness/files/environments_file.py": "asks which policy it is under",
    "plugins/ledger/affidavit_ledger/session.py": "options stand in for variables",
    "plugins/localcloud/affidavit_localcloud/serving.py": "this process is a client of itself",
    "plugins/notify/affidavit_notify/webhook.py": "where the address of a webhook may be kept",
    "plugins/release/affidavit_release/programs.py": "a program it starts gets its own and more",
    "plugins/service/affidavit_service/function_process.py": "a process has its function's alone",
    "plugins/bundle/affidavit_bundle/own_wheel.py": "a build gets it without what would compile",
    "plugins/sqlite/affidavit_sqlite/ledger.py": "refuses a file in a deployed function",
    "plugins/xray/affidavit_xray/__init__.py": "Lambda hands the trace header over there",
    "plugins/testing/affidavit_testing/definition_suites.py": "handlers here are configured by it",
    "plugins/testing/affidavit_testing/report_subject.py": "the build service names the commit",
    "plugins/testing/affidavit_testing/remembered.py": "a handler may keep data in it",
    "cli/affidavit_cli/__main__.py": "lets no proxy answer for this machine",
}
"""Modules that look at os.environ, and why."""


BY_NAME = {
    "plugins/bundle/affidavit_bundle/audited_state.py": "says which policy a bundle's order names",
    "plugins/ledger/affidavit_ledger/session.py": "asks whether a ledger was named at all",
    "plugins/release/affidavit_release/evidence_check.py": "reads a deployed function's variables",
    "plugins/service/affidavit_service/agreement.py": "compares a function's variables",
}
"""Modules besides settings.py that look a variable up by its name, and why."""


def _looks(path: Path) -> Iterator[int]:
    for node in ast.walk(repo.tree(path)):
        if isinstance(node, ast.Attribute) and repo.dotted(node) in {
            "os.environ",
            "os.environb",
            "os.getenv",
            "os.putenv",
        }:
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for name in node.names if name.name in {"environ", "getenv"})


def test_the_environment_is_read_behind_these_doors_only() -> None:
    """Elsewhere a variable would be a setting that nobody lists, and tests would have to patch."""
    found = {repo.name(path) for path in repo.modules(*repo.SHIPPED) if any(_looks(path))}

    assert set(DOORS) == found


def test_variables_of_affidavit_are_named_in_settings_only() -> None:
    """One module reads them; the others get `Settings`. In texts for people they may be named."""
    reads = {
        repo.name(path)
        for path in repo.modules(*repo.SHIPPED)
        for node in ast.walk(repo.tree(path))
        if isinstance(node, ast.Subscript | ast.Call)
        and _asks(node).startswith("AFFIDAVIT_")
        and path.name != "settings.py"
    }

    assert set(BY_NAME) == reads


def _asks(node: ast.Subscript | ast.Call) -> str:
    """Return the key of `x["key"]`, `x.get("key")` and `getenv("key")`."""
    if isinstance(node, ast.Subscript):
        key: ast.expr | None = node.slice
    else:
        verb = repo.dotted(node.func).rpartition(".")[2]
        key = node.args[0] if verb in {"get", "getenv", "pop"} and node.args else None
    return str(key.value) if isinstance(key, ast.Constant) else ""
