"""What may leave, and in which shape."""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import strategies as my
from affidavit import AttestationError, ConflictError, InvalidRequestError, audited
from affidavit._event.request import Request, read_request
from affidavit._event.validate import FieldError
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.release import http_answer, refusal_body, release
from affidavit._invocation.result import Result, answered, declined, failed, refused, withheld
from affidavit._policy.load import load_policy
from affidavit._policy.model import Policy, ResponseRule, SinkRule
from affidavit._policy.words import Sink, SinkMode
from affidavit._records.record import Status
from affidavit._types import RuleId
from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    function_url,
    kinesis,
    platform_event,
    sqs,
    step,
)
from event_forms import FORMS
from event_samples import sample

SOURCES = {
    "rest": api_gateway_v1(),
    "http": api_gateway_v2(),
    "url": function_url(),
    "alb": alb(),
    "alb, many": alb(multi=True),
}
HTTP = read_request(api_gateway_v1())
DIRECT = read_request({})


class Told(BaseModel):
    """An answer with a field that somebody may not need."""

    note: str
    card: str = "4111"


def _plan(response: Any = None) -> HandlerSpec:
    return spec_of(audited(action="X", response=response)(lambda _, __: None))


def _release(
    value: Any,
    request: Request = HTTP,
    *paths: str,
    response: Any = None,
    listed: tuple[str, ...] | None = None,
) -> tuple[Result, Any]:
    rules = tuple(ResponseRule(path=path, rule=RuleId("X-01")) for path in paths)
    return release(_plan(response), request, answered(value, 200), _policy(rules, listed))


def _policy(rules: tuple[ResponseRule, ...] = (), listed: tuple[str, ...] | None = None) -> Policy:
    sinks = {} if listed is None else {Sink.ANSWER: SinkRule(SinkMode.ALLOWLIST, listed)}
    policy = load_policy("baseline")
    return policy._replace(response=rules, redaction=policy.redaction._replace(sinks=sinks))


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gets_its_own_shape(source: str) -> None:
    """Headers in the form that it sent them, JSON, and no cache in between."""
    answer: Any = http_answer(read_request(SOURCES[source]), 404, "{}")
    expected = {"content-type": "application/json", "cache-control": "no-store"}
    if source == "alb, many":
        assert {name: [value] for name, value in expected.items()} == answer["multiValueHeaders"]
        assert "headers" not in answer
    else:
        assert expected == answer["headers"]
        assert "multiValueHeaders" not in answer
    assert (404, "{}", False) == (answer["statusCode"], answer["body"], answer["isBase64Encoded"])


def test_answers_share_nothing() -> None:
    """A caller who changes one does not change the next."""
    first: Any = http_answer(HTTP, 200, "{}")
    first["headers"]["x"] = "y"
    second: Any = http_answer(HTTP, 200, "{}")

    assert "x" not in second["headers"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_models_answer_is_wrapped_for_http(source: str) -> None:
    """A direct caller gets the value itself."""
    request = read_request(SOURCES[source])
    result, answer = _release(Told(note="n"), request, response=Told)

    assert (Status.OK, 200) == (result.status, result.code)
    assert {"note": "n", "card": "4111"} == json.loads(answer["body"])
    assert {"note": "n", "card": "4111"} == _release(Told(note="n"), DIRECT, response=Told)[1]
    assert {"note": "n", "card": "4111"} == _release(
        Told(note="n"), read_request(step()), response=Told
    )[1]


@pytest.mark.parametrize("request_", [HTTP, DIRECT], ids=["http", "direct"])
def test_nothing_is_not_found(request_: Request) -> None:
    """With a model, None means that there is nothing under that name."""
    result, answer = _release(None, request_, response=Told)

    assert (Status.OK, 404, None) == (result.status, result.code, answer)


@pytest.mark.parametrize("request_", [HTTP, DIRECT], ids=["http", "direct"])
def test_without_a_model_the_answer_is_the_handlers_own(request_: Request) -> None:
    """The very object, which Lambda writes as it would have without us."""
    value = (1, {"a": Decimal("99.90")})

    assert value is _release(value, request_)[1]
    assert _release(None, request_)[1] is None


@pytest.mark.parametrize(
    ("value", "response", "kinds"),
    [
        pytest.param({"other": 1}, Told, "missing", id="does not fit"),
        pytest.param({"note": object()}, None, "serialization_error", id="is not JSON"),
        pytest.param({1j: "x"}, None, "serialization_error", id="has a name that is none"),
        pytest.param(float("nan"), Told, "model_attributes_type", id="is not a number"),
    ],
)
def test_an_answer_that_cannot_be_sent_is_a_failure(value: Any, response: Any, kinds: str) -> None:
    """Found out before the record, so that it does not say that all was well."""
    result, answer = _release(value, response=response)

    assert (Status.ERROR, 500, None) == (result.status, result.code, answer)
    assert "UnfitAnswer" == result.error_name
    assert f"it does not fit: {kinds}" in str(result.error)


@pytest.mark.parametrize(
    "result",
    [
        refused(InvalidRequestError("x", why="y", fix="z")),
        failed(ValueError("text"), "ValueError"),
        withheld(AttestationError("x", why="y", fix="z")),
        declined(ConflictError("x", why="y", fix="z")),
    ],
    ids=lambda result: result.error_name,
)
def test_an_ending_without_an_answer_stays_as_it_is(result: Result) -> None:
    """There is nothing to release."""
    assert (result, None) == release(_plan(Told), HTTP, result, _policy())


@pytest.mark.parametrize(
    ("code", "expected", "status"),
    [
        pytest.param(200, 200, Status.OK, id="fine"),
        pytest.param(302, 302, Status.OK, id="elsewhere"),
        pytest.param(404, 404, Status.OK, id="nothing there"),
        pytest.param(400, 400, Status.DENY, id="refused"),
        pytest.param(418, 418, Status.DENY, id="a teapot"),
        pytest.param(500, 500, Status.ERROR, id="failed"),
        pytest.param("403", 403, Status.DENY, id="as text"),
        pytest.param(None, 502, Status.ERROR, id="nothing"),
        pytest.param(True, 502, Status.ERROR, id="true"),
        pytest.param(200.5, 502, Status.ERROR, id="a fraction"),
        pytest.param("fine", 502, Status.ERROR, id="a word"),
        pytest.param(99, 502, Status.ERROR, id="too small"),
        pytest.param(600, 502, Status.ERROR, id="too large"),
        pytest.param(10**30, 502, Status.ERROR, id="far too large"),
        pytest.param("9" * 5000, 502, Status.ERROR, id="far too large, as text"),
    ],
)
def test_the_record_says_the_status_that_the_caller_sees(
    code: Any, expected: int, status: Status
) -> None:
    """A gateway answers 502 for a status that is none; the answer itself is not touched."""
    value = {"statusCode": code, "body": "{}"}
    result, answer = _release(value)

    assert (expected, status) == (result.code, result.status)
    assert value == answer
    assert 200 == _release(value, DIRECT)[0].code


POLICY = {"policyDocument": {"Statement": [{"Effect": "Deny"}]}}
LET_IN = {"policyDocument": {"Statement": [{"Effect": "Deny"}, {"Effect": "Allow"}]}}
MEANINGS = [
    pytest.param("apigw.authorizer", POLICY, 403, id="a policy that denies"),
    pytest.param("apigw.authorizer", LET_IN, 200, id="a policy that allows something"),
    pytest.param(
        "apigw.authorizer",
        {"policyDocument": {"Statement": {"Effect": "Allow"}}},
        200,
        id="a policy of one statement",
    ),
    pytest.param("apigw.authorizer", {"isAuthorized": False}, 403, id="a no"),
    pytest.param("apigw.authorizer", {"isAuthorized": True}, 200, id="a yes"),
    pytest.param("apigw.authorizer", {**LET_IN, "isAuthorized": "true"}, 403, id="no yes"),
    pytest.param("apigw.authorizer", None, 403, id="nothing to API Gateway"),
    pytest.param("appsync.authorizer", {"isAuthorized": False}, 403, id="a no to AppSync"),
    pytest.param("appsync.authorizer", {"isAuthorized": True}, 200, id="a yes to AppSync"),
    pytest.param("iot.authorizer", {"isAuthenticated": False}, 403, id="a no to IoT"),
    pytest.param("iot.authorizer", {"isAuthenticated": True}, 200, id="a yes to IoT"),
    pytest.param("transfer.authorizer", {}, 403, id="nothing to Transfer Family"),
    pytest.param("transfer.authorizer", {"Role": "arn:x"}, 200, id="a role"),
    pytest.param("client-vpn", {"allow": False}, 403, id="a no to Client VPN"),
    pytest.param("client-vpn", {"allow": True}, 200, id="a yes to Client VPN"),
    pytest.param("cognito", {"response": {"failAuthentication": True}}, 401, id="given up"),
    pytest.param("cognito", {"response": {"answerCorrect": False}}, 401, id="answered wrongly"),
    pytest.param("cognito", {"response": {"answerCorrect": True}}, 200, id="answered"),
    pytest.param("bedrock-agent", {"response": {"httpStatusCode": 404}}, 404, id="a status"),
    pytest.param("bedrock-agent", {"response": {"httpStatusCode": 7}}, 200, id="no status"),
    pytest.param(
        "bedrock-agent",
        {"response": {"functionResponse": {"responseState": "FAILURE"}}},
        500,
        id="a function that failed",
    ),
    pytest.param("durable-execution", {"Status": "SUCCEEDED"}, 200, id="an execution"),
    pytest.param("durable-execution", {"Status": "PENDING"}, 202, id="one that waits"),
    pytest.param("durable-execution", {"Status": "FAILED"}, 500, id="one that failed"),
    pytest.param("cloudfront", {"status": "403"}, 403, id="a viewer who is sent away"),
    pytest.param("cloudfront", {"uri": "/orders", "method": "GET"}, 200, id="a request"),
    pytest.param("cloudfront", {"status": "0403"}, 200, id="no status of four digits"),
    pytest.param("cloudfront", {"status": "603"}, 200, id="no status over 599"),
    pytest.param("redshift", {"success": False}, 500, id="rows that failed"),
    pytest.param("redshift", '{"success": false}', 500, id="rows that failed, as text"),
    pytest.param("redshift", '{"success": true, "results": []}', 200, id="rows, as text"),
    pytest.param("redshift", "{", 200, id="text that is no JSON"),
    pytest.param("sns", {"statusCode": 500}, 200, id="a source that reads no answer"),
    pytest.param("sns", {"batchItemFailures": [{}]}, 200, id="a source that takes no list"),
]


def _failures(*names: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


ORDERS = sqs(["a", "b"])
FIRST, SECOND = (record["messageId"] for record in ORDERS["Records"])
CLICKS = kinesis(["a", "b"])
EARLY, LATE = (record["kinesis"]["sequenceNumber"] for record in CLICKS["Records"])
LISTS = [
    pytest.param(ORDERS, None, 200, id="nothing"),
    pytest.param(ORDERS, {"batchItemFailures": None}, 200, id="no list"),
    pytest.param(ORDERS, _failures(), 200, id="an empty list"),
    pytest.param(ORDERS, _failures(SECOND), 207, id="one of two"),
    pytest.param(ORDERS, OrderedDict(_failures(SECOND)), 207, id="one of two, in another class"),
    pytest.param(ORDERS, _failures(SECOND, SECOND), 207, id="one of two, twice"),
    pytest.param(ORDERS, _failures(SECOND, FIRST), 500, id="both"),
    pytest.param(ORDERS, _failures(SECOND, "x"), 500, id="an id of another batch"),
    pytest.param(ORDERS, _failures(""), 500, id="an empty id"),
    pytest.param(ORDERS, _failures(None), 500, id="no id"),
    pytest.param(ORDERS, {"batchItemFailures": [{"id": FIRST}]}, 500, id="a misspelt key"),
    pytest.param(ORDERS, {"batchItemFailures": {"itemIdentifier": FIRST}}, 500, id="an object"),
    pytest.param(CLICKS, _failures(LATE), 207, id="of a stream the last one"),
    pytest.param(CLICKS, _failures(LATE, EARLY), 500, id="of a stream all"),
    pytest.param(CLICKS, _failures(EARLY), 500, id="of a stream from the first one on"),
    pytest.param(
        platform_event("kafka"),
        _failures({"offset": 15, "partition": "orders-0"}),
        500,
        id="of a topic the only one",
    ),
]


@pytest.mark.parametrize(("event", "value", "code"), LISTS)
def test_the_record_of_a_whole_batch_says_what_comes_again(
    event: Any, value: Any, code: int
) -> None:
    """As Lambda reads such a list; the answer itself is not touched."""
    result, answer = _release(value, read_request(event))

    assert (answered(None, code).status, code) == (result.status, result.code)
    assert value == answer


def test_the_verdict_of_a_hook_is_on_record() -> None:
    """What it fails is not made."""
    request = read_request(FORMS["cloudformation, a hook"])

    assert 403 == _release({"hookStatus": "FAILED"}, request)[0].code
    assert 200 == _release({"hookStatus": "SUCCESS"}, request)[0].code


@pytest.mark.parametrize(("name", "value", "code"), MEANINGS)
def test_the_record_says_what_an_answer_decides(name: str, value: Any, code: int) -> None:
    """Who was let in stands in the answer alone; the answer itself is not touched."""
    request = read_request(sample(name))
    result, answer = _release(value, request)

    assert (answered(None, code).status, code) == (result.status, result.code)
    assert value == answer
    assert code == _release(value, request, response=Any)[0].code or value is None


def test_a_decision_that_is_written_as_an_object_is_read_too() -> None:
    """Data classes are written by Lambda's encoder; so is what has names and no braces."""

    class Answer(dict[str, Any]):
        """As Powertools' response classes are."""

    request = read_request(sample("appsync.authorizer"))

    assert 403 == _release(Answer(isAuthorized=False), request)[0].code
    assert 200 == _release(Answer(isAuthorized=True), request)[0].code


@pytest.mark.parametrize(
    ("form", "value", "code"),
    [
        ("iot, what is provisioned", {"allowProvisioning": False}, 403),
        ("iot, what is provisioned", {"allowProvisioning": True}, 200),
        ("cloudformation, a macro", {"status": "failure"}, 500),
        ("cloudformation, a macro", {"status": "success"}, 200),
    ],
)
def test_so_it_does_for_the_other_forms_of_a_source(form: str, value: Any, code: int) -> None:
    """A device that asks for a certificate, a template that is to be changed."""
    assert code == _release(value, read_request(FORMS[form]))[0].code


@pytest.mark.parametrize("value", [{"body": "{}"}, "text", None, [1]])
def test_an_answer_without_a_status_is_fine(value: Any) -> None:
    """Function URLs and HTTP APIs infer 200."""
    assert 200 == _release(value)[0].code


RULES = [
    pytest.param("card", {"card": 1, "n": 1}, {"n": 1}, id="a field"),
    pytest.param("a.card", {"a": {"card": 1, "n": 1}}, {"a": {"n": 1}}, id="a field in a field"),
    pytest.param("a.*.card", {"a": [{"card": 1}, {}]}, {"a": [{}, {}]}, id="in each of a list"),
    pytest.param("a.card", {"a": [{"card": 1}, {}]}, {"a": [{}, {}]}, id="in a list, unsaid"),
    pytest.param(
        "a.*.card", {"a": {"x": {"card": 1}}}, {"a": {"x": {}}}, id="in each of a dictionary"
    ),
    pytest.param("*", {"a": 1, "b": 2}, {}, id="every field"),
    pytest.param("a.*", {"a": [1, 2]}, {"a": []}, id="every item"),
    pytest.param("a.*", {"a": {"x": 1}}, {"a": {}}, id="every field of one"),
    pytest.param("*.card", [{"card": 1}, {"n": 1}], [{}, {"n": 1}], id="a list of all"),
    pytest.param("card", [[{"card": 1}]], [[{}]], id="lists in lists"),
    pytest.param("a.b.c", {"a": 1}, {"a": 1}, id="a path that ends early"),
    pytest.param("nosuch", {"a": 1}, {"a": 1}, id="a path to nowhere"),
    pytest.param("card", "text", "text", id="a word"),
    pytest.param("card", None, None, id="nothing"),
]


@pytest.mark.parametrize(("path", "value", "left"), RULES)
def test_a_rule_takes_a_field_out(path: str, value: Any, left: Any) -> None:
    """Wherever the answer carries it: in a body, in an encoded body, or directly."""
    assert left == _release(json.loads(json.dumps(value)), DIRECT, path)[1]
    text = json.dumps(value)
    _, plain = _release({"statusCode": 200, "body": text}, HTTP, path)
    assert left == json.loads(plain["body"])
    encoded = {
        "statusCode": 200,
        "body": base64.b64encode(text.encode()).decode(),
        "isBase64Encoded": True,
    }
    _, told = _release(encoded, HTTP, path)
    assert left == json.loads(base64.b64decode(told["body"]))


def test_a_rule_applies_to_a_models_answer_too() -> None:
    """The policy comes after the model."""
    _, answer = _release(Told(note="n"), HTTP, "card", response=Told)
    assert {"note": "n"} == json.loads(answer["body"])
    assert {"note": "n"} == _release(Told(note="n"), DIRECT, "card", response=Told)[1]


@given(value=my.jsons(), path=st.lists(st.sampled_from(["a", "*", "b"]), min_size=1, max_size=4))
def test_no_rule_breaks_an_answer(value: Any, path: list[str]) -> None:
    """Whatever its form; and nothing is left under a path of names."""
    shaped = {"a": value, "b": [value, {"a": value}]}
    result, answer = _release(shaped, DIRECT, ".".join(path))

    assert result.code in {200, 500}
    if path == ["a"] and answer is not None:
        assert "a" not in answer


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    ("body", "leaves"),
    [
        pytest.param("<html/>", True, id="no JSON"),
        pytest.param("", True, id="nothing"),
        pytest.param('{"card":"4111","x":NaN}', False, id="JSON that is none"),
        pytest.param(' [{"card":"4111",}]', False, id="a list that is none"),
        pytest.param('{"card":"4111"', False, id="cut off"),
    ],
)
def test_what_only_looks_like_json_does_not_leave_under_a_rule(
    body: str, leaves: bool, encoded: bool
) -> None:
    """A lenient reader would find the field in it."""
    sent = base64.b64encode(body.encode()).decode() if encoded else body
    value = {"statusCode": 200, "body": sent, "isBase64Encoded": encoded}
    result, answer = _release(value, HTTP, "card")

    assert leaves == (result.status is Status.OK)
    assert (value if leaves else None) == answer


def test_a_body_that_is_not_the_base64_that_it_claims_to_be() -> None:
    """Nobody can say what is in it."""
    value = {"statusCode": 200, "body": "é", "isBase64Encoded": True}
    result, _ = _release(value, HTTP, "card")

    assert Status.ERROR is result.status
    assert Status.OK is _release(value, HTTP)[0].status


LISTED = ("ok", "items")
KEPT = [
    pytest.param({"ssn": "412-68-1357", "ok": 1}, {"ok": 1}, id="a field that nobody listed"),
    pytest.param({"items": [{"ok": 1, "n": 2}]}, {"items": [{"ok": 1}]}, id="on every level"),
    pytest.param({"n": {"ok": 1}}, {}, id="below a field that nobody listed"),
    pytest.param([{"ok": 1, "n": 2}], [{"ok": 1}], id="a list of objects"),
    pytest.param({"items": [1, "x", None]}, {"items": [1, "x", None]}, id="what a key vouches for"),
    pytest.param({"Ok": 1, "OK": 2, "ok ": 3}, {}, id="a name is what it is"),
    pytest.param({}, {}, id="nothing"),
    pytest.param(None, None, id="null"),
]


@pytest.mark.parametrize(("value", "left"), KEPT)
def test_an_allow_list_leaves_what_it_names(value: Any, left: Any) -> None:
    """In a body, in an encoded body, and for a caller that does not speak HTTP."""
    assert left == _release(value, DIRECT, listed=LISTED)[1]
    text = json.dumps(value)
    _, plain = _release({"statusCode": 200, "body": text}, HTTP, listed=LISTED)
    assert left == json.loads(plain["body"])
    body = base64.b64encode(text.encode()).decode()
    sent = {"statusCode": 200, "body": body, "isBase64Encoded": True}
    assert left == json.loads(base64.b64decode(_release(sent, HTTP, listed=LISTED)[1]["body"]))


def test_an_allow_list_applies_to_a_models_answer_too() -> None:
    """What the model declares is what can be said, not what is needed."""
    _, answer = _release(Told(note="n"), HTTP, response=Told, listed=("note",))
    assert {"note": "n"} == json.loads(answer["body"])
    assert {"note": "n"} == _release(Told(note="n"), DIRECT, response=Told, listed=("note",))[1]


def test_what_carries_an_http_answer_is_not_its_content() -> None:
    """Status and headers are for the gateway; without a status, the object is the body."""
    value = {"statusCode": 201, "headers": {"x": "y"}, "body": '{"ok": 1, "n": 2}'}

    assert {**value, "body": '{"ok":1}'} == _release(value, listed=LISTED)[1]
    assert {"statusCode": 204} == _release({"statusCode": 204}, listed=LISTED)[1]
    assert {"ok": 1} == _release({"ok": 1, "body": '{"n": 2}'}, listed=LISTED)[1]
    told = _release({"statusCode": 200, "body": {"ok": 1, "n": 2}}, listed=LISTED)[1]
    assert {"statusCode": 200, "body": {"ok": 1}} == told
    assert {**value, "body": ""} == _release({**value, "body": ""}, listed=LISTED)[1]


@pytest.mark.parametrize(
    ("value", "request_"),
    [
        pytest.param("Jane Roe", DIRECT, id="a text"),
        pytest.param(["Jane Roe"], DIRECT, id="a list of texts"),
        pytest.param({"statusCode": 200, "body": "Jane Roe"}, HTTP, id="a body of text"),
        pytest.param({"statusCode": 200, "body": '"Jane Roe"'}, HTTP, id="a body of JSON text"),
        pytest.param({"statusCode": 200, "body": "[7,]"}, HTTP, id="JSON that is none"),
    ],
)
def test_what_no_key_vouches_for_does_not_leave(value: Any, request_: Request) -> None:
    """The answer is a failure, and the record says so."""
    result, answer = _release(value, request_, listed=LISTED)

    assert Status.ERROR is result.status
    assert answer is None
    assert "Jane" not in str(result)


def test_what_a_poller_reads_is_left() -> None:
    """Or every failed record of a batch would count as done."""
    value = {"batchItemFailures": [{"itemIdentifier": "m-1", "n": 1}]}

    assert {"batchItemFailures": [{"itemIdentifier": "m-1"}]} == _release(
        value, DIRECT, listed=LISTED
    )[1]
    assert {} == _release(value, HTTP, listed=LISTED)[1]


@given(value=my.jsons(), listed=st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
def test_nothing_but_what_is_listed_leaves(value: Any, listed: list[str]) -> None:
    """For any answer: every name in it is on the list, at every depth."""
    shaped = [{"a": value, "b": [{"a": value, "d": value}], "d": {"a": value}}]
    _, answer = _release(shaped, DIRECT, listed=tuple(listed))

    assert _names(answer) <= set(listed)


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("result", "body"),
    [
        pytest.param(
            refused(InvalidRequestError("x", why="y", fix="z"), (FieldError("a.b", "missing"),)),
            {"error": "invalid_request", "fields": [{"path": "a.b", "type": "missing"}]},
            id="refused",
        ),
        pytest.param(
            failed(ValueError("text"), "ValueError"),
            {"error": "internal_error", "type": "ValueError"},
            id="failed",
        ),
        pytest.param(
            withheld(AttestationError("x", why="y", fix="z")),
            {"error": "evidence_unavailable"},
            id="withheld",
        ),
        pytest.param(
            declined(ConflictError("x", why="y", fix="z")), {"error": "conflict"}, id="declined"
        ),
        pytest.param(answered(None, 404), {"error": "not_found"}, id="nothing there"),
        pytest.param(answered(None, 200), {"error": "refused"}, id="without a word"),
    ],
)
def test_the_body_of_a_refusal_has_kinds_and_ids(result: Result, body: Any) -> None:
    """And the request's id, to find the log by."""
    assert {**body, "requestId": "r-1"} == json.loads(refusal_body(result, "r-1"))
