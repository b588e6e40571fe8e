"""What a request and an answer look like. Anything else is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class PriceRequest(BaseModel):
    """`GET /price?id=PROD-101&userId=550e8400-…`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,8}-[0-9]{1,8}$")]
    user_id: Annotated[UUID, Field(alias="userId")]


class Price(BaseModel):
    """What a product costs."""

    model_config = ConfigDict(frozen=True)

    product_id: Annotated[str, Field(serialization_alias="productId")]
    price: Decimal
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
