"""What requests and answers look like. Anything else is refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,63}$")]
"""The name of a setting, e.g. `orders.retry-limit`."""


class SettingRequest(BaseModel):
    """`GET /settings/{name}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name


class ChangeRequest(BaseModel):
    """`PUT /settings/{name}` with `{"value": …, "version": …}`: the version that was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    value: Annotated[str, Field(max_length=1000)]
    version: Annotated[int, Field(ge=1)]


class Setting(BaseModel):
    """A setting as it stands."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    version: int
