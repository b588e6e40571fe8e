"""What requests and answers look like. Anything else is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

OrderId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{3,39}$")]
Product = Annotated[str, Field(pattern=r"^PROD-[0-9]{3}$")]


class NewOrder(BaseModel):
    """`POST /orders`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order_id: OrderId
    product: Product
    quantity: Annotated[int, Field(ge=1, le=1000)]


class PlacedOrder(BaseModel):
    """An order that is kept, and what it costs."""

    model_config = ConfigDict(frozen=True)

    order_id: str
    total: Decimal


class OrderLine(BaseModel):
    """What queue and stream bring."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order_id: OrderId
    total: Decimal
