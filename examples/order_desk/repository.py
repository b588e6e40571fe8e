"""Every statement that this service runs."""

from __future__ import annotations

from decimal import Decimal

from affidavit import AuditContext, Query
from order_desk.models import NewOrder

FIND_PRICE = Query(
    name="find_price",
    sql="select price from catalogue where product = :product",
    binds=frozenset({"product"}),
)

KEEP_ORDER = Query(
    name="keep_order",
    sql="insert into orders (order_id, product, quantity, total)"
    " values (:order_id, :product, :quantity, :total)",
    binds=frozenset({"order_id", "product", "quantity", "total"}),
    write=True,
)


def find_price(context: AuditContext, product: str) -> Decimal | None:
    """Return what a product costs, or None if there is none."""
    row = context.source("catalogue").fetch_one(FIND_PRICE, {"product": product})
    return None if row is None else Decimal(str(row["price"]))


def keep(context: AuditContext, order: NewOrder, total: Decimal) -> None:
    """Keep an order; one of the same id is refused by the table."""
    binds = {**order.model_dump(), "total": str(total)}
    context.source("orders").execute(KEEP_ORDER, binds)
