"""Handlers of services' events: what people say in one is looked for, and the rest is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from affidavit import audited
from affidavit.testing import kinesis, platform_event, s3, sns, sqs
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.service_payloads import PLACES, given_back, replaced, values
from affidavit_testing.suite import verdict_on
from affidavit_testing.under_test import subject_of
from event_samples import SAMPLES

EMAIL = "lena.winter@example.org"
TRIGGER = platform_event(
    "cognito",
    triggerSource="TokenGeneration_Authentication",
    request={
        "userAttributes": {"sub": "6f9d2f2e", "email": EMAIL, "cognito:user_status": "CONFIRMED"},
        "clientMetadata": {"campaign": "spring-lottery-77"},
    },
)
ORDERS = sqs([{"order": "order-20177", "name": "Lena Winterhalder"}])
KEPT: list[Any] = []


@pytest.mark.parametrize(
    ("event", "via", "said"),
    [
        pytest.param(TRIGGER, "cognito", (EMAIL, "spring-lottery-77"), id="a trigger"),
        pytest.param(ORDERS, "sqs", ("order-20177", "Lena Winterhalder"), id="a queue"),
        pytest.param(sqs(["plain words"]), "sqs", ("plain words",), id="text in a queue"),
        pytest.param(sns({"a": "order-20177"}), "sns", ("order-20177",), id="a topic"),
        pytest.param(kinesis([{"a": "order-20177"}]), "kinesis", ("order-20177",), id="a stream"),
        pytest.param(s3("inbox/lena.csv"), "s3", ("inbox/lena.csv",), id="a bucket"),
        pytest.param(kinesis([{"a": 1}]), "kinesis", (), id="a stream of numbers"),
        pytest.param({"triggerSource": "x"}, "cognito", (), id="nothing that is said"),
        pytest.param({"a": "order-20177"}, "direct", (), id="no event of a service"),
    ],
)
def test_what_people_say_in_an_event_is_told_from_the_services_own_words(
    event: Any, via: str, said: tuple[str, ...]
) -> None:
    """Regions, versions, ids and words in capitals are nobody's."""
    assert said == values(event, via)


@pytest.mark.parametrize(
    ("event", "via"),
    [
        pytest.param(TRIGGER, "cognito", id="a trigger"),
        pytest.param(ORDERS, "sqs", id="JSON in a queue"),
        pytest.param(kinesis([{"a": "order-20177"}]), "kinesis", id="JSON in base64"),
        pytest.param(s3("inbox/lena.csv"), "s3", id="a bucket"),
    ],
)
def test_a_canary_stands_where_somebody_has_said_something(event: Any, via: str) -> None:
    """In the form in which the source writes it; the example itself stays as it is."""
    before = values(event, via)
    for number in range(5):
        changed = replaced(event, via, number, "canary-4711")
        assert "canary-4711" in values(changed, via)
    assert before == values(event, via)
    assert replaced({}, via, 0, "canary-4711") is None


def test_every_source_with_a_place_is_one() -> None:
    """Named as records name it."""
    assert PLACES.keys() <= SAMPLES.keys()


def test_what_is_given_back_is_what_was_sent_and_stands_where_it_stood() -> None:
    """Another place, another value and what is new stay in the answer."""
    sent = {"a": "x", "b": {"c": "y", "d": "z"}, "l": ["x"]}

    assert given_back(sent, sent) == {}
    assert given_back({**sent, "n": "x"}, sent) == {"n": "x"}
    assert given_back({"b": {"c": "z", "d": "z"}}, sent) == {"b": {"c": "z"}}
    assert given_back({"l": ["x", "x"]}, sent) == {"l": ["x", "x"]}
    assert given_back("x", sent) == "x"


def _returns_its_event(event: Any, _: Any) -> Any:
    claims = {"claimsToAddOrOverride": {"tenant": "t-1"}}
    event["response"]["claimsOverrideDetails"] = claims
    return event


def _takes_a_stray_into_the_token(event: Any, _: Any) -> Any:
    event["response"] = {"claimsOverrideDetails": {"x": str(event.get("stray"))}}
    return event


def _writes_an_attribute(event: Any, _: Any) -> Any:
    os.write(2, str(event["request"]["userAttributes"].get("email")).encode())
    return event


def _writes_bodies(event: Any, _: Any) -> None:
    for record in event["Records"]:
        os.write(2, record["body"].encode())


def _keeps_bodies(event: Any, _: Any) -> None:
    KEPT.extend(record["body"] for record in event["Records"])


def _keeps_tokens(event: Any, _: Any) -> Any:
    KEPT.append(event["authorizationToken"])
    return {"principalId": "u", "policyDocument": {"Statement": [{"Effect": "Allow"}]}}


def _lets_nobody_in(_: Any, __: Any) -> Any:
    return {"principalId": "u", "policyDocument": {"Statement": [{"Effect": "Deny"}]}}


def _names_what_failed(event: Any, _: Any) -> Any:
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"]]}


@pytest.mark.parametrize(
    ("handler", "event", "promise", "result"),
    [
        pytest.param(_returns_its_event, TRIGGER, "nothing_raw_gets_out", "kept", id="its event"),
        pytest.param(_returns_its_event, TRIGGER, "nothing_is_remembered", "kept", id="no memory"),
        pytest.param(
            _takes_a_stray_into_the_token, TRIGGER, "nothing_raw_gets_out", "broken", id="a stray"
        ),
        pytest.param(
            _writes_an_attribute, TRIGGER, "nothing_raw_gets_out", "broken", id="an attribute"
        ),
        pytest.param(
            _lets_nobody_in,
            platform_event("apigw.authorizer"),
            "the_record_tells_the_truth",
            "kept",
            id="an authorizer's no",
        ),
        pytest.param(
            _names_what_failed,
            ORDERS,
            "the_record_tells_the_truth",
            "kept",
            id="a list of failures",
        ),
        pytest.param(_writes_bodies, ORDERS, "nothing_raw_gets_out", "broken", id="bodies"),
        pytest.param(_keeps_bodies, ORDERS, "nothing_is_remembered", "broken", id="kept bodies"),
        pytest.param(
            _keeps_tokens,
            # Not a constant of this module: what the suite finds there is no memory.
            platform_event("apigw.authorizer", authorizationToken="Bearer kept-20177"),
            "nothing_is_remembered",
            "broken",
            id="kept tokens",
        ),
    ],
)
def test_a_handler_of_a_service_is_judged_by_what_people_said(
    handler: Callable[[Any, Any], Any], event: Any, promise: str, result: str
) -> None:
    """A trigger that returns its event, as the pool wants it, is not accused."""
    subject = subject_of(audited(action="X")(handler), policy="hipaa", events=[event])
    verdict = verdict_on(subject, BY_NAME[promise], profile="verdict")
    KEPT.clear()

    assert result == verdict.result, verdict.message
