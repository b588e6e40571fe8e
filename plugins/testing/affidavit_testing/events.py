"""Draw events of every source, valid by its published contract.

Each strategy takes what the event says: `fields`, a strategy of mappings; a
person's data is in it unless you give your own.

    @given(event=events.api_gateway_v1(fields=st.just({"id": "PROD-101"})))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

import affidavit.testing as builders
from affidavit.plugin import load_policy
from affidavit_testing.batch_carriers import Said, carry
from affidavit_testing.hostile import hostile_bodies
from affidavit_testing.model_schema import schema_of
from affidavit_testing.persons import people
from affidavit_testing.schemas import Schema

Fields = st.SearchStrategy[Any]


def personal_fields() -> Fields:
    """Draw fields that hold a person's data."""
    return people().map(lambda one: {"id": one.record, "name": one.name, "email": one.email})


def fields_of(model: Any) -> Fields:
    """Draw the fields of a valid request, from its pydantic model."""
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    return Schema(schema_of(adapter)).values()


def _carried(via: str) -> Callable[..., st.SearchStrategy[dict[str, Any]]]:
    def strategy(
        fields: Fields | None = None,
        *,
        who: str = "user-of-the-authorizer",
        body: bool | None = None,
    ) -> st.SearchStrategy[dict[str, Any]]:
        return st.builds(
            lambda held, in_body, number: carry(
                via,
                Said(
                    fields=held,
                    who=who,
                    in_body=_needs_a_body(held) if in_body is None else in_body,
                    request_id=f"c6af9ac6-7b61-41e6-9a41-{number:012}",
                ),
            ),
            fields if fields is not None else personal_fields(),
            st.just(body) if body is not None else st.sampled_from([True, None]),
            st.integers(0, 10**9),
        )

    strategy.__name__ = via
    strategy.__doc__ = f"Draw events of {via}; `body` says whether fields stand in the body."
    return strategy


api_gateway_v1 = _carried("api_gateway_v1")
api_gateway_v2 = _carried("api_gateway_v2")
function_url = _carried("function_url")
alb = _carried("alb")
step_functions = _carried("step_functions")
direct = _carried("direct")


def sqs(fields: Fields | None = None, *, most: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """Draw batches of a queue."""
    return _many(fields, most).map(builders.sqs)


def sns(fields: Fields | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Draw what a topic sends."""
    return (personal_fields() if fields is None else fields).map(builders.sns)


def eventbridge(fields: Fields | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Draw events of a bus."""
    return (personal_fields() if fields is None else fields).map(builders.eventbridge)


def kinesis(fields: Fields | None = None, *, most: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """Draw batches of a data stream."""
    return _many(fields, most).map(builders.kinesis)


def dynamodb_stream(
    fields: Fields | None = None, *, most: int = 4
) -> st.SearchStrategy[dict[str, Any]]:
    """Draw batches of a table's stream."""
    return _many(fields, most).map(
        lambda held: builders.dynamodb_stream([as_image(one) for one in held], keys=("id",))
    )


def s3() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what a bucket sends; names of people are in the keys of objects."""
    keys = people().map(lambda one: f"claims/{one.record}/{one.name.replace(' ', '_')}.pdf")
    return keys.map(builders.s3)


def as_image(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write fields in DynamoDB's own types, as a table's stream has them."""
    return {name: _attribute(value) for name, value in fields.items()}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": as_image(value)}
    if isinstance(value, list):
        return {"L": [_attribute(one) for one in value]}
    return {"S": str(value)}


def hostile(policy: str = "baseline") -> st.SearchStrategy[Any]:
    """Draw what is no request: too large, too deep, not JSON, said twice."""
    limits = load_policy(policy).limits
    return people().flatmap(lambda one: hostile_bodies(limits, one)).map(lambda one: one.event)


def _many(fields: Fields | None, most: int) -> st.SearchStrategy[list[Any]]:
    held = personal_fields() if fields is None else fields
    return st.lists(held, min_size=1, max_size=most)


def _needs_a_body(fields: Mapping[str, Any]) -> bool:
    return any(isinstance(value, dict | list) for value in fields.values())
