"""An audited handler: validation, two records, metrics, one line; the event redacted, if logged."""

import os

os.environ |= {"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_PLUGINS": ""}

from event import Context, make_event
from pydantic import BaseModel

from affidavit import audited
from affidavit.plugin import build_runtime


class Order(BaseModel):
    """A request."""

    order_id: str
    amount: int
    email: str


class Accepted(BaseModel):
    """An answer."""

    accepted: bool


def order(_, context):
    """Answer, and count one metric."""
    context.metrics.add("Orders", 1, "Count")
    return Accepted(accepted=True)


def serving(*, logged, runtime=None, answer=order):
    """Return what serves one request; with `logged`, the event is redacted and in the log."""
    runtime = runtime or build_runtime()
    policy = runtime.policy._replace(logging=runtime.policy.logging._replace(event=logged))
    wrap = audited(
        action="ORDER",
        request=Order,
        response=Accepted,
        actor="email",
        subject="order_id",
        runtime=runtime._replace(policy=policy),
    )
    handler, event, context = wrap(answer), make_event(), Context()
    kept = runtime.ledger.store.items
    assert handler(event, context)["statusCode"] == 200

    def act():
        handler(event, context)
        if len(kept) > 500:  # a function does not keep them either
            kept.clear()

    return act


act = serving(logged=True)
