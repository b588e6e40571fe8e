"""The entry point: AWS Lambda calls `price_fetcher.handler.handler`."""

from __future__ import annotations

from affidavit import AuditContext, audited
from price_fetcher.models import Price, PriceRequest
from price_fetcher.repository import find_price


@audited(
    action="PRICE_FETCH",
    request=PriceRequest,
    response=Price,
    actor="user_id",
    subject="id",
    resource="product_prices",
)
def handler(request: PriceRequest, context: AuditContext) -> Price | None:
    """Answer with a product's price. None becomes 404."""
    price = find_price(context, request.id)
    if price is not None:
        family = request.id.partition("-")[0].lower()
        context.metrics.add("PriceFetched", 1, "Count", product_family=family)
    return price
