"""An audited handler: validation, redaction of the logged event, two records, metrics, one line."""

import os

os.environ |= {"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_PLUGINS": ""}

from event import Context, make_event
from pydantic import BaseModel

from affidavit import audited
from affidavit._runtime.runtime import default_runtime


class Order(BaseModel):
    """A request."""

    order_id: str
    amount: int
    email: str


class Accepted(BaseModel):
    """An answer."""

    accepted: bool


@audited(action="ORDER", request=Order, response=Accepted, actor="email", subject="order_id")
def handler(_, context):
    """Answer, and count one metric."""
    context.metrics.add("Orders", 1, "Count")
    return Accepted(accepted=True)


event, context = make_event(), Context()
runtime = default_runtime()
assert runtime.policy.logging.event, "the comparison is about a logged event"
assert handler(event, context)["statusCode"] == 200
kept = runtime.ledger.store.items


def act():
    """Serve one request."""
    handler(event, context)
    if len(kept) > 20_000:
        kept.clear()
