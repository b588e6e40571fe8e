"""Requests drawn from examples: who sends them is found out, and not guessed."""

from __future__ import annotations

from typing import Any

import pytest

from affidavit.plugin import Trust, load_policy
from affidavit.testing import alb, api_gateway_v1, platform_event, sqs, step
from affidavit_testing.samples import believed, known_by

HIPAA = load_policy("hipaa")
UNKNOWN = {"Records": [{"thing": {"request": {"uri": "/"}}}]}


@pytest.mark.parametrize(
    ("event", "known"),
    [
        pytest.param(sqs(["x"]), Trust.SERVICE, id="a queue"),
        pytest.param(platform_event("cognito"), Trust.AUTHORIZER, id="a user of a pool"),
        pytest.param(
            platform_event("cognito", triggerSource="PreSignUp_SignUp"), Trust.SERVICE, id="a pool"
        ),
        pytest.param(platform_event("apigw.authorizer"), Trust.SERVICE, id="an API"),
        pytest.param(step(), Trust.SERVICE, id="a state machine"),
        pytest.param(
            api_gateway_v1(authorizer={"claims": {"sub": "u-1"}}), Trust.AUTHORIZER, id="a person"
        ),
        pytest.param(api_gateway_v1(), Trust.ANONYMOUS, id="nobody"),
        pytest.param(alb(), Trust.ANONYMOUS, id="nobody behind a balancer"),
        pytest.param(UNKNOWN, Trust.ANONYMOUS, id="records of nobody"),
        pytest.param({"id": 1}, Trust.ANONYMOUS, id="a direct call"),
    ],
)
def test_a_sender_that_names_itself_is_known(event: Any, known: Trust) -> None:
    """Such an example is never one in which nobody is named, so it need not be refused."""
    assert known is known_by(event)


@pytest.mark.parametrize(
    ("event", "via"),
    [
        pytest.param(platform_event("cognito"), "triggerSource", id="a pool"),
        pytest.param(platform_event("secrets-manager"), "SecretId", id="a secret"),
        pytest.param(sqs(["x"]), "Records", id="a queue"),
    ],
)
def test_an_event_of_a_service_stays_what_it_is(event: dict[str, Any], via: str) -> None:
    """A direct call gets a state machine for a sender, and nothing else does."""
    assert event == believed(dict(event), HIPAA)
    assert via in event
    assert "StepFunctions" in believed({"id": 1}, HIPAA)
    assert "StepFunctions" in believed(dict(UNKNOWN), HIPAA)
