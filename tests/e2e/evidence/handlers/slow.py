"""A function that reads and then does not come back: Lambda kills it."""

from __future__ import annotations

import time

from pydantic import BaseModel, ConfigDict

from affidavit import AuditContext, audited


class Ask(BaseModel):
    """Who asks."""

    model_config = ConfigDict(extra="forbid")

    user: str


@audited(action="SLOW_READ", request=Ask, actor="user")
def handler(request: Ask, context: AuditContext) -> dict[str, str]:
    """Take longer than the function may."""
    time.sleep(60)
    return {"user": request.user, "attempt": context.attempt}
