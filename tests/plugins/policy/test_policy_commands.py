"""`affidavit policy`: what each command says, to people and to programs, compared whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affidavit.plugin import load_policy, policy_from, shipped_policies
from affidavit_policy.claims import claims
from affidavit_policy.compile import compile_policy, compiled_text
from affidavit_policy.document import json_schema
from affidavit_policy.explain import explained
from affidavit_policy.policy_commands import policy as commands
from affidavit_policy.promises import PROMISES
from command_line import Terminal
from policy_files import policy, write


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    """Give a terminal."""
    return Terminal(capsys, tmp_path)


def _ran(command: str, /, **given: Any) -> Any:
    """Return what a command returns, before it is shown."""
    callback: Any = commands.commands[command].callback
    return getattr(callback, "__wrapped__", callback)(**given)


def test_every_shipped_policy_is_listed_whole() -> None:
    """A row for people, a document for programs."""
    found = [load_policy(name) for name in shipped_policies()]
    listed = _ran("list")

    assert ("policy", "declare", "hot days", "archive days", "title") == listed.columns
    assert [
        (p.label, p.declare.value, p.retention.hot_days, p.retention.archive_days, p.title)
        for p in found
    ] == listed.rows
    assert [
        {"policy": p.name, "version": p.version, "title": p.title, "digest": p.digest}
        for p in found
    ] == listed.data
    assert 0 == listed.exit_code


RULE = {
    "id": "MINE-01",
    "clause": "A clause of some law",
    "why": "Because somebody asks for it.",
    "governs": ["retention", "actor.trust", "environments.log_days", "logging.event"],
    "promises": ["binds_only"],
    "review": "Ask whether ten days are enough.",
}
OTHERS = {
    "id": "MINE-02",
    "clause": "Another clause",
    "why": "It has to be said.",
    "governs": ["declare", "environments.sample_percent", "limits", "sources", "off_record"],
}
DEMANDS = (
    "retention.hot_days = 10",
    "retention.archive_days = 100",
    "actor.trust = authorizer, iam",
    "environments.log_days = default 7, dev 7, staging 7",
    "logging.event = false",
    PROMISES["binds_only"],
    "EMAIL, PHONE: mask",
    "ward number: drop",
    "TICKET: drop",
    "response orders.*.card",
)


def _whole() -> dict[str, Any]:
    """Return a policy whose first rule is cited by an item of each kind."""
    rule = RULE["id"]
    redaction = {
        "entities": [{"match": ["EMAIL", "PHONE"], "action": "mask", "rule": rule}],
        "keys": [{"match": ["ward number"], "action": "drop", "rule": rule}],
        "patterns": [
            {
                "entity": "TICKET",
                "prefix": "T-",
                "charset": "digits",
                "least": 4,
                "most": 8,
                "action": "drop",
                "rule": rule,
            }
        ],
    }
    response = [{"path": "orders.*.card", "rule": rule}]
    return policy(rules=[RULE, OTHERS], redaction=redaction, response=response)


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json"])
def test_a_policy_is_explained_rule_by_rule(ending: str, tmp_path: Path) -> None:
    """Compiled, or as it was written, under both endings of YAML."""
    written = write(tmp_path, _whole())
    document = compile_policy(written).needed()
    path = written.with_suffix(ending)
    if ending != ".yaml":
        path.write_text(compiled_text(document) if ending == ".json" else written.read_text())
    held = policy_from(document)
    told = _ran("explain", name=str(path))
    first, second = told.data["rules"]

    assert ("rule", "clause", "demands", "why", "for a lawyer") == told.columns
    assert (held.name, held.version, held.digest) == tuple(
        told.data[word] for word in ("policy", "version", "digest")
    )
    assert {
        **{name: RULE[name] for name in ("id", "clause", "why", "review")},
        "demands": "; ".join(DEMANDS),
    } == first
    assert ("MINE-02", "") == (second["id"], second["review"])
    assert [
        tuple(one[name] for name in ("id", "clause", "demands", "why", "review"))
        for one in (first, second)
    ] == told.rows
    assert (f"{held.label}: A policy for tests.",) == told.notes


def test_a_shipped_policy_is_explained_by_its_name() -> None:
    """With a rule for each of its own."""
    held = load_policy("hipaa")

    assert list(explained(held)) == _ran("explain", name="hipaa").data["rules"]
    assert [rule.id for rule in held.rules] == [one["id"] for one in explained(held)]


def test_clauses_are_told_with_what_they_rest_on() -> None:
    """Nothing of a deployment is checked if none is named."""
    held, told = load_policy("part11"), _ran("clauses", name="part11", deployed=None)
    found = list(claims(held))

    assert ("clause", "asks", "state", "rests on", "left to you") == told.columns
    assert {"policy": held.label, "clauses": [one.told() for one in found]} == told.data
    assert [
        (one.clause.id, one.clause.asks, one.state, one.basis, one.left) for one in found
    ] == told.rows
    assert (f"{held.label}: {len(found)} clause(s), 0 check(s) that fail.",) == told.notes
    assert 0 == told.exit_code


def test_each_problem_of_each_file_is_named_with_its_place(tmp_path: Path) -> None:
    """In a line that editors read, and as data; exit code 1."""
    good = write(tmp_path, _whole())
    bad = write(tmp_path, _whole() | {"declare": "never", "version": "x"}, "bad")
    told, fine = _ran("check", files=(good, bad)), _ran("check", files=(good,))
    problems = compile_policy(bad).problems

    assert len(problems) >= 2
    assert [
        {"file": "bad.yaml", "line": one.line, "column": one.column, "problem": one.what}
        for one in problems
    ] == told.data
    assert "".join(f"{bad}:{one}\n" for one in problems) == told.text
    assert (f"2 file(s), {len(problems)} problem(s).",) == told.notes
    assert ([], "", ("1 file(s), 0 problem(s).",)) == (fine.data, fine.text, fine.notes)
    assert (1, 0) == (told.exit_code, fine.exit_code)


def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path: Path) -> None:
    """One that is missing, that is no text, and that is no strict YAML."""
    (tmp_path / "bytes.yaml").write_bytes(b"\xff")
    (tmp_path / "twice.yaml").write_text("policy: a\npolicy: b\n")
    files = tuple(tmp_path / f"{name}.yaml" for name in ("missing", "bytes", "twice"))
    told = _ran("check", files=files)

    assert [file.name for file in files] == [one["file"] for one in told.data]


def test_a_policy_is_compiled_once_until_it_changes(tmp_path: Path) -> None:
    """Beside its source or in a folder; `--check` writes nothing and says what is stale."""
    path, folder = write(tmp_path, _whole()), tmp_path / "made" / "here"

    def ran(**given: Any) -> Any:
        told = _ran("compile", **{"files": (path,), "folder": None, "only_check": False} | given)
        ((source, target, state),) = told.rows
        assert ("source", "compiled", "state") == told.columns
        assert [{"source": source, "target": target, "state": state}] == told.data
        assert ("mine.yaml", "mine.json") == (source, target)
        return state, told.exit_code

    assert ("stale", 1) == ran(only_check=True)
    assert [path] == list(tmp_path.iterdir())
    assert ("written", 0) == ran()
    assert ("same", 0) == ran() == ran(only_check=True)
    assert compiled_text(compile_policy(path).needed()) == path.with_suffix(".json").read_text()
    assert ("written", 0) == ran(folder=folder)
    assert ["mine.json"] == [one.name for one in folder.iterdir()]
    write(tmp_path, _whole() | {"title": "Another title"})
    assert ("stale", 1) == ran(only_check=True)
    assert ("written", 0) == ran()


def test_the_schema_is_printed_as_it_is(terminal: Terminal) -> None:
    """Two blanks to a level, and a line's end."""
    said = terminal("policy", "schema")

    assert (0, json.dumps(json_schema(), indent=2) + "\n") == (said.code, said.out)
