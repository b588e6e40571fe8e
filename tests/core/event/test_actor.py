"""Who acts, and how that is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import strategies as my
from affidavit._event.actor import attested_actor, find_actor
from affidavit._event.event_source import ActorReader, Claim
from affidavit._event.request import read_request
from affidavit._policy.words import Trust
from affidavit.testing import (
    alb,
    api_gateway_v1,
    api_gateway_v2,
    eventbridge,
    function_url,
    platform_event,
    step,
)

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
    claim, behalf = _found(event)

    assert (trust, name, None) == (claim.trust, claim.name, behalf)
    assert claim.member or trust is Trust.SERVICE


def _rest(**identity: Any) -> Any:
    event = api_gateway_v1()
    event["requestContext"]["identity"] |= identity
    return event


POOL = "eu-west-1:11111111-2222-3333-4444-555555555555"
ROLE = "arn:aws:sts::000000000000:assumed-role/everybody/CognitoIdentityCredentials"
SUBJECT = {"subjectDN": "CN=alice,O=Example", "serialNumber": "1"}


@pytest.mark.parametrize(
    ("event", "trust", "name", "member"),
    [
        pytest.param(
            _rest(cognitoIdentityId=POOL, userArn=ROLE),
            Trust.IAM,
            POOL,
            "identity.cognitoIdentityId",
            id="REST, a person of an identity pool and not the role that all of them share",
        ),
        pytest.param(
            api_gateway_v2(
                authorizer={"iam": {"userArn": ROLE, "cognitoIdentity": {"identityId": POOL}}}
            ),
            Trust.IAM,
            POOL,
            "authorizer.iam.cognitoIdentity.identityId",
            id="HTTP, likewise",
        ),
        pytest.param(
            _rest(clientCert=SUBJECT),
            Trust.AUTHORIZER,
            SUBJECT["subjectDN"],
            "identity.clientCert.subjectDN",
            id="REST, a client's certificate",
        ),
        pytest.param(
            {
                **api_gateway_v2(),
                "requestContext": {"http": {}, "authentication": {"clientCert": SUBJECT}},
            },
            Trust.AUTHORIZER,
            SUBJECT["subjectDN"],
            "authentication.clientCert.subjectDN",
            id="HTTP, a client's certificate",
        ),
        pytest.param(
            _rest(apiKeyId="key-1", apiKey="not-this"),
            Trust.SERVICE,
            "key-1",
            "identity.apiKeyId",
            id="REST, an API key by its id: a program and no person",
        ),
        pytest.param(
            platform_event("apigw.websocket"),
            Trust.AUTHORIZER,
            "6f9d2f2e",
            "authorizer.principalId",
            id="WebSocket, the principal of the connection",
        ),
        pytest.param(
            platform_event("vpc-lattice"),
            Trust.IAM,
            "arn:aws:sts::111122223333:assumed-role/ops/kim",
            "identity.principal",
            id="VPC Lattice",
        ),
        pytest.param(
            platform_event("appsync"), Trust.AUTHORIZER, "6f9d2f2e", "identity.sub", id="AppSync"
        ),
        pytest.param(
            platform_event("appsync", identity={"userArn": ROLE, "cognitoIdentityId": POOL}),
            Trust.IAM,
            POOL,
            "identity.cognitoIdentityId",
            id="AppSync, IAM",
        ),
        pytest.param(
            platform_event("appsync", identity={"resolverContext": {"sub": "alice"}}),
            Trust.AUTHORIZER,
            "alice",
            "identity.resolverContext.sub",
            id="AppSync, Lambda authorizer",
        ),
        pytest.param(
            platform_event("cognito"), Trust.AUTHORIZER, "kim", "userName", id="Cognito, signed in"
        ),
        pytest.param(
            platform_event("s3-object-lambda"),
            Trust.IAM,
            "arn:aws:iam::111122223333:user/kim",
            "userIdentity.arn",
            id="S3 Object Lambda",
        ),
    ],
)
def test_the_record_says_which_member_named_the_actor(
    event: Any, trust: Trust, name: str, member: str
) -> None:
    """A person is a person, wherever the platform writes them down."""
    assert Claim(trust, name, member) == _found(event)[0]


def test_a_name_that_was_only_typed_is_not_the_actor() -> None:
    """Before the pool has checked a password, anybody may say that they are kim."""
    event = platform_event("cognito", triggerSource="PreAuthentication_Authentication")
    claim, behalf = _found(event)

    assert (Trust.SERVICE, "eu-central-1/eu-central-1_abc") == (claim.trust, claim.name)
    assert "kim" == behalf


SERVICES = {
    "apigw.authorizer": "arn:aws:execute-api:eu-central-1:111122223333:z9y8x7w6v5/live",
    "kafka": "arn:aws:kafka:eu-central-1:111122223333:cluster/orders/6e3f",
    "firehose": "arn:aws:firehose:eu-central-1:111122223333:deliverystream/orders",
    "s3-batch": "arn:aws:s3:::archive-of-orders",
    "cloudwatch-logs": "logs.amazonaws.com/111122223333:/app/orders",
    "cloudformation": "arn:aws:cloudformation:eu-central-1:111122223333:stack/s/1",
    "secrets-manager": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-1",
    "lex": "lex.amazonaws.com/BOT1",
    "pipes": "arn:aws:sqs:eu-central-1:111122223333:orders",
    "ses": "ses.amazonaws.com",
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_acts_under_its_own_name(name: str) -> None:
    """So that policies which want an actor can run what services send."""
    claim, _ = _found(platform_event(name))

    assert (Trust.SERVICE, SERVICES[name]) == (claim.trust, claim.name)


def test_a_schedule_acts_under_the_arn_of_its_rule() -> None:
    """EventBridge itself names it."""
    rule = "arn:aws:events:eu-west-1:000000000000:rule/nightly"
    event = {**eventbridge({}, source="aws.events"), "resources": [rule]}

    assert rule == _found(event)[0].name
    assert "aws.events" == _found({**event, "resources": []})[0].name


@pytest.mark.parametrize(
    ("event", "member"),
    [
        pytest.param(api_gateway_v1(authorizer={"userId": "u-1"}), "authorizer.userId", id="REST"),
        pytest.param(
            api_gateway_v1(authorizer={"claims": {"userId": "u-1"}}),
            "authorizer.claims.userId",
            id="REST, Cognito",
        ),
        pytest.param(
            api_gateway_v2(authorizer={"lambda": {"userId": "u-1"}}),
            "authorizer.lambda.userId",
            id="HTTP",
        ),
        pytest.param(
            api_gateway_v2(authorizer={"jwt": {"claims": {"userId": "u-1"}}}),
            "authorizer.jwt.claims.userId",
            id="HTTP, JWT",
        ),
        pytest.param(
            platform_event("appsync", identity={"resolverContext": {"userId": "u-1"}}),
            "authorizer.userId",
            id="AppSync",
        ),
        pytest.param(api_gateway_v1(authorizer={"other": "x"}), "", id="somebody else"),
        pytest.param(api_gateway_v1(authorizer={"userId": {"a": 1}}), "", id="no name"),
        pytest.param(api_gateway_v1(), "", id="nobody"),
    ],
)
def test_one_path_finds_the_actor_behind_every_kind_of_authorizer(event: Any, member: str) -> None:
    """`actor="context:authorizer.userId"`."""
    found = attested_actor(read_request(event), "authorizer.userId")

    assert member == found.member
    assert found.name == ("u-1" if member else "")
    assert found.trust is (Trust.AUTHORIZER if member else Trust.ANONYMOUS)


def _reader(name: str, found: Any, *vias: str) -> ActorReader:
    def read(event: Any) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    return ActorReader(name, vias or ("alb",), read)


READ = Claim(Trust.AUTHORIZER, "alice", "x-amzn-oidc-data")


@pytest.mark.parametrize(
    ("reader", "event", "name"),
    [
        pytest.param(_reader("a", READ), alb(), "alice", id="knows"),
        pytest.param(_reader("a", None), alb(), "", id="does not know"),
        pytest.param(_reader("a", ValueError("s3cr3t")), alb(), "", id="fails"),
        pytest.param(_reader("a", "alice"), alb(), "", id="returns something else"),
        pytest.param(_reader("a", READ, "direct"), alb(), "", id="is for another source"),
        pytest.param(_reader("a", READ, "apigw.v1"), _rest(userArn=ARN), ARN, id="is not asked"),
    ],
)
def test_a_plugins_reader_is_asked_where_the_platform_names_nobody(
    reader: ActorReader, event: Any, name: str
) -> None:
    """And never overrules it."""
    assert name == find_actor(read_request(event), None, (reader,))[0].name


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

    claim, second = _found(event, asserted)

    assert (Trust.AUTHORIZER, "alice", behalf) == (claim.trust, claim.name, second)


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
