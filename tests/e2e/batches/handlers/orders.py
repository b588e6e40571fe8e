"""A function that settles orders from a queue, one at a time, each with evidence of its own."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from affidavit import AuditContext, audited


class Order(BaseModel):
    """One message of the queue."""

    model_config = ConfigDict(extra="forbid")

    order_id: str
    customer: str
    total: Decimal


@audited(each=True, action="ORDER_SETTLE", request=Order, subject="customer")
def handler(order: Order, context: AuditContext) -> None:
    """Settle an order; one with a total below nothing is a mistake of somebody else's."""
    if order.total < 0:
        raise ValueError(f"{order.customer} would get money: {order.total}")
    context.metrics.add("OrderSettled", 1, "Count")
