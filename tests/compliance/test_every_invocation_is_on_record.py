"""Promise: every invocation is on record, exactly as often as the policy says.

Answers, refusals, crashes: whatever happens inside, an admitted invocation
leaves an opening and a closing record, or one record where the policy does not
declare; a refused one leaves one.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import strategies as my
from affidavit import AffidavitError
from affidavit._policy.model import Policy
from affidavit._policy.words import Declare, Trust
from affidavit.testing import FakeContext, MemoryStore, api_gateway_v1, make_runtime, run


def _phases(bench: Any) -> list[str]:
    return [record.phase for record in bench.records]


def _run(handler: Any, event: Any, bench: Any) -> Any:
    try:
        return run(handler, event, bench)
    except AffidavitError as error:
        return error


@given(
    policy=my.policies(),
    behaviour=my.behaviours(),
    shape=my.shapes(),
    who=my.words(),
    valid=st.booleans(),
    remote=st.booleans(),
)
def test_each_invocation_leaves_its_records(
    policy: Policy, behaviour: my.Behaviour, shape: str, who: str, valid: bool, remote: bool
) -> None:
    """The number and kind of records follows from the policy and the verdict alone."""
    said = {"id": "A1", "who": who} if valid else {"id": "A1", "who": who, "unknown": "x"}
    store = MemoryStore(remote=remote)
    bench = make_runtime(policy=policy, store=store, sources=[my.sources()])
    calls: list[Any] = []

    _run(my.handler_of(behaviour, calls), my.SHAPES[shape](said), bench)

    admitted = bool(calls)
    declared = admitted and policy.declare is not Declare.NONE
    assert (["I", "O"] if declared else ["D"]) == _phases(bench)
    assert 1 == len({record.attempt for record in bench.records})
    closing = bench.records[-1]
    if admitted:
        assert (behaviour.status, behaviour.code) == (closing.status, closing.code)
    else:
        assert "deny" == closing.status
        assert closing.code in {400, 401, 403}


@pytest.mark.parametrize("behaviour", my.BEHAVIOURS, ids=lambda behaviour: behaviour.name)
@pytest.mark.parametrize("shape", ["direct", "rest"])
def test_whatever_the_handler_does(behaviour: my.Behaviour, shape: str) -> None:
    """Every way in which a handler can end, once each, by itself."""
    bench = make_runtime(sources=[my.sources()])
    _run(my.handler_of(behaviour), my.SHAPES[shape]({"id": "A1", "who": "w"}), bench)

    assert ["I", "O"] == _phases(bench)
    assert (behaviour.status, behaviour.code) == (
        bench.records[-1].status,
        bench.records[-1].code,
    )


@given(shape=my.shapes(), who=my.words())
def test_a_record_says_who_what_where_and_why(shape: str, who: str) -> None:
    """Each record can be read by itself: PCI DSS 10.2.2 and NIST AU-3 list the fields."""
    bench = make_runtime(sources=[my.sources()])
    _run(my.handler_of(my.BEHAVIOURS[3]), my.SHAPES[shape]({"id": "A1", "who": who}), bench)

    for record in bench.records:
        said = record.document
        assert "TEST" == said["act"]
        assert "things" == said["obj"]
        assert ("phi", "treatment", "clinic") == (said["cls"], said["why"], said["rcpt"])
        assert bench.runtime.tokens().token("subject", "A1") == said["subj"]
        assert {"fn", "ver", "reg", "via"} <= said["src"].keys()
        assert said["exp"] > 0
        assert said["ts"].endswith("Z")
        assert bench.runtime.policy.label == said["pol"]
        token = bench.runtime.tokens().token
        expected = {
            Trust.AUTHORIZER.value: token("actor", "user-of-the-authorizer"),
            Trust.ASSERTED.value: token("actor", who),
            Trust.SERVICE.value: token(
                "actor", "arn:aws:states:eu-west-1:000000000000:stateMachine:machine"
            ),
        }
        assert expected[said["actor"]["auth"]] == said["actor"]["id"]
    reads = bench.records[-1].document["q"]
    assert [{"b": ["id"], "n": "find", "r": 1, "s": "memory"}] == reads


def test_a_redelivery_is_another_attempt_of_the_same_event() -> None:
    """Lambda repeats an asynchronous event under one request id; readers count it once."""
    bench = make_runtime(sources=[my.sources()])
    handler = my.handler_of(my.BEHAVIOURS[0])
    for _ in range(3):
        run(handler, {"id": "A1", "who": "w"}, bench, FakeContext(aws_request_id="r-1"))

    closing = [record for record in bench.records if record.phase == "O"]
    assert 3 == len({record.attempt for record in closing})
    assert 1 == len({record.document["eid"] for record in closing})


def test_a_timeout_leaves_an_opening_record() -> None:
    """What kills the process in the handler's middle finds the opening record kept."""
    bench = make_runtime()
    seen: list[list[str]] = []
    behaviour = my.Behaviour("looks", lambda _, __: seen.append(_phases(bench)), "ok", 404)
    run(my.handler_of(behaviour), {"id": "A1", "who": "w"}, bench)

    assert [["I"]] == seen


def test_a_failed_read_is_on_record_too() -> None:
    """A statement that was tried and failed is named, with a row count of -1."""
    source = my.sources()
    source.answers["find"] = ConnectionError("text")
    bench = make_runtime(sources=[source])
    _run(my.handler_of(my.BEHAVIOURS[3]), {"id": "A1", "who": "w"}, bench)

    assert [{"b": ["id"], "n": "find", "r": -1, "s": "memory"}] == bench.records[-1].document["q"]


@pytest.mark.parametrize("event", [None, [], "text", 7, {}, {"requestContext": 5}, [{"a": 1}]])
def test_an_event_of_any_shape_is_on_record(event: Any) -> None:
    """Lambda hands over any JSON; what is not a request is refused, and that is recorded."""
    bench = make_runtime()
    _run(my.handler_of(my.BEHAVIOURS[0]), event, bench)

    assert ["D"] == _phases(bench)


@given(event=my.jsons())
@example(event={"requestContext": {"elb": {}}, "httpMethod": "GET", "headers": []})
@example(event={"requestContext": {"http": {}}, "rawQueryString": 7, "body": 7})
@example(event={"requestContext": {}, "httpMethod": "GET", "queryStringParameters": {"id": [1]}})
@example(event={"StepFunctions": {"Execution": {}}})
def test_no_event_breaks_the_recorder(event: Any) -> None:
    """Whatever is sent, there is one verdict and it is on record."""
    bench = make_runtime()
    _run(my.handler_of(my.BEHAVIOURS[0]), event, bench)

    assert _phases(bench) in (["D"], ["I", "O"])


def test_a_handler_without_a_model_is_recorded_as_well() -> None:
    """`@audited`, bare, on any handler."""
    from affidavit import audited

    @audited
    def plain(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"statusCode": 418, "body": "teapot"}

    bench = make_runtime()
    answer = run(plain, api_gateway_v1(), bench)

    assert {"statusCode": 418, "body": "teapot"} == answer
    assert ["I", "O"] == _phases(bench)
    assert 418 == bench.records[-1].code
    assert "plain" == bench.records[-1].document["act"]
