"""The actions that come with the harness, against the local cloud, through the whole engine."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from affidavit.plugin import ActionParams, always
from affidavit_harness.actions.builtin import BUILTIN
from affidavit_harness.actions.dynamodb import ItemDelete
from affidavit_harness.engine.clients import Clients
from affidavit_harness.engine.undo_table import TableUndoLedger
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_harness.files.scenario_loader import parse_scenario
from affidavit_harness.parallel_runs import Batch, Job, run_batch
from affidavit_harness.protocol import RunReport, UndoEntry
from affidavit_harness.registry import registry_of
from affidavit_harness.reports.summary import troubles
from harness_cloud import environ
from harness_parts import head
from keyed_tables import keyed
from localcloud_parts import Aws
from repository import ROOT

REGISTRY = registry_of([("harness", one) for one in BUILTIN])


def test_every_action_of_a_module_is_found_by_its_name() -> None:
    """Names are known before anything is imported."""
    folder = ROOT / "plugins" / "harness" / "affidavit_harness" / "actions"
    modules = [
        import_module(f"affidavit_harness.actions.{path.stem}") for path in folder.glob("*.py")
    ]
    actions = [one for module in modules for one in getattr(module, "ACTIONS", ())]

    assert sorted(one.name for one in actions) == sorted(one.name for one in BUILTIN)
    for action in actions:
        assert action.params is REGISTRY.actions[action.name].params


class Silent:
    """Hears everything and says nothing."""

    def tell(self, *_: object) -> None: ...

    def heartbeat(self) -> None: ...


@pytest.fixture
def here(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ChosenEnvironment:
    for name, value in environ(aws).items():
        monkeypatch.setenv(name, value)
    return ChosenEnvironment("local", EnvironmentSettings(), tmp_path)


def _run(
    here: ChosenEnvironment, text: str, *, many: int = 1, keep: bool = False
) -> list[RunReport]:
    loaded = parse_scenario("test.yaml", head() + text, REGISTRY, env="local")
    jobs = [Job(loaded, case) for case in loaded.cases()] * many
    batch = Batch(jobs, REGISTRY, here, here.folder / "state", max_parallel=8, keep=keep)
    return run_batch(batch, Silent()).reports


def _passed(reports: list[RunReport]) -> None:
    assert [] == [one for report in reports for one in troubles(report)]
    assert {"PASSED"} == {report.verdict for report in reports}
    assert {0} == {report.leaked for report in reports}


def _table(aws: Aws) -> str:
    name = aws.name("table")
    aws("dynamodb").create_table(
        TableName=name,
        **keyed(pk="S", sk="S"),
    )
    return name


def test_items_are_written_read_queried_and_taken_back(aws: Aws, here: ChosenEnvironment) -> None:
    """Numbers stay numbers; several keys come in one request."""
    table = _table(aws)
    reports = _run(
        here,
        f"""\
inputs: {{table: {{default: {table}}}}}
actions:
  - id: one
    uses: dynamodb.put
    with:
      table: "${{{{ inputs.table }}}}"
      key: [pk, sk]
      item: {{pk: "${{{{ run.prefix }}}}x", sk: a1, num: 12.5, l: [1, {{b: true}}], none: null}}
    undo: auto
  - id: two
    uses: dynamodb.put
    with: {{table: {table}, key: [pk, sk], item: {{pk: "${{{{ run.prefix }}}}x", sk: b1}}}}
    undo:
      uses: dynamodb.delete
      with: {{table: {table}, key: {{pk: "${{{{ run.prefix }}}}x", sk: b1}}}}
  - id: get
    uses: dynamodb.get
    with: {{table: {table}, key: {{pk: "${{{{ run.prefix }}}}x", sk: a1}}}}
    check: [{{select: item, subset: {{num: 12.5, l: [1, {{b: true}}], none: null}}}}]
  - id: batch
    uses: dynamodb.get
    with:
      table: {table}
      keys:
        - {{pk: "${{{{ run.prefix }}}}x", sk: a1}}
        - {{pk: "${{{{ run.prefix }}}}x", sk: b1}}
        - {{pk: "${{{{ run.prefix }}}}x", sk: c1}}
    check: [{{select: count, eq: 2}}]
  - id: query
    uses: dynamodb.query
    with: {{table: {table}, key: {{pk: "${{{{ run.prefix }}}}x"}}, begins_with: {{sk: a}}}}
    check: [{{select: "items[].sk", eq: [a1]}}]
""",
    )

    _passed(reports)
    assert [] == aws("dynamodb").scan(TableName=table)["Items"]


def test_messages_of_this_run_only_are_received(aws: Aws, here: ChosenEnvironment) -> None:
    """Other runs share the queue."""
    url, _ = aws.queue()
    aws("sqs").send_message(QueueUrl=url, MessageBody="of somebody else")
    text = f"""\
actions:
  - id: send
    uses: sqs.send
    with: {{queue: "{url}", body: {{run: "${{{{ run.id }}}}"}}, attributes: {{kind: test}}}}
    undo: none
  - id: receive
    uses: sqs.receive
    with: {{queue: "{url}", wait_s: 0}}
    eventually: {{timeout: 20s, every: 300ms}}
    check:
      - {{select: count, eq: 1}}
      - {{select: "messages[0].body.run", eq: "${{{{ run.id }}}}"}}
      - {{select: "messages[0].attributes.kind", eq: test}}
"""
    _passed(_run(here, text))
    _passed(_run(here, text))


TAP = """\
actions:
  - id: tap
    uses: eventbridge.tap
    with: {pattern: {source: [prices], detail: {run: ["${{ run.id }}"]}}}
    undo: auto
  - id: put
    uses: eventbridge.put
    with: {source: prices, detail_type: Changed, detail: {run: "${{ run.id }}", price: 12.5}}
    undo: none
  - id: heard
    uses: eventbridge.read_tap
    eventually: {timeout: 20s, every: 500ms}
    check:
      - {select: count, eq: 1}
      - {select: "events[0].detail.price", eq: 12.5}
"""


def test_a_tap_hears_the_events_of_its_run(aws: Aws, here: ChosenEnvironment) -> None:
    """Two runs at once hear one event each, and neither rule nor queue stays."""
    _passed(_run(here, TAP, many=2))
    assert [] == aws("events").list_rules(NamePrefix="itest-")["Rules"]
    assert [] == aws("sqs").list_queues(QueueNamePrefix="itest-").get("QueueUrls", [])


def _as_the_module_lets(aws: Aws, environment: pytest.MonkeyPatch, *without: str) -> None:
    """Sign with the keys of a role that may do what the module `test_harness` grants."""
    rights = json.loads(
        (ROOT / "terraform" / "modules" / "test_harness" / "rights.json").read_text()
    )
    granted = [one for kind in ("read", "write", "sweep") for one in rights[kind]]
    actions = {action for one in granted for action in one["actions"]} - set(without)
    role = aws.role({"Effect": "Allow", "Action": sorted(actions), "Resource": "*"})
    keys = aws("sts").assume_role(RoleArn=role, RoleSessionName="harness")["Credentials"]
    environment.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    environment.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    environment.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])


def test_a_tap_is_taken_back_with_the_rights_that_are_granted(
    aws: Aws, here: ChosenEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once listed rules, which AWS lets nobody do who may do it on one bus only."""
    _as_the_module_lets(aws, monkeypatch)
    _passed(_run(here, TAP))
    assert [] == aws("events").list_rules(NamePrefix="itest-")["Rules"]
    _as_the_module_lets(aws, monkeypatch, "events:RemoveTargets")
    assert _run(here, TAP)[0].leaked, "the rights are weighed here"


def _bucket(aws: Aws) -> str:
    bucket = aws.name("bucket")
    aws("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return bucket


def test_that_an_object_is_missing_is_told_with_the_rights_that_are_granted(
    aws: Aws, here: ChosenEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `s3:ListBucket` S3 says forbidden instead, and `exists` is never false."""
    bucket = _bucket(aws)
    text = """\
actions:
  - id: none
    uses: s3.get
    with: {bucket: BUCKET, key: nothing}
    check: [{select: exists, eq: false}]
""".replace("BUCKET", bucket)
    _as_the_module_lets(aws, monkeypatch)
    _passed(_run(here, text))
    _as_the_module_lets(aws, monkeypatch, "s3:ListBucket")
    assert "PASSED" != _run(here, text)[0].verdict


@pytest.mark.parametrize("wrong", [{}, {"key": {"pk": "a"}, "keys": [{"pk": "b"}]}])
def test_a_delete_of_nothing_or_of_two_kinds_is_refused(wrong: dict[str, Any]) -> None:
    """It would say that it has deleted, and has not."""
    with pytest.raises(ValidationError, match="one of key and keys"):
        ItemDelete(table="t", **wrong)


def test_objects_are_written_read_and_taken_back(aws: Aws, here: ChosenEnvironment) -> None:
    """Under the run's own prefix, and nowhere else."""
    bucket = _bucket(aws)
    text = """\
actions:
  - id: put
    uses: s3.put
    with: {bucket: BUCKET, key: "${{ run.prefix }}a.json", body: {price: 12.5}}
    undo: auto
  - id: get
    uses: s3.get
    with: {bucket: BUCKET, key: "${{ run.prefix }}a.json"}
    check: [{select: body.price, eq: 12.5}, {select: exists, eq: true}]
  - id: none
    uses: s3.get
    with: {bucket: BUCKET, key: nothing}
    check: [{select: exists, eq: false}]
""".replace("BUCKET", bucket)
    _passed(_run(here, text))
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=bucket)
    refused = _run(here, text.replace('"${{ run.prefix }}a.json", body', "real.json, body"))
    assert "Harness.Key" == refused[0].error.name


def test_a_function_that_fails_is_a_finding(aws: Aws, here: ChosenEnvironment) -> None:
    """`function_error` says so; the scenario decides what that means."""
    good = aws.function("def handler(e, c): return {'statusCode': 200, 'body': '{\"a\": 1}'}")
    bad = aws.function("def handler(e, c): raise ValueError('private')")
    reports = _run(
        here,
        f"""\
actions:
  - id: good
    uses: lambda.invoke
    with: {{function: {good}, payload: {{a: 1}}}}
    check: [{{select: body.a, eq: 1}}, {{select: function_error, exists: false}}]
    capture: {{request: request_id}}
  - id: bad
    uses: lambda.invoke
    with: {{function: {bad}}}
    check: [{{select: function_error, eq: Unhandled}}]
""",
    )

    _passed(reports)


def test_a_table_keeps_undos_newest_first(aws: Aws, here: ChosenEnvironment) -> None:
    """The ledger of a deployed harness: keep, list, forget; a secret of a run; a wish to stop."""
    name = aws.name("undo")
    aws("dynamodb").create_table(
        TableName=name,
        **keyed(run="S", number="N"),
    )
    ledger = TableUndoLedger(Clients(read_only=False)("dynamodb"), name)
    entries = [
        UndoEntry(
            run="r",
            number=number,
            action=f"a{number}",
            uses="s3.delete",
            params={},
            env="dev",
            expires_s=1,
            secrets={},
        )
        for number in (1, 2, 3)
    ]
    for entry in entries:
        ledger.put(entry)
        ledger.put(entry)
    ledger.put(replace(entries[0], run="other"))
    ledger.remember("r", "token", "s")
    ledger.remember("r", "more", {"a": 1})
    assert not ledger.asked_to_stop("r")
    ledger.ask_to_stop("r")

    assert entries[::-1] == list(ledger.entries("r"))
    assert 4 == len(list(ledger.entries()))
    assert {"token": "s", "more": {"a": 1}} == ledger.remembered("r")
    assert ledger.asked_to_stop("r")
    ledger.forget("r")
    ledger.done(entries[2])
    assert ({}, False) == (ledger.remembered("r"), ledger.asked_to_stop("r"))
    assert entries[1::-1] == list(ledger.entries("r"))


def test_a_hundred_runs_at_once_do_not_meet(aws: Aws, here: ChosenEnvironment) -> None:
    """Every verdict right, every key gone."""
    table = _table(aws)
    text = f"""\
cases: [{", ".join(f"{{id: c{n}, num: {n}, wanted: {n if n % 10 else -1}}}" for n in range(100))}]
actions:
  - id: put
    uses: dynamodb.put
    with:
      table: {table}
      key: [pk, sk]
      item: {{pk: "${{{{ run.prefix }}}}x", sk: s, num: "${{{{ case.num }}}}"}}
    undo: auto
  - id: query
    uses: dynamodb.query
    with: {{table: {table}, key: {{pk: "${{{{ run.prefix }}}}x"}}}}
    check: [{{select: "items[].num", eq: ["${{{{ case.wanted }}}}"]}}]
"""
    began = time.monotonic()
    reports = _run(here, text)
    words = [report.verdict for report in reports]

    assert ["PASSED" if n % 10 else "FAILED" for n in range(100)] == words
    assert [] == aws("dynamodb").scan(TableName=table)["Items"]
    assert 100 == len({report.run for report in reports})
    assert 120 > time.monotonic() - began


def test_every_action_says_what_it_needs_and_how_to_take_it_back() -> None:
    """A write without an undo of its own is taken back by another action, or cannot be."""
    for action in BUILTIN:
        assert issubclass(action.params, ActionParams)
        assert action.summary
        assert action.grants or action.name in {"http.request", "oauth2.token", "sql.query"}
        if action.undo is not None:
            assert "write" == action.effects({})
    assert "invoke" == always("invoke")({})
    reads = {one["kind"] for one in REGISTRY.statements("read")}
    changing = {
        (one["kind"], verb)
        for one in REGISTRY.statements("read")
        for verb in one["actions"]
        if any(word in verb for word in ("Put", "Update", "Delete", "Send", "Invoke"))
    }
    assert "functions" not in reads
    # A read through a source leaves a record: in the ledger's table, which takes additions
    # only, or in the spill queue while the table does not answer. An API is called as it is
    # named: with its methods, so that production names those that read.
    assert {
        ("apis", "execute-api:Invoke"),
        ("ledgers", "dynamodb:PutItem"),
        ("spills", "sqs:SendMessage"),
    } == changing
    assert json.dumps(list(REGISTRY.statements("write")))


def test_many_items_go_in_few_requests(aws: Aws, here: ChosenEnvironment) -> None:
    """60 items are three requests, there and back; nothing is left."""
    table, seen = _table(aws), []
    original = Clients._make

    def watched(self: Clients, service: str) -> object:
        client = original(self, service)
        client.meta.events.register("before-call.dynamodb.*", lambda model, **_: seen.append(model))
        return client

    items = ", ".join(f'{{pk: "${{{{ run.prefix }}}}{n}", sk: a}}' for n in range(60))
    text = f"""\
actions:
  - id: seed
    uses: dynamodb.put
    with: {{table: {table}, key: [pk, sk], items: [{items}]}}
    undo: auto
    check: [{{select: count, eq: 60}}]
"""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clients, "_make", watched)
        _passed(_run(here, text))

    assert ["BatchWriteItem"] * 6 == [one.name for one in seen]
    assert [] == aws("dynamodb").scan(TableName=table)["Items"]


def test_a_batch_with_one_foreign_key_writes_nothing(aws: Aws, here: ChosenEnvironment) -> None:
    """It is refused as a whole, before anything is sent."""
    table = _table(aws)
    text = f"""\
actions:
  - id: seed
    uses: dynamodb.put
    with: {{table: {table}, items: [{{pk: "${{{{ run.prefix }}}}a"}}, {{pk: real}}]}}
    undo: auto
    check: [{{select: count, eq: 2}}]
"""
    (report,) = _run(here, text)

    assert report.error is not None
    assert "Harness.Key" == report.error.name
    assert [] == aws("dynamodb").scan(TableName=table)["Items"]


MAIL = """\
To: T <${{ run.id }}@Example.com>
Cc: b@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<a href=3D"https://x.example.com/c?d=3D1">go</a>
"""


def test_mail_of_other_runs_is_not_seen(aws: Aws, here: ChosenEnvironment) -> None:
    """Neither mail that came before, nor mail that does not name this run; parts are decoded."""
    bucket = _bucket(aws)
    aws("s3").put_object(Bucket=bucket, Key="in/other", Body=b"To: a@example.com\n\nnot ours\n")
    text = f"""\
actions:
  - id: arrives
    uses: s3.put
    with:
      bucket: {bucket}
      key: "${{{{ run.prefix }}}}1"
      body: {json.dumps(MAIL)}
    undo: auto
  - id: ours
    uses: mail.read
    with: {{bucket: {bucket}, to: "${{{{ run.id }}}}@example.com"}}
    check:
      - {{select: count, eq: 1}}
      - {{select: "messages[0].subject", eq: Grüße}}
      - {{select: "messages[0].text", eq: null}}
      - {{select: "messages[0].links", eq: ["https://x.example.com/c?d=1"]}}
  - id: all
    uses: mail.read
    with: {{bucket: {bucket}, any_run: true}}
    check: [{{select: count, eq: 2}}]
"""
    _passed(_run(here, text))
