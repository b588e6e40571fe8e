"""What is drawn from a model's schema fits the model."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from affidavit_testing import events
from affidavit_testing.schemas import Schema, is_free_text


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    number: Annotated[int, Field(gt=3, lt=9)]
    names: list[str]
    inner: Part | None = None


class Everything(BaseModel):
    """Every kind of field that a request has had so far."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,8}-[0-9]{1,8}$")]
    user: UUID = Field(alias="userId")
    day: dt.date
    at: dt.datetime
    when: dt.time
    money: Decimal
    colour: Colour
    kind: Literal["a", "b"]
    part: Part
    parts: Annotated[list[Part], Field(min_length=1, max_length=2)]
    pair: tuple[int, str]
    share: Annotated[float, Field(ge=0, le=1)]
    even: Annotated[int, Field(multiple_of=2, ge=10)]
    word: Annotated[str, Field(min_length=3, max_length=5)]
    free: str
    flag: bool = False
    maybe: str | None = None
    more: dict[str, int] = {}
    unique: set[int] = set()


ADAPTER: TypeAdapter[Any] = TypeAdapter(Everything)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(fields=Schema(ADAPTER.json_schema()).values())
def test_what_is_drawn_fits(fields: Any) -> None:
    """Every constraint that a schema can say is kept."""
    assert isinstance(ADAPTER.validate_json(json.dumps(fields)), Everything)


def test_names_and_needs_are_known() -> None:
    """By the names under which fields are sent."""
    schema = Schema(ADAPTER.json_schema())

    assert {"userId", "id"} <= schema.required
    assert "user" not in schema.properties
    assert is_free_text(schema.properties["free"])
    assert not is_free_text(schema.properties["id"])
    assert not is_free_text(schema.properties["word"])


SOURCES = {
    "api_gateway_v1": events.api_gateway_v1,
    "api_gateway_v2": events.api_gateway_v2,
    "function_url": events.function_url,
    "alb": events.alb,
    "step_functions": events.step_functions,
    "direct": events.direct,
    "sqs": events.sqs,
    "sns": events.sns,
    "eventbridge": events.eventbridge,
    "kinesis": events.kinesis,
    "dynamodb_stream": events.dynamodb_stream,
    "s3": events.s3,
}
VIAS = {
    "api_gateway_v1": "apigw.v1",
    "api_gateway_v2": "apigw.v2",
    "step_functions": "step-functions",
    "function_url": "function-url",
    "dynamodb_stream": "dynamodb-stream",
}


@pytest.mark.parametrize("name", SOURCES)
@given(data=st.data())
def test_the_kernel_recognises_what_is_drawn(name: str, data: st.DataObject) -> None:
    """An event of a source is taken for one, and survives JSON."""
    from affidavit._event.request import read_request

    event = data.draw(SOURCES[name]())

    assert event == json.loads(json.dumps(event))
    via = read_request(event).via
    told = getattr(via, "value", via)
    assert str(told).replace(".", "-") in {name, VIAS.get(name, name).replace(".", "-"), "events"}


@given(event=events.hostile("gdpr"))
def test_hostile_events_are_drawn(event: Any) -> None:
    """Some of them are not even objects."""
    assert event is None or isinstance(event, bool | int | str | list | dict)
