"""Pages that list what the code has list all of it: hooks, settings, events, errors, records."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import click
import pytest
from pydantic import BaseModel

import repository as repo
from affidavit import errors, hookspecs
from affidavit._policy.words import Declare, RedactionAction, Sink, SinkMode, Trust
from affidavit._records.accesses import Change, OffRecordAccess, Read
from affidavit._records.ledger import Ledger
from affidavit._records.memory import MemoryStore, memory_ledger
from affidavit._records.record import (
    Draft,
    Origin,
    Outcome,
    Phase,
    Record,
    Status,
    state,
)
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.settings import VARIABLES
from affidavit._telemetry.log_events import EVENTS
from affidavit._types import Token, WriterId
from affidavit.plugin import Entry
from affidavit.testing import make_runtime, run
from affidavit_cli.main import EXIT_CODES, build
from affidavit_policy.document import PolicyFile

HOOKS = repo.tree(repo.KERNEL / "hookspecs.py")
ERRORS = [
    node for node in repo.tree(repo.KERNEL / "errors.py").body if isinstance(node, ast.ClassDef)
]


def _page(name: str) -> str:
    return (repo.DOCS / f"{name}.md").read_text()


def _rows(text: str) -> list[list[str]]:
    """Return the cells of every table row whose first cell starts with code."""
    split = (re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines())
    return [[cell.strip() for cell in row] for row in split if row and row[0].startswith(" `")]


def _words(text: str) -> str:
    """Return a text without its marks and line breaks."""
    return " ".join(text.replace("`", "").split())


def _hooks() -> list[ast.FunctionDef]:
    return [node for node in HOOKS.body if isinstance(node, ast.FunctionDef)]


# -- hooks ---------------------------------------------------------------------


@pytest.mark.parametrize("hook", _hooks(), ids=lambda hook: hook.name)
def test_every_hook_is_in_the_book_with_its_signature(hook: ast.FunctionDef) -> None:
    """Letter for letter, in short in the table and in full in its section."""
    page = _page("hooks")
    names = ", ".join(argument.arg for argument in hook.args.args)
    full = f"{hook.name}({ast.unparse(hook.args)}) -> {ast.unparse(hook.returns or ast.Name('?'))}"

    assert f"`{hook.name}({names})`" in page
    assert repo.blocks(repo.section(page, f"## {hook.name}"), "text") == [f"{full}\n"]


@pytest.mark.parametrize("hook", _hooks(), ids=lambda hook: hook.name)
def test_every_hook_says_when_it_is_called(hook: ast.FunctionDef) -> None:
    """The page repeats When, Returns and Raises of the code, and has an example."""
    text = repo.section(_page("hooks"), f"## {hook.name}")
    docstring = ast.get_docstring(hook) or ""
    said = dict(re.findall(r"^(When|Returns|Raises): (.*(?:\n +.*)*)", docstring, re.MULTILINE))

    assert {"When", "Returns", "Raises"} == said.keys()
    assert _words(docstring.partition("\n")[0]) in _words(text)
    for word, sentence in said.items():
        assert f"**{word}**: {_words(sentence)}" in _words(text)
    assert repo.blocks(text, "python")


def test_hooks_are_prefixed_and_listed_in_their_module() -> None:
    """In the order in which they are told."""
    listed = re.findall(r"^    (affidavit_\w+) ", hookspecs.__doc__ or "", flags=re.MULTILINE)

    assert listed == [hook.name for hook in _hooks()]


# -- settings ------------------------------------------------------------------


def test_every_variable_is_on_the_page() -> None:
    """And no other."""
    table = repo.section(_page("settings"), "## Variables")

    assert [f"`{name}`" for name in VARIABLES] == [row[0] for row in _rows(table)]


@pytest.mark.parametrize("page", repo.pages(), ids=repo.name)
def test_no_page_names_a_variable_that_does_not_exist(page: Any) -> None:
    """A reader would set it, and the function would refuse to start."""
    named = set(re.findall(r"AFFIDAVIT_[A-Z_]+[A-Z]", page.read_text()))

    assert set() == {
        name
        for name in named
        if name not in VARIABLES and not name.startswith(("AFFIDAVIT_SOURCE", "AFFIDAVIT_TEST"))
    }


# -- logs and metrics ----------------------------------------------------------


def test_every_log_event_is_on_the_page_with_its_fields() -> None:
    """In order, with level and question."""
    rows = _rows(repo.section(_page("operations"), "## Log events"))
    told = {row[0].strip("`"): row[1:] for row in rows}

    assert list(EVENTS) == list(told)
    for name, event in EVENTS.items():
        level, fields, question = told[name]
        assert event.level == level
        assert ", ".join(f"`{field}`" for field in event.fields) == fields
        assert question.startswith(event.answers.partition("?")[0])


def test_every_metric_is_on_the_page_with_its_unit() -> None:
    """What emit.py counts, whatever the ending."""
    emit = repo.tree(repo.KERNEL / "_invocation" / "emit.py")
    counters = next(
        node.value
        for node in emit.body
        if isinstance(node, ast.Assign) and repo.dotted(node.targets[0]) == "_COUNTERS"
    )
    counted = dict.fromkeys(repo.literals(counters), "Count")
    for call in repo.calls(repo.KERNEL / "_invocation" / "emit.py", "add"):
        name, unit = call.args[0], call.args[2]
        if isinstance(name, ast.Constant) and isinstance(unit, ast.Constant):
            counted[str(name.value)] = str(unit.value)
    rows = _rows(repo.section(_page("operations"), "## Metrics"))

    assert counted == {row[0].strip("`"): row[1] for row in rows}


# -- errors --------------------------------------------------------------------


def _drawn() -> dict[str, str]:
    """Return the tree in the docstring of errors.py: class → base."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^((?:    |│   |├── |└── )*)(\w+Error)\b", line.removeprefix("    "))
        if found:
            depth = len(found.group(1)) // 4
            above = [*above[:depth], found.group(2)]
            parents[found.group(2)] = above[-2] if depth else "Exception"
    return parents


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """Every class, below its base."""
    actual = {node.name: ast.unparse(node.bases[0]) for node in ERRORS}

    assert actual == _drawn()


@pytest.mark.parametrize("error", ERRORS, ids=lambda node: node.name)
def test_every_error_is_on_the_page_with_what_to_do(error: ast.ClassDef) -> None:
    """What it means, and the next step."""
    text = repo.section(_page("errors"), "## Errors")

    if error.name == "AffidavitError":
        assert "`AffidavitError` is the base of all of them" in text
    else:
        (row,) = [row for row in _rows(text) if row[0] == f"`{error.name}`"]
        assert all(row[1:])


@pytest.mark.parametrize("error", ERRORS, ids=lambda node: node.name)
def test_a_status_on_the_page_is_the_status_that_is_sent(error: ast.ClassDef) -> None:
    """For what a handler may raise."""
    status = vars(getattr(errors, error.name)).get("status")
    rows = _rows(repo.section(_page("errors"), "## Errors"))

    if isinstance(status, int) and error.name != "RefusedError":
        (row,) = [row for row in rows if row[0] == f"`{error.name}`"]
        assert row[1].startswith(f"{status}: ")


# -- records -------------------------------------------------------------------


def _keys(value: Any, above: str = "") -> Iterator[str]:
    """Yield every key of a record as the page writes it: `out.code`, `q[].n`."""
    for key, inner in value.items():
        yield f"{above}{key}"
        if isinstance(inner, dict) and key != "red":  # its keys are names of entities
            yield from _keys(inner, f"{above}{key}.")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for item in inner:
                yield from _keys(item, f"{above}{key}[].")


def _fullest() -> dict[str, Any]:
    """Return a record that says everything that a record can say."""
    token = Token("a" * 32)
    facts = state(
        action="A",
        trust=Trust.IAM,
        member="identity.userArn",
        actor=token,
        behalf=token,
        subject=token,
        origin=Origin(function="f", version="1", region="r", via="direct", address=token),
        event="e",
        attempt="t",
        request_id="q",
        policy="p",
        words=dict.fromkeys(("obj", "cls", "why", "rcpt", "ten"), "word"),
        unsafe=("everything",),
    )
    outcome = Outcome(
        status=Status.OK,
        code=200,
        error="e",
        reads=(Read("s", "n", ("b",), 1, "id"),),
        changes=(Change("f", token, token),),
        redacted=(("IP", 1),),
        off_record=(OffRecordAccess("aws", "s3.GetObject", "scans", "allowed", 1),),
    )
    return Draft(Phase.OUTCOME, facts, "t", 1, outcome).document(WriterId("w"), 1, "p")


def _genesis() -> set[str]:
    """Return the keys of first records, of a chain and of one that follows a conflict."""

    def handler(_: Any, __: Any) -> None:
        return None

    from affidavit import audited

    store = MemoryStore()
    ledger: Ledger = memory_ledger(store)
    bench = make_runtime(ledger=ledger)
    run(audited(handler), {}, bench)
    writer, seq = max(store.items)
    other: Entry = store.items[writer, seq]
    store.items[writer, seq + 1] = other._replace(seq=seq + 1, body=b"somebody else's")
    run(audited(handler), {}, bench)
    first = [entry for (_, seq), entry in store.items.items() if seq == 0]
    assert 2 == len(first)
    return {key for entry in first for key in Record.parse(entry.body).document}


def test_every_key_of_a_record_is_on_the_page() -> None:
    """And no key that a record cannot have."""
    page = _page("records")
    told = {
        row[0].strip("`")
        for heading in (
            "## In every record",
            "## In I, O, D and W",
            "## In O, D and W: how it ended",
        )
        for row in _rows(repo.section(page, heading))
    }

    assert set(_keys(_fullest())) == told


def test_every_key_of_a_first_record_is_on_the_page() -> None:
    """Those of every record, and its own."""
    page = _page("records")
    told = {
        row[0].strip("`")
        for heading in ("## In every record", "## In a genesis record")
        for row in _rows(repo.section(page, heading))
    }

    assert _genesis() == told


def test_every_phase_is_on_the_page() -> None:
    """With its name."""
    rows = _rows(repo.section(_page("records"), "## Phases"))

    told = {(row[0], row[1]) for row in rows[1:]}  # the first one names the columns
    assert {(f"`{phase.value}`", phase.name.lower()) for phase in Phase} == told


# -- policies ------------------------------------------------------------------


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        yield from _below(field.annotation)


def _below(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _fields(annotation)
    for part in getattr(annotation, "__args__", ()):
        yield from _below(part)


def test_every_word_of_a_policy_is_on_the_page() -> None:
    """Keys of a file, and the values that they may have."""
    page = _page("policy-keys") + _page("policies")
    kinds: tuple[type[Enum], ...] = (RedactionAction, Declare, Sink, SinkMode, Trust)
    words = {str(member.value) for kind in kinds for member in kind} | set(_fields(PolicyFile))
    code = set(re.findall(r"[\w]+", " ".join(re.findall(r"`([^`\n]+)`", page))))

    assert set() == words - code


def test_words_are_explained_as_the_code_orders_them() -> None:
    """From weak to strict."""
    page = _page("policy-keys") + _page("policies")

    assert ", ".join(f"`{action.value}`" for action in RedactionAction) in page
    assert " < ".join(f"`{word.value}`" for word in Declare) in page


# -- the command line ----------------------------------------------------------


def _commands(group: click.Group, above: str = "affidavit") -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above} {name}")


GROUP = build(load_plugins())
GROUP.load_all()
COMMANDS = dict(_commands(GROUP))


def _told(name: str) -> str:
    """Return the section of a command, without those of the commands below it."""
    heading = "#" * name.count(" ") + "# " + name
    return repo.section(_page("cli"), heading).partition("\n###")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_on_the_page_with_its_options(name: str) -> None:
    """Neither more nor fewer, and its arguments."""
    command, text = COMMANDS[name], _told(name)
    options = {
        option: parameter.metavar or ""
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--")  # short ones stand beside them
    }
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    told = {row[0].strip("`").partition(" ")[0]: row[0].strip("`") for row in _rows(text)}

    assert options.keys() == {option for option in told if option.startswith("--")}
    for option, metavar in options.items():
        assert told[option].endswith(metavar)
    for argument in arguments:
        shown = f"{(argument.name or '').upper()}{'…' if argument.nargs == -1 else ''}"
        assert f"`{name} {shown}`" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_a_choice_is_on_the_page_with_every_word(name: str) -> None:
    """In the order of the help text."""
    for parameter in COMMANDS[name].params:
        if isinstance(parameter.type, click.Choice):
            words = "\\|".join(map(str, parameter.type.choices))
            assert f"`{parameter.opts[0]} {words}`" in _told(name)


def test_the_page_has_no_command_that_does_not_exist() -> None:
    """A heading is a promise."""
    headings = re.findall(r"^#{2,3} (affidavit .+)$", _page("cli"), flags=re.MULTILINE)

    assert sorted(COMMANDS) == sorted(headings)


def test_exit_codes_are_the_ones_that_are_returned() -> None:
    """With the same words."""
    text = repo.section(_page("cli"), "## Exit codes")
    rows = re.findall(r"^\| (\d+) \| (.+?) \|$", text, flags=re.MULTILINE)

    assert {str(code): means for code, means in EXIT_CODES.items()} == dict(rows)


def test_every_finding_is_on_the_page_with_its_meaning() -> None:
    """What `affidavit verify` can say."""
    from affidavit_ledger.findings import MEANINGS

    told = dict(
        re.findall(r"^\| `([a-z][a-z-]+)` \| (.+?) \|$", _told("affidavit verify"), re.MULTILINE)
    )

    assert {kind.value: means for kind, means in MEANINGS.items()} == told


# -- evidence and the ledger on AWS --------------------------------------------


def test_the_attacks_on_the_page_are_the_ones_that_are_played() -> None:
    """From the level that the tests hold, and counted by level."""
    played = repo.load(repo.ROOT / "tests" / "evidence" / "test_attack_matrix.py")
    levels = {attack.__name__.replace("_", " "): at for attack, at in played.MATRIX.items()}
    text = repo.section(_page("evidence"), "## What shows with which evidence")
    told = dict(re.findall(r"^\| ([a-z ]+) \| (\d) \|$", text, flags=re.MULTILINE))
    counts = re.findall(r"^\| (\d) \| (.+?) \| (\d+) \|$", text, flags=re.MULTILINE)

    assert {name: str(level) for name, level in levels.items()} == told
    assert [
        (str(level), means, str(sum(at <= level for at in levels.values())))
        for level, means in played.LEVELS.items()
    ] == counts


def test_the_parameters_of_urls_on_aws_are_on_the_page() -> None:
    """Those that location.py knows."""
    path = repo.ROOT / "plugins" / "dynamodb" / "affidavit_dynamodb" / "location.py"
    known = {text for call in repo.calls(path, "_parameters") for text in repo.literals(call)}
    rows = _rows(repo.section(_page("dynamodb"), "## URLs"))

    assert known == {row[0].strip("`") for row in rows} - VARIABLES.keys()


def test_the_metrics_of_the_sealer_are_on_the_page() -> None:
    """And its entry points."""
    path = repo.ROOT / "plugins" / "dynamodb" / "affidavit_dynamodb" / "sealer.py"
    counted = {word.arg for call in repo.calls(path, "_count") for word in call.keywords}
    entries = {
        node.name
        for node in repo.tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    rows = _rows(_page("sealer"))
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}

    assert counted | entries == told


def test_the_pages_that_are_checked_are_the_ones_that_exist() -> None:
    """A page that is renamed takes its test along."""
    source = inspect.getsource(inspect.getmodule(_page) or hookspecs)
    named = set(re.findall(r"_page\(\"([\w-]+)\"\)", source))

    checked = {"cli", "errors", "hooks", "operations", "policies", "records", "settings"}
    assert checked | {"dynamodb", "evidence", "policy-keys", "sealer"} == named
