"""`affidavit policy list|check|explain|compile|schema`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult, Policy, load_policy, shipped_policies
from affidavit_policy.clause_file import is_clause_file
from affidavit_policy.compile import compile_policy, compiled_text
from affidavit_policy.document import json_schema
from affidavit_policy.explain import explained
from affidavit_policy.strict_yaml import NotStrictError, YamlProblem, read_yaml

FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)


@click.group()
def policy() -> None:
    """Read, check, explain and compile policies."""


@policy.command("list")
def list_policies() -> CommandResult:
    """List the policies that come with affidavit."""
    found = [load_policy(name) for name in shipped_policies()]
    return CommandResult(
        data=[
            {"policy": p.name, "version": p.version, "title": p.title, "digest": p.digest}
            for p in found
        ],
        columns=("policy", "declare", "hot days", "archive days", "title"),
        rows=[
            (p.label, p.declare.value, p.retention.hot_days, p.retention.archive_days, p.title)
            for p in found
        ],
    )


@policy.command()
@FILES
def check(files: tuple[Path, ...]) -> CommandResult:
    """Check policy files, and files of clauses; every problem is named with line and column."""
    problems = [(path, problem) for path in files for problem in _problems(path)]
    return CommandResult(
        data=[
            {"file": path.name, "line": p.line, "column": p.column, "problem": p.what}
            for path, p in problems
        ],
        text="".join(f"{path}:{problem}\n" for path, problem in problems),
        notes=(f"{len(files)} file(s), {len(problems)} problem(s).",),
        exit_code=1 if problems else 0,
    )


@policy.command()
@click.argument("name")
def explain(name: str) -> CommandResult:
    """Say what a policy demands, which clause asks for it, and why.

    NAME is a shipped policy, a compiled .json file, or a .yaml file.
    """
    held = _read(name)
    rows: list[Any] = list(explained(held))
    return CommandResult(
        data={"policy": held.name, "version": held.version, "digest": held.digest, "rules": rows},
        columns=("rule", "clause", "demands", "why", "for a lawyer"),
        rows=[(r["id"], r["clause"], r["demands"], r["why"], r["review"]) for r in rows],
        notes=(f"{held.label}: {held.title}.",),
    )


@policy.command()
@click.argument("name")
@click.option(
    "--deployed",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `terraform show -json` wrote: parts that a deployment configures are checked.",
)
def clauses(name: str, deployed: Path | None) -> CommandResult:
    """Say on what each clause rests that a policy answers, and what is left to you.

    NAME is a shipped policy, a compiled .json file, or a .yaml file. Exit code 1 if a check of
    the deployment fails.
    """
    from affidavit_policy.claims import claims  # noqa: PLC0415 - reads every file of clauses

    held = _read(name)
    found = list(claims(held, deployed))
    failed = sum(one.result == "does not hold" for one in found)
    return CommandResult(
        data={"policy": held.label, "clauses": [one.told() for one in found]},
        columns=("clause", "asks", "state", "rests on", "left to you"),
        rows=[(one.clause.id, one.clause.asks, one.state, one.basis, one.left) for one in found],
        notes=(f"{held.label}: {len(found)} clause(s), {failed} check(s) that fail.",),
        exit_code=1 if failed else 0,
    )


@policy.command("compile")
@FILES
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the compiled files. Default: beside each source.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if one is stale.")
def compile_files(files: tuple[Path, ...], folder: Path | None, only_check: bool) -> CommandResult:
    """Compile policy files to the JSON that a function loads."""
    rows = []
    for path in files:
        text = compiled_text(compile_policy(path).needed())
        target = (folder or path.parent) / f"{path.stem}.json"
        same = target.is_file() and target.read_bytes() == text.encode()
        if not same and not only_check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        state = "same" if same else ("stale" if only_check else "written")
        rows.append((path.name, target.name, state))
    stale = any(state == "stale" for _, _, state in rows)
    return CommandResult(
        data=[
            {"source": source, "target": target, "state": state} for source, target, state in rows
        ],
        columns=("source", "compiled", "state"),
        rows=rows,
        exit_code=1 if stale else 0,
    )


@policy.command()
def schema() -> CommandResult:
    """Print the JSON Schema of policy files, for editors."""
    found = json_schema()
    return CommandResult(data=found, text=json.dumps(found, indent=2) + "\n")


def _problems(path: Path) -> Sequence[YamlProblem]:
    """Return what is wrong with a policy, or with a file of clauses."""
    from affidavit_policy.clause_check import clause_problems  # noqa: PLC0415 - few files are

    try:
        read = read_yaml(path.read_text("utf-8"))
    except (NotStrictError, OSError, UnicodeDecodeError):
        return compile_policy(path).problems
    return (
        clause_problems(path, read) if is_clause_file(read.value) else compile_policy(path).problems
    )


def _read(name: str) -> Policy:
    from affidavit.plugin import policy_from  # noqa: PLC0415

    if name.endswith((".yaml", ".yml")):
        return policy_from(compile_policy(Path(name)).needed())
    return load_policy(name)
