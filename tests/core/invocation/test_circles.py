"""What an invocation has held is gone when it has answered: an event waits for no collector.

Objects that hold one another stay until Python looks for such circles, the event among them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from affidavit import Query, audited
from affidavit.testing import MemorySource, MemoryStore, api_gateway_v1, make_runtime, run, sqs

FIND = Query(name="find", sql="select x from t where id = :id", binds=frozenset({"id"}))


class Order(BaseModel):
    """A request."""

    order_id: str


def _act(_: Any, context: Any) -> dict[str, int]:
    """Do what handlers do."""
    context.metrics.add("Orders", 1, "Count", family="books")
    context.log.info("order.seen", number=1)
    context.record_change("price", old=1, new=2)
    context.source("shop").fetch_one(FIND, {"id": "1"})
    return {"statusCode": 200}


@pytest.fixture
def _collecting_by_hand() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_collecting_by_hand")
@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize(
    ("handler", "event"),
    [
        pytest.param(audited(action="A")(_act), {}, id="bare"),
        pytest.param(
            audited(action="A", request=Order, actor="order_id", subject="order_id")(_act),
            api_gateway_v1(body='{"order_id": "o-1"}'),
            id="with a model",
        ),
        pytest.param(
            audited(action="A", request=Order)(_act), api_gateway_v1(body="{}"), id="refused"
        ),
        pytest.param(audited(action="A", each=True)(_act), sqs([{"a": 1}, {"b": 2}]), id="batch"),
    ],
)
def test_an_answer_leaves_nothing_to_the_collector(
    handler: Any, event: Any, *, remote: bool
) -> None:
    """Where nothing was raised. A traceback leads to its frames, and they to it."""
    source = MemorySource("shop", {"find": [{"x": 1}]})
    bench = make_runtime(store=MemoryStore(remote=remote), sources=[source])
    for _ in range(2):  # the first one fills caches
        run(handler, event, bench)
    gc.collect()
    run(handler, event, bench)

    assert 0 == gc.collect()
