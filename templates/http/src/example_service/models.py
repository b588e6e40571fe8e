"""What requests and answers look like. Anything else is refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ItemRequest(BaseModel):
    """`GET /items/I-100001`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^I-[0-9]{6}$")]


class Item(BaseModel):
    """What is known of an item."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: str
