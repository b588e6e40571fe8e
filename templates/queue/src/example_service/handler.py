"""The entry points. What starts them stands in functions.toml and nowhere else."""

from __future__ import annotations

from affidavit import AuditContext, audited
from example_service.models import Change
from example_service.repository import change_state


@audited(each=True, action="ITEM_CHANGE", request=Change, subject="id", resource="items")
def take(change: Change, context: AuditContext) -> None:
    """Take one message. The others of its batch do not know whether it failed."""
    change_state(context, change)
