"""The entry points. What starts them stands in functions.toml and nowhere else."""

from __future__ import annotations

from affidavit import AuditContext, audited
from example_service.models import Item, ItemRequest
from example_service.repository import find_item


@audited(
    action="ITEM_READ",
    request=ItemRequest,
    response=Item,
    subject="id",
    resource="items",
)
def read(request: ItemRequest, context: AuditContext) -> Item | None:
    """Answer with an item. None becomes 404."""
    return find_item(context, request.id)
