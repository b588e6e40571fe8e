"""Generated events are what Lambda hands over, each for the first time."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from affidavit import AuditContext, audited
from affidavit._event.request import read_request, record_request
from affidavit.plugin import event_names, event_schema
from affidavit.testing import make_runtime, run
from affidavit_cli.main import run as command_line
from affidavit_service.errors import ServiceError
from affidavit_service.event_generator import HTTP, OBJECTS, HttpParts, generate, takes_body
from affidavit_service.event_members import put, read_assignment

VALIDATORS = {name: Draft202012Validator(event_schema(name)) for name in event_names()}
NAMELESS = {
    "alb",
    "athena",
    "auto-scaling",
    "bedrock",
    "bedrock-agent",
    "cloudwatch-widget",
    "cognito",
    "connect",
    "direct",
    "iot",
    "lex",
    "pinpoint",
    "sagemaker",
    "transfer.authorizer",
    "vpc-lattice",
}
"""Sources that give their events no id of their own."""


def _ids(made: Any) -> list[str]:
    request = read_request(made)
    source = request.source
    if source is None or not source.batch:
        return [request.event_id]
    return [record_request(source, one, made).event_id for one in source.records(made)]


@pytest.mark.parametrize("name", event_names())
def test_every_source_has_an_event_that_fits_its_schema_and_no_other(name: str) -> None:
    """With and without a payload; the reader recognises it."""
    bodies = [None, {"id": "x"}, "words"] if takes_body(name) else [None]
    for body in bodies:
        if name in OBJECTS and body == "words":
            with pytest.raises(ServiceError, match="carry an object"):
                generate(name, body=body)
            continue
        made = generate(name, body=body)
        json.dumps(made)

        assert [name] == [one for one, held in VALIDATORS.items() if held.is_valid(made)], body
        assert name == read_request(made).via


@pytest.mark.parametrize("name", event_names())
def test_no_two_events_have_one_id(name: str) -> None:
    """A record's event id counts an event once: a constant one would count two calls as one."""
    first, second = _ids(generate(name)), _ids(generate(name))

    assert (name in NAMELESS) is (set(first) <= {""})
    assert not (set(first) - {""}) & set(second)


class Order(BaseModel):
    order: int


WHOLE = {"apigw.websocket", "direct", "step-functions", "vpc-lattice", *HTTP}
RAW = {"appsync", "cloudformation", "connect", "documentdb", "dynamodb-stream", "s3"}
"""Sources whose events a handler gets as they are, or as what has changed."""


@pytest.mark.parametrize("name", [n for n in event_names() if takes_body(n) and n not in RAW])
def test_what_it_carries_reaches_the_handler(name: str) -> None:
    """One payload, whichever way it comes."""
    got: list[Order] = []

    @audited(action="READ", request=Order, each=name not in WHOLE)
    def handler(event: Order, _: AuditContext) -> None:
        got.append(event)

    run(handler, generate(name, body={"order": 41}), make_runtime())

    assert [Order(order=41)] == got


def test_a_request_fits_its_route() -> None:
    """Path, query, variables and the route's key say the same."""
    parts = HttpParts("GET", "/items/I-1?full=1&full=2", "/items/{id}")
    made = generate("apigw.v2", http=parts)

    assert ("GET /items/{id}", "/items/I-1") == (made["routeKey"], made["rawPath"])
    assert {"id": "I-1"} == made["pathParameters"]
    assert {"full": "1,2"} == made["queryStringParameters"]
    assert "/items/{id}" == generate("apigw.v1", http=parts)["resource"]
    with pytest.raises(ServiceError, match="does not fit"):
        generate("apigw.v2", http=parts._replace(target="/orders/1"))


def test_a_body_makes_a_request_a_post() -> None:
    """As curl does."""
    made = generate("apigw.v2", body={"a": 1})

    assert "POST" == made["requestContext"]["http"]["method"]
    assert {"a": 1} == json.loads(made["body"])


@pytest.mark.parametrize(
    ("source", "given", "says"),
    [
        ("SQS", {}, "no event source"),
        ("iot", {"body": 1}, "no payload"),
        ("sqs", {"http": HttpParts("GET", "/")}, "no HTTP request"),
    ],
)
def test_what_cannot_be_is_refused(source: str, given: dict[str, Any], says: str) -> None:
    """With the names that are known."""
    with pytest.raises(ServiceError, match=says) as raised:
        generate(source, **given)

    assert raised.value.fix


def test_the_command_takes_members_and_files(tmp_path: Path, capsys: Any) -> None:
    """What it prints is the event, in both outputs."""
    body = tmp_path / "body.json"
    body.write_text('{"order": 41}')
    asked = [
        "event",
        "generate",
        "kafka",
        "--body",
        f"@{body}",
        "--set",
        "records.orders-0.0.topic=returns",
    ]
    told = []
    for output in ("table", "json"):
        assert 0 == command_line([*asked, "--output", output])
        told += json.loads(capsys.readouterr().out)["records"]["orders-0"]

    assert ["returns", "returns"] == [one["topic"] for one in told]
    assert [b'{"order": 41}'] * 2 == [base64.b64decode(one["value"]) for one in told]


VALUES = st.one_of(st.integers(), st.text("ab{\"'", min_size=1))
KEYS = st.text("abcxyz.-", min_size=1, max_size=6).filter(lambda key: not key.isdecimal())


@given(
    st.lists(KEYS, min_size=1, max_size=4), st.one_of(st.integers(), st.text("ab{\"'", min_size=1))
)
def test_a_member_that_is_set_is_there(keys: list[str], value: Any) -> None:
    """Whatever its name; text that is JSON has to be quoted."""
    path = ".".join(key.replace(".", "\\.") for key in keys)
    place, said = read_assignment(f"{path}={json.dumps(value)}")
    made: Any = put({}, place, said)
    for key in keys:
        made = made[key]

    assert value == made


@pytest.mark.parametrize("given", ["a", "=1", "Records.5.body=x", "Records.name=x", "body.x=1"])
def test_a_path_that_leads_nowhere_is_refused(given: str) -> None:
    """Instead of an event that is something else."""
    with pytest.raises(ServiceError, match="cannot be set"):
        put({"Records": [{}], "body": "text"}, *read_assignment(given))
