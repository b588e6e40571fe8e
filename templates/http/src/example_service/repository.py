"""Every statement that this service runs. Values are named binds, always."""

from __future__ import annotations

from affidavit import AuditContext, Query
from example_service.models import Item

FIND_ITEM = Query(
    name="find_item",
    sql="select id, state from items where id = :id",
    binds=frozenset({"id"}),
)


def find_item(context: AuditContext, item_id: str) -> Item | None:
    """Return an item, or None if there is none of that id."""
    row = context.source("items").fetch_one(FIND_ITEM, {"id": item_id})
    return None if row is None else Item.model_validate(row)
