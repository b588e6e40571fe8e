"""Handlers with one fault each: the suite finds every one, and names the promise."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
import uuid
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affidavit import AffidavitError, AttestationError, AuditContext, Query, audited
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.steps import invoke
from affidavit._policy.model import Retention
from affidavit._runtime import runtime as process
from affidavit.plugin import Permit
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.suite import examine, verdict_on
from affidavit_testing.under_test import subject_of

FIND = Query(
    name="find_note", sql="select id, note from notes where id = :id", binds=frozenset({"id"})
)
SAVE = Query(
    name="save_note",
    sql="insert into notes values (:id, :note)",
    binds=frozenset({"id", "note"}),
    write=True,
)
SOURCES = {"notes": {"find_note": {"id": "N-100001", "note": "it is fine"}, "save_note": []}}


class Asked(BaseModel):
    """What the handlers below are asked."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^N-[0-9]{6,9}$")
    who: UUID
    remark: str = "none"


class Note(BaseModel):
    """What they answer."""

    id: str
    note: str


class Open(BaseModel):
    """A model that lets everything through."""

    model_config = ConfigDict(extra="allow")

    id: str


class Fault(NamedTuple):
    """One fault: the handler, the promise it breaks, and what the suite has to be told."""

    name: str
    promise: str
    make: Callable[[], Any]
    how: Mapping[str, Any]


FAULTS: list[Fault] = []


def fault(promise: str, **how: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Put a handler on the list."""

    def note(make: Callable[[], Any]) -> Callable[[], Any]:
        FAULTS.append(Fault(make.__name__, promise, make, {"sources": SOURCES, **how}))
        return make

    return note


def _read(asked: Asked, context: AuditContext) -> Mapping[str, Any] | None:
    return context.source("notes").fetch_one(FIND, {"id": asked.id})


def _audited(act: Callable[[Asked, AuditContext], Any], response: Any = Note) -> Any:
    """Return a handler as it should be, around whatever `act` does."""

    @audited(action="NOTE_READ", request=Asked, response=response, actor="who", subject="id")
    def handler(asked: Asked, context: AuditContext) -> Any:
        return act(asked, context)

    return handler


def _answer(asked: Asked, context: AuditContext) -> Note | None:
    row = _read(asked, context)
    return None if row is None else Note(id=asked.id, note=str(row["note"]))


def _careless(say: Callable[[Any], object]) -> Any:
    """Return a good handler that first does something with the request it was given."""

    def act(asked: Asked, context: AuditContext) -> Note | None:
        say(asked)
        return _answer(asked, context)

    return _audited(act)


def _around(wrap: Callable[[Any, Any, Any], Any]) -> Any:
    """Return a good handler behind a decorator of somebody's own."""
    good = _audited(_answer)

    @functools.wraps(good)
    def handler(event: Any, context: Any) -> Any:
        return wrap(good, event, context)

    return handler


def _query(event: Any) -> dict[str, Any]:
    held = event.get("queryStringParameters") if isinstance(event, dict) else None
    return dict(held or {})


BARE = {
    "events": [
        {
            "httpMethod": "GET",
            "path": "/note",
            "headers": {"host": "api.example.com"},
            "queryStringParameters": {"id": "N-100001", "who": "person-100001"},
            "requestContext": {"requestId": "r-1", "identity": {"sourceIp": "203.0.113.7"}},
        }
    ]
}
"""For handlers without a model: an example to start from."""


# -- exits ---------------------------------------------------------------------


@fault("nothing_raw_gets_out")
def prints_the_request() -> Any:
    return _careless(print)


@fault("nothing_raw_gets_out")
def logs_the_event() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        logging.getLogger("service").info("received %s", event)
        return good(event, context)

    return _around(wrap)


@fault("nothing_raw_gets_out")
def logs_at_debug() -> Any:
    return _careless(lambda asked: logging.getLogger("service").debug("asked for %s", asked.id))


@fault("nothing_raw_gets_out")
def logs_in_extra() -> Any:
    return _careless(
        lambda asked: logging.getLogger("service").info("asked", extra={"note_id": asked.id})
    )


@fault("nothing_raw_gets_out")
def logs_json() -> Any:
    return _careless(
        lambda asked: sys.stdout.write(json.dumps({"level": "INFO", "user": str(asked.who)}))
    )


@fault("nothing_raw_gets_out")
def writes_to_stderr() -> Any:
    return _careless(lambda asked: sys.stderr.write(f"{asked.id}\n"))


@fault("nothing_raw_gets_out")
def writes_to_the_descriptor() -> Any:
    return _careless(lambda asked: os.write(1, f"{asked.id}\n".encode()))


@fault("nothing_raw_gets_out")
def warns() -> Any:
    return _careless(lambda asked: warnings.warn(f"slow: {asked.id}", stacklevel=2))


@fault("nothing_raw_gets_out")
def encodes_before_it_prints() -> Any:
    return _careless(lambda asked: print(urllib.parse.quote(asked.remark), asked.id.encode().hex()))


@fault("nothing_raw_gets_out")
def prints_the_row() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note | None:
        print(_read(asked, context))
        return _answer(asked, context)

    return _audited(act)


@fault("nothing_raw_gets_out")
def prints_the_answer() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        print("answered", answer)
        return answer

    return _around(wrap)


@fault("nothing_raw_gets_out")
def prints_the_traceback_of_a_source() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note | None:
        try:
            return _answer(asked, context)
        except AffidavitError:
            raise
        except Exception:  # noqa: BLE001 - that is the fault
            traceback.print_exc()
            return None

    return _audited(act)


@fault("nothing_raw_gets_out")
def keeps_a_copy_in_a_file() -> Any:
    path = Path(tempfile.gettempdir()) / "affidavit-planted-fault.txt"
    return _careless(lambda asked: path.write_text(asked.id))


@fault("nothing_raw_gets_out")
def echoes_a_header() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        headers = event.get("headers") if isinstance(event, dict) else None
        if isinstance(headers, dict) and isinstance(answer, dict) and "headers" in answer:
            answer["headers"]["x-note"] = headers.get("x-note", "")
        return answer

    return _around(wrap)


# -- errors --------------------------------------------------------------------


@fault("errors_quote_nothing")
def raises_with_the_event() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        try:
            return good(event, context)
        except AffidavitError as error:
            raise RuntimeError(f"could not handle {event}") from error

    return _around(wrap)


@fault("errors_quote_nothing", **BARE)
def answers_with_the_exception() -> Any:
    @audited
    def handler(event: Any, context: Any) -> Any:
        try:
            row = context.source("notes").fetch_one(FIND, {"id": _query(event).get("id", "")})
            return {"statusCode": 200, "body": json.dumps({"note": row["note"] if row else None})}
        except Exception as error:  # noqa: BLE001 - as above
            return {"statusCode": 500, "body": repr(error)}

    return handler


@fault("errors_quote_nothing", **BARE)
def answers_with_the_validation_error() -> Any:
    @audited
    def handler(event: Any, context: Any) -> Any:
        try:
            asked = Asked.model_validate(_query(event))
        except ValidationError as error:
            return {"statusCode": 400, "body": str(error)}
        return {"statusCode": 200, "body": asked.id}

    return handler


# -- records and evidence -------------------------------------------------------


@fault("always_on_record", request=Asked, response=Note, events=())
def is_not_audited() -> Any:
    def handler(event: Any, context: Any) -> Any:
        return {"statusCode": 200, "body": json.dumps({"id": "N-100001", "note": "fine"})}

    return handler


@fault("always_on_record")
def has_a_way_around_the_audit() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        if isinstance(event, dict) and event.get("version") == "2.0":
            return {"statusCode": 200, "body": "{}"}
        return good(event, context)

    return _around(wrap)


@fault("always_on_record")
def audits_every_second_request() -> Any:
    count = iter(range(10**9))

    def wrap(good: Any, event: Any, context: Any) -> Any:
        return good(event, context) if next(count) % 2 == 0 else {"statusCode": 404}

    return _around(wrap)


@fault("always_on_record")
def retries_inside_one_invocation() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if isinstance(answer, dict) and answer.get("statusCode") == 500:
            return good(event, context)
        return answer

    return _around(wrap)


@fault("always_on_record")
def brings_its_own_ledger() -> Any:
    from affidavit.testing import make_runtime

    @audited(action="NOTE_READ", request=Asked, response=Note, runtime=make_runtime().runtime)
    def handler(asked: Asked, context: AuditContext) -> Note:
        return Note(id=asked.id, note="fine")

    return handler


@fault("the_record_tells_the_truth")
def says_200_when_it_refused() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if isinstance(answer, dict) and answer.get("statusCode") == 400:
            return {**answer, "statusCode": 200}
        return answer

    return _around(wrap)


@fault("the_record_tells_the_truth")
def hides_a_failure_from_its_caller() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        try:
            answer = good(event, context)
        except AffidavitError:
            return None
        failed = isinstance(answer, dict) and answer.get("statusCode") == 500
        return {"statusCode": 404, "body": "{}"} if failed else answer

    return _around(wrap)


@fault("no_answer_without_evidence")
def swallows_a_failed_ledger() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        try:
            answer = good(event, context)
        except AttestationError:
            return {"id": "N-100001", "note": "from the cache"}
        if isinstance(answer, dict) and answer.get("statusCode") == 503:
            return {"statusCode": 200, "body": "from the cache"}
        return answer

    return _around(wrap)


@fault("no_answer_without_evidence")
def answers_before_the_evidence() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        held = process._default
        assert held is not None

        def later() -> None:
            with contextlib.suppress(Exception):
                invoke(spec_of(good), event, context, held)

        late = threading.Timer(0.05, later)
        late.daemon = True
        late.start()
        return {"statusCode": 200, "body": json.dumps({"id": "N-100001", "note": "fine"})}

    return _around(wrap)


@fault("any_history_leaves_clean_evidence")
def removes_its_own_record() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        items = process._default.ledger.store.items  # type: ignore[union-attr]
        if len(items) > 4:
            del items[list(items)[2]]  # by age: names differ from run to run
        return answer

    return _around(wrap)


@fault("retention_is_the_policys")
def keeps_records_for_a_day() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        from affidavit._runtime.runtime import assemble

        held = process._default
        assert held is not None
        short = held.policy._replace(retention=Retention(1, 1))
        process._default = assemble(
            policy=short,
            ledger=held.ledger,
            clock=held.clock,
            emit=held.emit,
            sources=held.sources,
        )
        return good(event, context)

    return _around(wrap)


# -- refusals ------------------------------------------------------------------


@fault("a_refusal_reaches_nothing")
def looks_the_caller_up_first() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            database.execute("select 1")
        return good(event, context)

    return _around(wrap)


@fault("a_refusal_reaches_nothing")
def mends_what_was_refused() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if isinstance(answer, dict) and answer.get("statusCode") in {400, 401, 403, 413}:
            return {"statusCode": 200, "body": "{}"}
        return answer

    return _around(wrap)


@fault("a_refusal_reaches_nothing")
def serves_strangers() -> Any:
    raw = _audited(_answer).__wrapped__

    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if isinstance(answer, dict) and answer.get("statusCode") in {401, 403}:
            return raw(Asked(id="N-100001", who=uuid.UUID(int=1)), _Silent())
        return answer

    class _Silent:
        def source(self, _: str) -> Any:
            return self

        def fetch_one(self, *_: Any) -> Any:
            return {"note": "fine"}

    return _around(wrap)


# -- reads ---------------------------------------------------------------------


def _asks(sql: Callable[[Asked], str]) -> Any:
    def act(asked: Asked, context: AuditContext) -> Note | None:
        query = Query(name="find_note", sql=sql(asked))
        row = context.source("notes").fetch_one(query)
        return None if row is None else Note(id=asked.id, note=str(row["note"]))

    return _audited(act)


@fault("binds_only")
def builds_sql_with_an_f_string() -> Any:
    return _asks(lambda asked: f"select note from notes where id = '{asked.id}'")  # noqa: S608 - that is the fault


@fault("binds_only")
def sorts_by_what_was_asked() -> Any:
    return _asks(lambda asked: f"select note from notes order by {len(asked.remark)}")  # noqa: S608 - as above


@fault("binds_only")
def holds_a_value_that_the_policy_wants_bound() -> Any:
    return _asks(lambda _: "select note from notes where kind = 'nurse'")


@fault("each_read_is_named")
def reads_with_sqlite_itself() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note:
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            database.execute("select :id", {"id": asked.id}).fetchone()
        return Note(id=asked.id, note="fine")

    return _audited(act)


@fault("each_read_is_named")
def asks_another_service() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note:
        with contextlib.suppress(OSError), socket.socket() as connection:
            connection.settimeout(0.01)
            connection.connect(("127.0.0.1", 9))
        return Note(id=asked.id, note="fine")

    return _audited(act)


@fault("each_read_is_named")
def starts_a_process() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note:
        subprocess.run(["true"], check=False, timeout=20)  # noqa: S607 - whichever it is
        return Note(id=asked.id, note="fine")

    return _audited(act)


@fault("each_read_is_named")
def forges_a_permit() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note:
        permit = Permit(deadline_s=1, request_id="r", function="f", actor=None)
        process.default_runtime().sources["notes"].run(permit, FIND, {"id": asked.id}, max_rows=1)
        return Note(id=asked.id, note="fine")

    return _audited(act)


# -- state ---------------------------------------------------------------------


@fault("nothing_is_remembered")
def remembers_the_last_answer() -> Any:
    last: list[Note] = []

    def act(asked: Asked, context: AuditContext) -> Note | None:
        found = last[0] if last else _answer(asked, context)
        if found is not None and not last:
            last.append(found)
        return found

    return _audited(act)


@fault("nothing_is_remembered")
def collects_events() -> Any:
    seen: list[Any] = []

    def wrap(good: Any, event: Any, context: Any) -> Any:
        seen.append(event)
        return good(event, context)

    return _around(wrap)


@fault("nothing_is_remembered")
def puts_the_user_into_the_environment() -> Any:
    return _careless(lambda asked: os.environ.update(LAST_USER_SEEN=str(asked.who)))


@fault("nothing_is_remembered")
def has_a_mutable_default() -> Any:
    def act(asked: Asked, context: AuditContext, cache: dict[str, Any] = {}) -> Any:  # noqa: B006
        return cache.setdefault(asked.id, _answer(asked, context))

    return _audited(act)


@fault("nothing_is_remembered")
def caches_by_decorator() -> Any:
    @functools.lru_cache(maxsize=64)
    def family(note: str) -> str:
        return note[:1]

    return _careless(lambda asked: family(asked.id))


# -- redelivery ----------------------------------------------------------------


@fault("idempotent_under_redelivery")
def writes_under_a_new_id_each_time() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note:
        context.source("notes").execute(SAVE, {"id": uuid.uuid1().hex, "note": asked.remark})
        return Note(id=asked.id, note="saved")

    return _audited(act)


@fault("idempotent_under_redelivery")
def answers_with_the_time() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note:
        return Note(id=asked.id, note=f"at {time.perf_counter_ns()}")

    return _audited(act)


@fault("idempotent_under_redelivery")
def counts_in_a_global() -> Any:
    count = iter(range(10**9))

    def act(asked: Asked, context: AuditContext) -> Note:
        return Note(id=asked.id, note=f"number {next(count)}")

    return _audited(act)


# -- batches -------------------------------------------------------------------


def _batch(wrap: Callable[[Any, Any, Any], Any]) -> Any:
    """Return a good handler of batches behind a decorator of somebody's own."""

    @audited(each=True, action="NOTE_IMPORT", request=Asked, subject="id")
    def good(asked: Asked, context: AuditContext) -> None:
        _read(asked, context)

    @functools.wraps(good)
    def handler(event: Any, context: Any) -> Any:
        return wrap(good, event, context)

    return handler


@fault("batch_failures_are_partial")
def fails_the_whole_batch() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if answer and answer["batchItemFailures"]:
            raise RuntimeError("some records failed")
        return answer

    return _batch(wrap)


@fault("batch_failures_are_partial")
def reports_no_failures() -> Any:
    return _batch(lambda good, event, context: good(event, context) and None)


@fault("batch_failures_are_partial")
def stops_at_the_first_record() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        first = {"Records": event["Records"][:1]} if "Records" in event else event
        return good(first, context)

    return _batch(wrap)


@fault("batch_failures_are_partial")
def tells_of_one_failure_only() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        return answer and {"batchItemFailures": answer["batchItemFailures"][:1]}

    return _batch(wrap)


@fault("batch_failures_are_partial", via=("sqs",))
def sends_the_good_ones_back_too() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if answer and answer["batchItemFailures"]:
            every = [{"itemIdentifier": one["messageId"]} for one in event["Records"]]
            return {"batchItemFailures": every}
        return answer

    return _batch(wrap)


@fault("batch_failures_are_partial")
def drops_what_it_cannot_read() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        if "Records" in event and "body" in event["Records"][0]:
            kept = [one for one in event["Records"] if '"id"' in one["body"]]
            return good({"Records": kept}, context) if kept else None
        return good(event, context)

    return _batch(wrap)


@fault("batch_failures_are_partial")
def tries_the_batch_again_at_once() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        return good(event, context) if answer and answer["batchItemFailures"] else answer

    return _batch(wrap)


def _one_at_a_time(good: Any, event: Any, context: Any) -> Any:
    answers = [good({"Records": [one]}, context) for one in event.get("Records", ())]
    told = [item for one in answers if one for item in one["batchItemFailures"]]
    return {"batchItemFailures": told}


@fault("batch_failures_are_partial", via=("kinesis",))
def runs_on_behind_a_failure_in_a_stream() -> Any:
    return _batch(_one_at_a_time)


@fault("batch_failures_are_partial", via=("sqs",))
def lets_a_group_overtake() -> Any:
    return _batch(_one_at_a_time)


@fault("batch_failures_are_partial")
def reports_by_a_name_of_its_own() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        told = answer["batchItemFailures"] if answer else ()
        return {"batchItemFailures": [{"itemIdentifier": f"{n}"} for n, _ in enumerate(told)]}

    return _batch(wrap)


# -- answers and metrics ---------------------------------------------------------


@fault("the_answer_fits_its_model")
def answers_with_the_whole_row() -> Any:
    return _audited(lambda asked, context: {**(_read(asked, context) or {}), "id": "1"}, Open)


@fault("the_answer_fits_its_model", **BARE)
def sends_every_column() -> Any:
    @audited
    def handler(event: Any, context: Any) -> Any:
        row = context.source("notes").fetch_one(FIND, {"id": _query(event).get("id", "")})
        return {"statusCode": 200, "body": json.dumps(row)}

    return handler


@fault("the_answer_fits_its_model")
def adds_a_field_behind_the_model() -> Any:
    def wrap(good: Any, event: Any, context: Any) -> Any:
        answer = good(event, context)
        if isinstance(answer, dict) and answer.get("statusCode") == 200:
            return {**answer, "body": json.dumps({**json.loads(answer["body"]), "debug": "yes"})}
        return answer

    return _around(wrap)


@fault("metrics_are_valid")
def puts_a_user_into_a_dimension() -> Any:
    def act(asked: Asked, context: AuditContext) -> Note | None:
        context.metrics.add("Asked", 1, "Count", status=asked.id)
        return _answer(asked, context)

    return _audited(act)


def _metric(**changes: Any) -> str:
    directive = {
        "Namespace": "notes",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "Asked", "Unit": "Count"}],
    }
    line: dict[str, Any] = {
        "_aws": {"Timestamp": 1_769_169_600_000, "CloudWatchMetrics": [directive]},
        "service": "notes",
        "Asked": 1,
    }
    directive.update({k: v for k, v in changes.items() if k in directive})
    line.update({k: v for k, v in changes.items() if k not in directive})
    return json.dumps(line)


@fault("metrics_are_valid")
def writes_metrics_in_a_unit_of_its_own() -> Any:
    line = _metric(Metrics=[{"Name": "Asked", "Unit": "Notes"}])
    return _careless(lambda _: print(line))


@fault("metrics_are_valid")
def writes_metrics_without_their_dimension() -> Any:
    line = _metric(service=None)
    return _careless(lambda _: print(line))


@fault("metrics_are_valid")
def writes_text_as_a_metric() -> Any:
    line = _metric(Asked="one")
    return _careless(lambda _: print(line))


# -- the tests -----------------------------------------------------------------


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAST_USER_SEEN", raising=False)


def test_there_are_enough() -> None:
    """Each under a name of its own, and for every promise that a handler can break by itself."""
    assert 30 <= len(FAULTS) == len({one.name for one in FAULTS})
    assert set(BY_NAME) - {"a_valid_request_is_answered"} == {one.promise for one in FAULTS}


@pytest.mark.parametrize("one", FAULTS, ids=lambda one: one.name)
def test_a_planted_fault_is_found(one: Fault) -> None:
    """By the promise that it breaks, with an example that can be tried again."""
    subject = subject_of(one.make(), policy="hipaa", **one.how)
    started = time.process_time()
    verdict = verdict_on(subject, BY_NAME[one.promise], profile="verdict")

    assert "broken" == verdict.result
    assert verdict.message.startswith(f"broken promise: {one.promise}: ")
    assert 60 > time.process_time() - started


NOT_NOW = "every fault against all promises takes half an hour: set AFFIDAVIT_TEST_FULL=1"
EVERY: Sequence[Any] = (
    FAULTS
    if os.environ.get("AFFIDAVIT_TEST_FULL")
    else [pytest.param(FAULTS[0], marks=pytest.mark.skip(reason=NOT_NOW))]
)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_the_whole_suite_finds_it_within_a_minute(one: Fault) -> None:
    """All promises of the `ci` profile against each fault; seconds of one core."""
    started = time.process_time()
    verdicts = examine(one.make(), policy="hipaa", profile="ci", **one.how)

    assert one.promise in {v.promise.name for v in verdicts if v.result == "broken"}
    assert 60 > time.process_time() - started
