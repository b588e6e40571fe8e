"""The function `new-function`. What starts it stands in functions.toml and nowhere else."""

from __future__ import annotations

from typing import Annotated

from affidavit import AuditContext, audited
from pydantic import BaseModel, ConfigDict, Field


class Request(BaseModel):
    """What is asked for. Anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[A-Z]-[0-9]{6}$")]


class Answer(BaseModel):
    """What is answered, and nothing else."""

    model_config = ConfigDict(frozen=True)

    id: str


@audited(action="NEW_FUNCTION", request=Request, response=Answer, subject="id")
def handler(request: Request, context: AuditContext) -> Answer:
    """Answer; read through `context.source(NAME)`."""
    return Answer(id=request.id)
