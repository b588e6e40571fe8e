"""What a message looks like. Anything else is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Change(BaseModel):
    """`{"id": "I-100001", "state": "closed"}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^I-[0-9]{6}$")]
    state: Literal["open", "closed"]
