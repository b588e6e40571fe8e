"""Single promises about single events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

import repository as repo
from affidavit import AuditContext, Query, SetupError, audited
from affidavit._policy.load import load_policy
from affidavit._runtime import runtime as process
from affidavit.testing import api_gateway_v1, step
from affidavit_testing import (
    BrokenPromiseError,
    InProcessRunner,
    assert_always_on_record,
    assert_answer_fits,
    assert_binds_only,
    assert_errors_quote_nothing,
    assert_idempotent,
    assert_no_answer_without_evidence,
    assert_nothing_raw,
    assert_promise,
    assert_reads_named,
    assert_refused,
    assert_retention,
    examine,
    machine_of,
    subject_of,
)
from affidavit_testing.under_test import read_policy

FIND = Query(name="find", sql="select note from notes where id = :id", binds=frozenset({"id"}))
SECRET = "N-4711-0815"  # noqa: S105 - a canary
EVENT = api_gateway_v1(query={"id": SECRET}, authorizer={"claims": {"sub": "somebody"}})
HOW: dict[str, Any] = {"policy": "hipaa", "sources": {"notes": {"find": {"note": "fine"}}}}


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str


class Told(BaseModel):
    note: str


@audited(action="READ", request=Asked, response=Told)
def good(asked: Asked, context: AuditContext) -> Told | None:
    row = context.source("notes").fetch_one(FIND, {"id": asked.id})
    return None if row is None else Told(note=str(row["note"]))


def plain(event: Any, context: Any) -> Any:
    """A handler from before the day on which somebody heard of evidence."""
    print(event)
    asked = event["queryStringParameters"]["id"]
    if "'" in asked:
        return {"statusCode": 500, "body": f"no such note: {asked}"}
    return {"statusCode": 200, "body": json.dumps({"note": "fine", "debug": asked})}


def test_a_good_handler_holds_every_one() -> None:
    """None of them raises, and each returns what it has seen."""
    seen = assert_always_on_record(good, EVENT, **HOW)

    assert ["I", "O"] == [record.phase for record in seen.records]
    assert 200 == seen.status
    assert not assert_no_answer_without_evidence(good, EVENT, **HOW).succeeded
    assert_nothing_raw(good, EVENT, values=[SECRET], **HOW)
    assert_errors_quote_nothing(good, {**EVENT, "body": "{"}, values=[SECRET], **HOW)
    assert_refused(good, api_gateway_v1(query={"id": SECRET}), **HOW)
    assert_binds_only(good, EVENT, values=[SECRET], **HOW)
    assert_reads_named(good, EVENT, **HOW)
    assert_idempotent(good, EVENT, **HOW)
    assert_retention(good, EVENT, **HOW)
    assert_answer_fits(good, EVENT, **HOW)
    assert_promise(good, "each_read_is_named", **HOW)


@pytest.mark.parametrize(
    ("held", "promise"),
    [
        (lambda: assert_always_on_record(plain, EVENT, **HOW), "always_on_record"),
        (
            lambda: assert_no_answer_without_evidence(plain, EVENT, **HOW),
            "no_answer_without_evidence",
        ),
        (lambda: assert_nothing_raw(plain, EVENT, values=[SECRET], **HOW), "nothing_raw_gets_out"),
        (
            lambda: assert_errors_quote_nothing(
                plain, api_gateway_v1(query={"id": "it's me"}), values=["it's me"], **HOW
            ),
            "errors_quote_nothing",
        ),
        (
            lambda: assert_refused(plain, api_gateway_v1(query={"id": "x"}), **HOW),
            "a_refusal_reaches_nothing",
        ),
        (
            lambda: assert_answer_fits(plain, EVENT, response=Told, **HOW),
            "the_answer_fits_its_model",
        ),
    ],
)
def test_a_plain_handler_breaks_them(held: Any, promise: str) -> None:
    """And hears which one."""
    with pytest.raises(BrokenPromiseError, match=f"^broken promise: {promise}: ") as caught:
        held()

    assert promise == caught.value.promise
    assert "event: {" in str(caught.value)


def test_examine_says_what_would_fail_today() -> None:
    """The way in for a handler that is not audited yet: no decorator, no changes."""
    verdicts = {
        one.promise.name: one.result
        for one in examine(plain, profile="ci", events=[EVENT], request=Asked, response=Told, **HOW)
    }

    broken = {name for name, result in verdicts.items() if result == "broken"}
    assert {
        "always_on_record",
        "no_answer_without_evidence",
        "nothing_raw_gets_out",
        "a_refusal_reaches_nothing",
        "metrics_are_valid",
    } <= broken
    # It leaves no record, and reads nothing of the source that it was given.
    assert "not shown" == verdicts["retention_is_the_policys"] == verdicts["binds_only"]


def test_every_event_source_finds_its_handler() -> None:
    """A state machine's task as well as a request."""
    seen = assert_always_on_record(good, step({"id": SECRET}), **HOW)

    assert {"note": "fine"} == seen.answer


def test_what_cannot_be_tested_is_said_so() -> None:
    """Before a single example has been drawn."""
    with pytest.raises(SetupError, match="no handler to test"):
        subject_of(None)  # type: ignore[arg-type]
    with pytest.raises(SetupError, match="unknown: \\['fax'\\]"):
        subject_of(good, via=["fax"])
    with pytest.raises(SetupError, match="hipaa believes none"):
        subject_of(good, policy="hipaa", via=["alb"])


def test_a_machine_can_be_extended() -> None:
    """Rules of one's own beside those of the suite."""
    machine = machine_of(subject_of(good, **HOW))

    assert "History" == machine.__name__
    state = machine()
    state.cold_start()  # type: ignore[attr-defined]
    state.what_is_there_verifies()  # type: ignore[attr-defined]


def test_a_stage_is_one_process_after_another() -> None:
    """Each with a chain of its own, over one ledger."""
    stage = InProcessRunner(subject_of(good, **HOW))
    stage.deliver(EVENT)
    stage.cold_start()
    stage.deliver(EVENT)

    assert 2 == len({writer for writer, _ in stage.store.items})


def test_a_policy_is_taken_by_name_by_file_or_as_it_is() -> None:
    """A YAML file is compiled on the way, so that a draft can be tried."""
    held = load_policy("hipaa")

    assert held == read_policy("hipaa")
    assert held == read_policy(held)
    assert held.digest == read_policy(str(repo.ROOT / "policies" / "hipaa.yaml")).digest


def test_a_source_that_nobody_described_finds_nothing() -> None:
    """The handler is told so, instead of failing for a reason of the test's."""
    seen = assert_always_on_record(good, EVENT, policy="hipaa")

    assert 404 == seen.status
    assert [("notes", 0)] == [(one.source, one.rows) for one in seen.asked]


def test_the_runtime_of_the_process_is_put_back() -> None:
    """Whatever the handler did: the next test finds what was there before."""
    before = process._default
    assert_always_on_record(good, EVENT, **HOW)

    assert process._default is before
