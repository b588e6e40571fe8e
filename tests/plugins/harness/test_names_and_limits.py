"""Names that others write down, and limits that others rely on: a change of one is a promise's."""

from __future__ import annotations

import ast
import os
import sqlite3
import stat
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import repository as repo
from affidavit.plugin import ActionError
from affidavit_harness import in_process_backend
from affidavit_harness.actions.dynamodb import MOST, ItemQuery, query
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.execution_polling import ENDS, PASSING
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.files.schema import scenario_schema
from affidavit_harness.in_process_backend import InProcessBackend
from affidavit_harness.protocol import KnownRun, UndoEntry
from affidavit_harness.registry import load_registry
from affidavit_harness.run_store import RunStore
from expected_requests import ExpectedRequests
from harness_site import Site

FOLDER = repo.ROOT / "plugins" / "harness" / "affidavit_harness"
ACTIONS = {
    "dynamodb.delete": ("write", False, False, True),
    "dynamodb.get": ("read", False, True, False),
    "dynamodb.put": ("write", True, False, False),
    "dynamodb.query": ("read", False, False, False),
    "dynamodb.update": ("write", True, False, False),
    "eventbridge.put": ("write", False, False, False),
    "eventbridge.read_tap": ("read", False, False, False),
    "eventbridge.tap": ("write", True, False, False),
    "eventbridge.untap": ("write", False, False, True),
    "http.request": ("read", False, True, False),
    "kinesis.put": ("write", False, False, False),
    "lambda.invoke": ("invoke", False, False, False),
    "ledger.expect": ("read", False, False, False),
    "mail.read": ("read", False, False, False),
    "oauth2.token": ("read", False, True, False),
    "s3.delete": ("write", False, False, True),
    "s3.get": ("read", False, True, False),
    "s3.put": ("write", True, False, False),
    "sns.publish": ("write", False, False, False),
    "sql.query": ("read", False, False, False),
    "sqs.receive": ("read", False, False, False),
    "sqs.send": ("write", False, False, False),
    "ssm.get": ("read", False, True, False),
    "stepfunctions.describe": ("read", False, False, False),
    "stepfunctions.start": ("invoke", False, False, False),
}
"""What each does, whether it has a way back, may be cached, and is a way back itself."""

ERRORS = """
AuditTrail Broken Capture Check Credentials Environment Event ForEach Host Input Key Ledger
Manifest NoReport NothingChecked Params Protocol ReadOnly Redirects Scenario Schema Select Stopped
Timeout TooLarge Undo UndoLedger UnknownAction Unresolved When
"""
"""Scenarios name them in `retry.errors`, reports and metrics count by them."""

LIMITS = {
    "actions.buckets": {"LARGEST": 2**20},
    "actions.dynamodb": {"MOST": 500, "BATCH": 100, "WRITES": 25},
    "actions.evidence": {"MOST": 200},
    "actions.guard": {"_LONGEST": 2048},
    "actions.http_client": {"LARGEST": 2**20, "MOST_POOLS": 16, "SAME_HOST": 16, "FRESH_S": 1.0},
    "actions.mail_actions": {"MOST": 50, "LARGEST": 2**20, "EARLY_S": 60},
    "actions.queue_actions": {"BATCH": 10, "MOST": 500},
    "console.from_s3": {"MOST": 1000},
    "console.progress": {"HEARTBEAT_S": 30.0},
    "engine.call": {"_CACHED": 256, "_LARGEST": 1_000_000},
    "engine.captures": {"CARRIED": 16_384},
    "engine.check_operators": {"_TOLD": 5, "_MOST": 100_000},
    "engine.conclude": {"LARGEST": 180_000, "MOST_FINDINGS": 50},
    "engine.masks": {"_LEAST": 4, "_LONGEST": 2_000},
    "engine.planning": {"STEP": 1000, "FORGOTTEN_S": 3600},
    "engine.undo": {"TIMEOUT_S": 60.0, "_PAUSES_S": (0.2, 1.0)},
    "engine.waiting": {"LONGEST_PAUSE_S": 30.0},
    "execution_polling": {"FEW": 8, "HISTORY_S": 0.05, "LIST_S": 1.0},
    "files.case_rows": {"MOST": 500},
    "files.form": {"MAX_LENGTH": 2**18},
    "files.includes": {"LONGEST_ID": 40},
    "files.json_schema": {"_MOST": 5},
    "files.literal_secrets": {"_SHORT": 6},
    "files.scenario_rules": {"LONGEST_S": 900.0},
    "files.transition_budget": {
        "DOLLARS_PER_TRANSITION": 0.000025, "OVERHEAD": 9, "PER_ACTION": 2, "PER_FAN": 3,
        "PER_BRANCH": 3, "MOST_ITEMS": 100, "PER_POLL": 3, "PER_UNDO": 1, "UNDO_TRIES": 3,
        "INLINE_S": 20.0,
    },
    "function_room": {"PER_PLACE": 2},
    "handler": {"LONGEST_SUMMARY": 1_000},
    "machine": {"TIMEOUT_S": 900, "TASK_S": 120, "_PATIENCE": 99},
    "remote": {
        "LONGEST_POLL_S": 5.0, "LATE": 0.1, "FORGOTTEN_MS": 1_020_000, "UNASKED": 8,
        "UNTAKEN_S": 10.0, "GRACE_S": 120.0,
    },
    "run_ids": {"SHORT": 8, "LONGEST_NAME": 80},
    "service_lines": {"LATE_MS": 120_000},
}  # fmt: skip


@pytest.mark.parametrize("module", LIMITS)
def test_limits_are_these(module: str) -> None:
    """Pages, prices and what AWS takes name them, or a scenario meets them."""
    held = import_module(f"affidavit_harness.{module}")
    assert LIMITS[module] == {name: getattr(held, name) for name in LIMITS[module]}


def test_actions_do_this() -> None:
    """A read-only place asks for it, and so does whoever wants a way back."""
    registry = load_registry()
    assert ACTIONS == {
        name: (
            registry.effect(name, {}),
            registry.actions[name].undo is not None,
            registry.actions[name].cacheable,
            registry.actions[name].compensates,
        )
        for name in registry.names()
    }


def test_errors_have_these_names() -> None:
    """Every one that the code holds."""
    found = {
        node.value
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and str(node.value).startswith("Harness.")
    }
    assert {f"Harness.{name}" for name in ["", *ERRORS.split()]} == found


def test_what_passes_and_what_ends_are_aws_words() -> None:
    """Names of errors of botocore and of Step Functions, and of the last events of a history."""
    assert (
        "ConnectTimeoutError ConnectionClosedError EndpointConnectionError ReadTimeoutError"
        " RequestLimitExceeded ServiceUnavailable ThrottlingException TooManyRequestsException"
    ) == " ".join(sorted(PASSING))
    assert {
        "ExecutionSucceeded": "SUCCEEDED",
        "ExecutionFailed": "FAILED",
        "ExecutionTimedOut": "TIMED_OUT",
        "ExecutionAborted": "ABORTED",
    } == ENDS


def test_a_schema_says_what_it_is() -> None:
    """By these words an editor knows it, and a reference may stand for whatever is no text."""
    told = scenario_schema(load_registry())
    assert (
        "https://json-schema.org/draft/2020-12/schema",
        "urn:affidavit:scenario:v1",
        "affidavit scenario, version 1",
        ["$schema", "$id"],
    ) == (told["$schema"], told["$id"], told["title"], list(told)[:2])
    assert sorted(ACTIONS) == told["$defs"]["Call"]["properties"]["uses"]["enum"]


def test_a_query_that_finds_too_much_is_an_error() -> None:
    """One item more than the most, on whichever page."""
    aws, site = ExpectedRequests(), Site()
    site.close()
    context = site.context._replace(client=aws.client)
    asked = {
        "TableName": "t",
        "KeyConditionExpression": "#k0 = :k0",
        "ExpressionAttributeNames": {"#k0": "pk"},
        "ExpressionAttributeValues": {":k0": {"S": "x"}},
        "ConsistentRead": True,
    }
    page = {"Items": [{"pk": {"S": "x"}}] * MOST, "LastEvaluatedKey": {"pk": {"S": "x"}}}
    for more, wrong in (([], False), ([{"pk": {"S": "x"}}], True)):
        aws.answers("dynamodb", "query", asked, page)
        later = {**asked, "ExclusiveStartKey": {"pk": {"S": "x"}}}
        aws.answers("dynamodb", "query", later, {"Items": more})
        params = ItemQuery(table="t", key={"pk": "x"})
        if not wrong:
            assert MOST == query(params, context)["count"]
            continue
        with pytest.raises(ActionError) as caught:
            query(params, context)
        assert ("Harness.TooLarge", "the query finds too much", "more than 500 items") == (
            *(caught.value.name, caught.value.what, caught.value.why),
        )


def test_what_is_known_of_a_run_is_its_owners(tmp_path: Path) -> None:
    """Its folder, and what it has to undo."""
    entry = UndoEntry(
        run="r", number=1, action="a", uses="u", params={}, env="e", expires_s=1, secrets={}
    )
    FileUndoLedger(tmp_path / "one").put(entry)
    FileUndoLedger(tmp_path / "two").ask_to_stop("r")
    about = {"run": "r", "scenario": "s", "case": "c", "env": "e", "file": "f"}
    RunStore(tmp_path).begin(KnownRun(**about, started_ms=1, deadline_ms=2))
    assert [0o700] * 3 == [
        stat.S_IMODE((tmp_path / name / "r").stat().st_mode) for name in ("one", "two", "runs")
    ]
    assert 0o600 == stat.S_IMODE((tmp_path / "one/r/undo-000001.json").stat().st_mode)


def test_databases_of_a_process_lie_with_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made anew from their scripts, for the owner alone; a variable that is set goes before."""
    for name in ("AFFIDAVIT_LEDGER", "AFFIDAVIT_SOURCE_TWO_WORDS", "AWS_LAMBDA_FUNCTION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AFFIDAVIT_SOURCE_OTHER", "sqlite:///elsewhere.db")
    (tmp_path / "made.sql").write_text("CREATE TABLE held (n); INSERT INTO held VALUES (7);")
    settings = EnvironmentSettings(databases={"two-words": "made.sql", "other": "made.sql"})
    state = tmp_path / "state"
    given: list[dict[str, str]] = []
    monkeypatch.setattr(
        in_process_backend, "build_runtime", lambda said, **_: given.append(said) or "runtime"
    )
    backend = InProcessBackend(ChosenEnvironment("local", settings, tmp_path), state)
    assert ["runtime"] * 2 == [backend.runtime(), backend.runtime()]
    (said,) = given
    place = state / "databases" / f"two-words-{os.getpid()}.db"
    assert (f"sqlite:///{place}", "sqlite:///elsewhere.db", f"sqlite:///{state / 'ledger.db'}") == (
        *(said["AFFIDAVIT_SOURCE_TWO_WORDS"], said["AFFIDAVIT_SOURCE_OTHER"]),
        said["AFFIDAVIT_LEDGER"],
    )
    assert 0o700 == stat.S_IMODE(place.parent.stat().st_mode)
    with closing(sqlite3.connect(place)) as database:
        assert [(7,)] == database.execute("SELECT n FROM held").fetchall()
    again = InProcessBackend(ChosenEnvironment("local", settings, tmp_path), state)
    assert "runtime" == again.runtime()


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("dynamodb.put", {"table": "t"}, {"item": {"pk": "a"}}, "one of item and items"),
    (
        "dynamodb.put", {"table": "t", "item": {"pk": "a"}}, {"items": [{"pk": "b"}]},
        "one of item and items",
    ),
    ("dynamodb.delete", {"table": "t"}, {"key": {"pk": "a"}}, "one of key and keys"),
    (
        "dynamodb.update", {"table": "t", "key": {"pk": "a"}}, {"set": {"b": 1}},
        "each attribute in one of set, add and remove, and one at least",
    ),
    (
        "dynamodb.update", {"table": "t", "key": {"pk": "a"}, "set": {"b": 1}}, {"remove": ["b"]},
        "each attribute in one of set, add and remove, and one at least",
    ),
    ("sqs.send", {"queue": "https://q"}, {"body": "a"}, "one of body and bodies"),
    (
        "http.request", {"url": "https://a", "body": "x"}, {"form": {"a": 1}},
        "one of body, form, multipart and graphql",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", range(len(REFUSED)))
def test_parameters_that_belong_together_are_said(row: int) -> None:
    """One of them, and neither none nor two."""
    action, first, second, words = REFUSED[row]
    params = load_registry().actions[action].params
    counts = []
    for given in (first, {**first, **second}):
        try:
            params.model_validate(given)
            counts.append("good")
        except ValidationError as error:
            counts += [one["msg"].removeprefix("Value error, ") for one in error.errors()]
    assert sorted(["good", words]) == sorted(counts)
