"""The engine: what is written down first, what is masked, what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.plugin import ActionError, ActionParams, AtomicAction, FunctionAnswer
from affidavit_harness.engine.check_operators import same, subset, unordered
from affidavit_harness.engine.clients import READING, Clients, refuse_writes
from affidavit_harness.engine.masks import HIDDEN, Mask, baseline
from affidavit_harness.engine.pii import find_pii
from affidavit_harness.engine.undo import undo_all
from affidavit_harness.errors import RefusedActionError, ScenarioError
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_loader import parse_scenario
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import UndoEntry
from affidavit_harness.registry import Registry
from affidavit_harness.reports.html import html
from affidavit_harness.reports.junit import junit
from affidavit_harness.reports.tap import tap
from affidavit_harness.reports.write import FORMS, form_of
from harness_parts import GOOD, Stage, broken, head

PUT = "actions:\n  - {id: one, uses: shelf.put, with: {key: a}, undo: auto}\n"
LOOK = "  - id: look\n    uses: shelf.look\n    check: [{select: value, eq: 1}]\n"


def test_the_way_back_is_kept_before_the_write(tmp_path: Path) -> None:
    """Whoever is killed inside the write has left a note."""
    stage = Stage(tmp_path)
    seen: list[str] = []
    stage.shelf.before_put = lambda _: seen.extend(one.uses for one in stage.ledger.entries())
    stage.run(PUT + LOOK)

    assert ["shelf.drop"] == seen


def test_an_action_that_breaks_after_writing_leaves_nothing(tmp_path: Path) -> None:
    """The worst moment of all."""
    stage = Stage(tmp_path)

    def after_put(_: object) -> None:
        raise RuntimeError("with a value in it")

    stage.shelf.after_put = after_put
    report = stage.run(PUT + LOOK)

    assert {} == stage.shelf.held
    assert "ERROR" == report.verdict
    assert "with a value" not in json.dumps(to_json(report))
    assert ["error", "not run"] == [one.state for one in report.actions]


def test_without_a_place_for_the_way_back_nothing_is_written(tmp_path: Path) -> None:
    """A full disk must not lead to a leak."""
    stage = Stage(tmp_path)
    (tmp_path / "runs").write_text("a file where a folder should be")
    report = stage.run(PUT + LOOK)

    assert "Harness.UndoLedger" == report.error.name
    assert "put a" not in stage.shelf.asked


def test_only_what_could_not_be_done_is_done_again(tmp_path: Path) -> None:
    """A failed check is no reason to repeat."""
    stage = Stage(tmp_path)
    tries: list[int] = []

    def answers(*_: object) -> dict[str, int]:
        tries.append(1)
        if len(tries) < 3:
            raise broken("Service.Throttled")
        return {"value": 0}

    stage.shelf.answers = answers
    retry = "    retry: {attempts: 5, every: 1s, errors: [Service.Throttled]}\n"
    report = stage.run("actions:\n" + LOOK + retry)

    assert (3, [1.0, 2.0]) == (len(tries), stage.slept)
    assert "FAILED" == report.verdict
    told = "failed after 2 failed tries (Service.Throttled, Service.Throttled)"
    assert list(FORMS) == [name for name in FORMS if _told(told, name, form_of(name)([report]))]


def _told(told: str, form: str, text: str) -> bool:
    """Tell whether a report shows what a retry has hidden, in its own way."""
    return '"retried"' in text if form == ".json" else told in text


def test_another_error_is_not_tried_again(tmp_path: Path) -> None:
    """`errors` is a list of those that pass by themselves."""
    stage = Stage(tmp_path)

    def answers(*_: object) -> dict[str, int]:
        raise broken("Service.Broken")

    stage.shelf.answers = answers
    retry = "    retry: {attempts: 5, errors: [Service.Throttled]}\n"

    assert "Service.Broken" == stage.run("actions:\n" + LOOK + retry).error.name
    assert ["look"] == stage.shelf.asked


SECRET = "hunter2-very-secret"  # noqa: S105 - a canary
WITH_CANARY = """\
inputs:
  token: {from: secretsmanager, name: "x/${{ env }}/token", secret: true}
actions:
  - id: put
    uses: shelf.put
    with: {key: a, value: "${{ inputs.token }}"}
    undo: {uses: shelf.drop, with: {key: a, value: "${{ inputs.token }}"}}
  - id: look
    uses: shelf.look
    with: {value: "${{ inputs.token }}"}
    check: [{select: value, eq: "not ${{ inputs.token }}"}]
"""


def test_a_secret_is_in_no_report_no_event_and_no_file(tmp_path: Path) -> None:
    """In no form, although the service sends it back in many."""
    stage = Stage(tmp_path)
    forms = [SECRET, quote(SECRET), base64.b64encode(f"user:{SECRET}".encode()).decode()]
    stage.shelf.answers = lambda *_: {"value": forms, "text": json.dumps({"t": SECRET})}
    kept: list[str] = []
    stage.shelf.before_drop = lambda params: kept.append(params.value)
    report = stage.run(WITH_CANARY, keep=True)
    files = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    told = (
        json.dumps(to_json(report)) + str(stage.events) + files + html([report]) + junit([report])
    )

    assert SECRET not in told + tap([report])
    assert base64.b64encode(SECRET.encode()).decode()[:16] not in told
    assert HIDDEN in told
    assert SECRET in stage.shelf.held.values()
    assert "${{ inputs.token }}" in files  # the way back holds the reference

    stage.run(WITH_CANARY)
    assert [SECRET] == kept  # and it is looked up again, in the same place, when it is gone
    assert {"x/local/token"} == {*stage.client.asked}


@pytest.mark.parametrize(("raised", "ok"), [(None, True), ("Unhandled", False)])
def test_an_undo_by_a_function_is_done_if_the_function_did_not_raise(
    tmp_path: Path, raised: str | None, *, ok: bool
) -> None:
    """What it has answered is its own affair."""
    answer = FunctionAnswer(200, {"errorType": "KeyError"}, raised, "r-1")
    context = Stage(tmp_path).context()._replace(function=lambda _: lambda *_: answer)
    entry = UndoEntry(
        run="0" * 26, number=1, action="a", uses="lambda.invoke", params={"function": "f"},
        env="local", expires_s=0, secrets={},
    )  # fmt: skip
    (done,) = undo_all([entry], context, pause=lambda _: None)

    assert ok is done.ok


def test_a_captured_secret_stays_out_of_the_state(tmp_path: Path) -> None:
    """It is kept beside it, for later actions."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda params, _: {"value": params.value or "captured-secret"}
    report = stage.run(
        """\
actions:
  - {id: login, uses: shelf.look, capture: {session: {select: value, secret: true}}}
  - id: use
    uses: shelf.look
    with: {value: "${{ vars.session }}"}
    check: [{select: value, eq: "${{ vars.session }}"}]
"""
    )
    later = report.actions[1]

    assert "PASSED" == report.verdict
    assert HIDDEN == later.findings[0].actual


def test_a_sensitive_result_is_a_hash(tmp_path: Path) -> None:
    """Status, size and SHA-256 are what is kept."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": "private", "status": 200}
    report = stage.run("actions:\n" + LOOK + "    sensitive: true\n")

    assert {"status", "bytes", "sha256"} == report.actions[0].result.keys()
    assert "private" not in json.dumps(to_json(report))


def test_personal_data_in_a_record_is_told_by_place_not_by_value(tmp_path: Path) -> None:
    """Path, kind and hash."""
    stage = Stage(tmp_path)
    record = {"act": "X", "who": {"mail": "jane.roe@example.com"}, "at": "2026-01-23T12:00:00Z"}
    stage.shelf.answers = lambda *_: {"value": [record]}
    text = """\
actions: [{id: go, uses: shelf.look, check: [{select: value, exists: true}]}]
assertions:
  - id: trail
    audit_trail: {source: {uses: shelf.list}, where: {act: X}, exactly: 1}
"""
    report = stage.run(text)
    finding = report.assertions[0].findings[-1]

    assert "FAILED" == report.verdict
    assert "EMAIL at who.mail (" in finding.actual[0]
    assert "jane" not in json.dumps(to_json(report))
    ignored = text.replace("exactly: 1", "exactly: 1, no_pii: {ignore: [who]}")
    other = text.replace("exactly: 1", "exactly: 1, no_pii: {detectors: [iban]}")
    assert "PASSED" == stage.run(ignored).verdict
    assert "PASSED" == stage.run(other).verdict


@pytest.mark.parametrize("number", [114, 124, 693, 1010])
def test_a_hash_that_looks_like_a_credential_is_no_secret_of_a_record(number: int) -> None:
    """A link of the chain is found by chance only; what stands there in another form is told."""
    digest = hashlib.sha256(b"%d" % number).digest()
    link = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    assert [] == find_pii({"prev": link}, rule=True, redactor=baseline())
    assert find_pii({"note": link}, rule=True, redactor=baseline())
    assert find_pii({"off": {"prev": link}}, rule=True, redactor=baseline())
    assert find_pii({"prev": f"{link} "}, rule=True, redactor=baseline())


def test_a_record_that_is_missing_failed_and_a_table_that_is_gone_is_an_error(
    tmp_path: Path,
) -> None:
    """The test found something, or it could not look."""
    stage = Stage(tmp_path)
    text = """\
actions: [{id: go, uses: shelf.look, check: [{select: value, exists: true}]}]
assertions:
  - id: trail
    audit_trail: {source: {uses: shelf.list}, where: {act: X}, exactly: 1}
"""
    stage.shelf.answers = lambda *_: {"value": []}
    assert "FAILED" == stage.run(text).verdict

    def gone(*_: object) -> dict[str, object]:
        if "list" in stage.shelf.asked:
            raise broken("ResourceNotFoundException")
        return {"value": 1}

    stage.shelf.asked.clear()
    stage.shelf.answers = gone
    assert "ERROR" == stage.run(text).verdict


def test_production_refuses_writes_in_three_places(tmp_path: Path) -> None:
    """When it is checked, when it is run, and when it is sent; the role is the fourth."""
    stage = Stage(tmp_path, env="prod")
    writes = head() + "environments: [prod]\n" + PUT + LOOK

    with pytest.raises(ScenarioError, match="prod is read-only"):
        parse_scenario("x.yaml", writes, stage.registry, env="prod", read_only=True)

    report = stage.run("environments: [prod]\n" + PUT + LOOK)  # nobody has asked for prod before
    assert "Harness.ReadOnly" == report.error.name
    assert [] == stage.shelf.asked

    class Model:
        name = "PutItem"

    with pytest.raises(RefusedActionError, match="PutItem is not sent"):
        refuse_writes(Model())


def test_a_client_of_production_sends_reads_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an action of a plugin calls."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    clients = Clients(read_only=True)

    with pytest.raises(RefusedActionError):
        clients("dynamodb").put_item(TableName="t", Item={"pk": {"S": "x"}})
    with pytest.raises(RefusedActionError):
        clients("sqs").delete_queue(QueueUrl="http://127.0.0.1:9/q")
    assert clients("s3") is clients("s3")
    assert not any(verb.startswith(("Put", "Delete", "Update", "Send")) for verb in READING)


def test_another_set_of_actions_is_refused(tmp_path: Path) -> None:
    """A plugin here and not there would do something else, or nothing."""
    stage = Stage(tmp_path)
    before = stage.registry
    stage.registry = stage.registry._replace(
        actions={name: one for name, one in before.actions.items() if name != "s3.get"}
    )

    assert before.manifest() != stage.registry.manifest()
    assert before.manifest(["s3.get"]) != stage.registry.manifest(["s3.get"])


def test_only_the_actions_that_a_scenario_uses_have_to_be_the_same(tmp_path: Path) -> None:
    """Calls, undos and sources; whatever else differs there changes nothing here."""
    stage = Stage(tmp_path)
    undo = "undo: {uses: s3.delete, with: {bucket: b, key: k}}"
    trail = "{source: {uses: ledger.expect, with: {actor: a}}, where: {act: X}, exactly: 1}"
    text = PUT.replace("undo: auto", undo) + f"assertions: [{{id: trail, audit_trail: {trail}}}]\n"
    used = stage.load(text).scenario.used
    here = stage.registry

    def changed(name: str) -> Registry:
        return here._replace(
            actions={
                **here.actions,
                name: AtomicAction(name, "Other.", ActionParams, run=lambda *_: {}),
            }
        )

    assert {"shelf.put", "s3.delete", "ledger.expect"} == used
    assert all(here.manifest(used) != changed(name).manifest(used) for name in used)
    assert here.manifest(used) == changed("s3.get").manifest(used)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_the_same_as_itself_and_a_subset_of_itself(value: object) -> None:
    """And a list is the same as itself in any order."""
    assert same(value, json.loads(json.dumps(value)))
    assert subset(value, value)
    if isinstance(value, list):
        assert unordered(value, value[::-1])
        assert not unordered(value, [*value, 1])


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_hidden_wherever_it_stands(secret: str, before: str, after: str) -> None:
    """As it is, quoted, and in base64 with something before it."""
    mask = Mask()
    mask.learn(secret)
    encoded = base64.b64encode((before + secret + after).encode("utf-8", "replace")).decode()
    core = base64.b64encode(secret.encode("utf-8", "replace")).decode()
    hidden = mask.secrets({"plain": before + secret + after, "url": quote(secret, safe="")})

    assert secret not in hidden["plain"].replace(HIDDEN, "\x00") or secret in HIDDEN
    if len(core) > 16:
        assert mask.secrets(encoded) != encoded


def test_a_whole_reference_keeps_its_type() -> None:
    """And one inside a text becomes text."""
    scope = {"case": {"n": 3, "l": [1], "b": True}, "env": "dev"}

    assert {"a": 3, "b": "3 dev true"} == render(
        {"a": "${{ case.n }}", "b": "${{ case.n }} ${{ env }} ${{ case.b }}"}, scope
    )
    for bad in ("${{ case.no }}", "x ${{ case.l }}", "${{ secrets.x }}", "${{ case.n", "${{ }}"):
        with pytest.raises(ActionError):
            render(bad, scope)


def test_a_scenario_is_data(tmp_path: Path) -> None:
    """What a service answers is never read as a reference."""
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda params, _: {"value": params.value or "${{ inputs.token }}"}
    report = stage.run(
        """\
actions:
  - {id: a, uses: shelf.look, capture: {told: value}}
  - id: b
    uses: shelf.look
    with: {value: "${{ vars.told }}"}
    check: [{select: value, eq: "${{ vars.told }}"}]
"""
    )

    assert "PASSED" == report.verdict
    assert GOOD
