"""Every statement that this service runs. Values are named binds, always."""

from __future__ import annotations

from affidavit import AuditContext, Query
from price_fetcher.models import Price

FIND_PRICE = Query(
    name="find_price",
    sql="select price, currency from product_prices where product_id = :id",
    binds=frozenset({"id"}),
)


def find_price(context: AuditContext, product_id: str) -> Price | None:
    """Return the price of a product, or None if nobody sells it."""
    row = context.source("prices").fetch_one(FIND_PRICE, {"id": product_id})
    if row is None:
        return None
    return Price.model_validate({"product_id": product_id, **row})
