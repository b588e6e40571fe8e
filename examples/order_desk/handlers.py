"""The entry points. What starts them stands in functions.toml and nowhere else."""

from __future__ import annotations

import os
from typing import Any

from affidavit import AuditContext, audited
from order_desk import relay
from order_desk.models import NewOrder, OrderLine, PlacedOrder
from order_desk.repository import find_price, keep

WAREHOUSE = os.environ.get("WAREHOUSE", "warehouse")
"""To whom mail goes: an audience of functions.toml."""


@audited(
    action="ORDER_PLACE",
    request=NewOrder,
    response=PlacedOrder,
    subject="order_id",
    resource="orders",
)
def place(order: NewOrder, context: AuditContext) -> PlacedOrder | None:
    """Keep an order and let the warehouse know. A product that is not there becomes 404."""
    price = find_price(context, order.product)
    if price is None:
        return None
    total = price * order.quantity
    keep(context, order, total)
    context.mail("placed", to=WAREHOUSE, values={"quantity": order.quantity})
    context.announce("OrderPlaced", {"quantity": order.quantity})
    return PlacedOrder(order_id=order.order_id, total=total)


@audited(each=True, action="ORDER_SETTLE", request=OrderLine, subject="order_id")
def settle(line: OrderLine, context: AuditContext) -> None:
    """Settle a line; one with a total below nothing is a mistake of somebody else's."""
    if line.total < 0:
        raise ValueError("a line with a total below nothing")
    context.metrics.add("LineSettled", 1, "Count")


@audited(each=True, action="ORDER_FOLLOW")
def follow(event: dict[str, Any], context: AuditContext) -> None:
    """Hear of changes, news, events, files and times; pass a new order on to be settled."""
    order = (event.get("dynamodb") or {}).get("NewImage")
    if order:
        relay.post(order["order_id"]["S"], order["total"]["S"])
    context.metrics.add("Heard", 1, "Count")
