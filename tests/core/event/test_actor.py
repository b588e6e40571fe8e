"""Who acts, and how that is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import strategies as my
from affidavit._event.actor import Claim, find_actor
from affidavit._event.request import read_request
from affidavit._policy.words import Trust
from affidavit.testing import alb, api_gateway_v1, api_gateway_v2, function_url, step

ARN = "arn:aws:iam::000000000000:user/alice"


def _found(event: Any, asserted: str | None = None) -> tuple[Claim, str | None]:
    return find_actor(read_request(event), asserted)


@pytest.mark.parametrize(
    ("event", "trust", "name"),
    [
        pytest.param(
            api_gateway_v1(authorizer={"claims": {"sub": "alice", "email": "x"}}),
            Trust.AUTHORIZER,
            "alice",
            id="REST, Cognito",
        ),
        pytest.param(
            api_gateway_v1(authorizer={"principalId": "alice", "integrationLatency": 7}),
            Trust.AUTHORIZER,
            "alice",
            id="REST, Lambda authorizer",
        ),
        pytest.param(api_gateway_v1(user_arn=ARN), Trust.IAM, ARN, id="REST, IAM"),
        pytest.param(
            api_gateway_v2(authorizer={"jwt": {"claims": {"sub": "alice"}, "scopes": None}}),
            Trust.AUTHORIZER,
            "alice",
            id="HTTP, JWT",
        ),
        pytest.param(
            api_gateway_v2(authorizer={"jwt": {"claims": {"client_id": "robot"}}}),
            Trust.AUTHORIZER,
            "robot",
            id="HTTP, JWT of a machine",
        ),
        pytest.param(
            api_gateway_v2(authorizer={"lambda": {"sub": "alice"}}),
            Trust.AUTHORIZER,
            "alice",
            id="HTTP, Lambda authorizer",
        ),
        pytest.param(
            api_gateway_v2(authorizer={"lambda": {"principalId": "alice"}}),
            Trust.AUTHORIZER,
            "alice",
            id="HTTP, Lambda authorizer by principal",
        ),
        pytest.param(
            api_gateway_v2(authorizer={"iam": {"userArn": ARN, "userId": "AIDA"}}),
            Trust.IAM,
            ARN,
            id="HTTP, IAM",
        ),
        pytest.param(
            function_url(authorizer={"iam": {"userArn": ARN}}), Trust.IAM, ARN, id="URL, IAM"
        ),
        pytest.param(
            step(),
            Trust.SERVICE,
            "arn:aws:states:eu-west-1:000000000000:stateMachine:machine",
            id="state machine",
        ),
    ],
)
def test_what_aws_has_checked_is_believed(event: Any, trust: Trust, name: str) -> None:
    """Each authorizer has a shape of its own."""
    assert (Claim(trust, name), None) == _found(event)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        pytest.param({"sub": "a", "principalId": "b", "client_id": "c"}, "a", id="sub first"),
        pytest.param({"principalId": "b", "client_id": "c"}, "b", id="then the principal"),
        pytest.param({"sub": "", "client_id": "c"}, "c", id="an empty name is none"),
        pytest.param({"sub": 7, "client_id": "c"}, "c", id="a number is none"),
    ],
)
def test_claims_have_an_order(claims: dict[str, Any], name: str) -> None:
    """RFC 7519 names the subject; the rest are what there is otherwise."""
    assert name == _found(api_gateway_v1(authorizer={"claims": claims}))[0].name


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(api_gateway_v1(), id="REST"),
        pytest.param(api_gateway_v1(authorizer={}), id="an empty authorizer"),
        pytest.param(api_gateway_v1(authorizer={"claims": {}}), id="no claims"),
        pytest.param(api_gateway_v1(authorizer={"claims": "alice"}), id="claims that are none"),
        pytest.param(api_gateway_v2(authorizer={"iam": {"userArn": None}}), id="no principal"),
        pytest.param(api_gateway_v2(authorizer={"jwt": {"claims": None}}), id="no JWT"),
        pytest.param(function_url(), id="URL"),
        pytest.param(alb(), id="load balancer"),
        pytest.param({"id": 1}, id="direct"),
        pytest.param({"identity": {"userArn": ARN}}, id="direct, with an identity of its own"),
    ],
)
def test_nobody_is_anonymous(event: Any) -> None:
    """A caller whom nobody has checked, and who says nothing, has no name."""
    assert (Claim(Trust.ANONYMOUS, ""), None) == _found(event)
    assert (Claim(Trust.ASSERTED, "bob"), None) == _found(event, "bob")


@pytest.mark.parametrize("multi", [False, True])
def test_a_load_balancers_identity_is_not_believed(multi: bool) -> None:
    """Its headers are signed, and nobody here checks the signature."""
    event = alb(
        headers={
            "x-amzn-oidc-identity": "alice",
            "x-amzn-oidc-data": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.signature",
        },
        multi=multi,
    )
    assert Trust.ANONYMOUS is _found(event)[0].trust
    with_authorizer = {**event, "requestContext": {"elb": {}, "authorizer": {"claims": {"sub": 1}}}}
    assert Trust.ANONYMOUS is _found(with_authorizer)[0].trust


def test_a_machine_without_an_id_is_nobody() -> None:
    """Whoever writes the context object by hand has to write all of it."""
    event = step()
    event["StepFunctions"]["StateMachine"] = "arn"

    assert Trust.ANONYMOUS is _found(event)[0].trust


@pytest.mark.parametrize(
    ("asserted", "behalf"),
    [
        pytest.param("bob", "bob", id="somebody else"),
        pytest.param("alice", None, id="the same"),
        pytest.param("", None, id="nobody"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_an_authenticated_caller_may_ask_for_somebody(
    asserted: str | None, behalf: str | None
) -> None:
    """The first name is the one that was checked; the field is only a second one."""
    event = api_gateway_v1(authorizer={"claims": {"sub": "alice"}})

    assert (Claim(Trust.AUTHORIZER, "alice"), behalf) == _found(event, asserted)


@given(authorizer=my.jsons(), identity=my.jsons())
def test_an_authorizer_of_any_form_names_somebody_or_nobody(authorizer: Any, identity: Any) -> None:
    """A Lambda authorizer returns what its author likes."""
    context = {"authorizer": authorizer, "identity": identity, "http": {}}
    for event in (
        {"requestContext": context, "httpMethod": "GET"},
        {"requestContext": context},
        {"StepFunctions": {"Execution": {}, "StateMachine": authorizer}},
    ):
        claim, behalf = _found(event)
        assert bool(claim.name) == (claim.trust is not Trust.ANONYMOUS)
        assert behalf is None
