"""Every statement that this service runs. Values are named binds, always."""

from __future__ import annotations

from affidavit import AuditContext, NotFoundError, Query
from example_service.models import Change

CHANGE_STATE = Query(
    name="change_state",
    sql="update items set state = :state where id = :id",
    binds=frozenset({"id", "state"}),
    write=True,
)


def change_state(context: AuditContext, change: Change) -> None:
    """Give an item another state.

    Raises:
        NotFoundError: There is no such item; the message comes again, and ends in dead letters.

    """
    (done,) = context.source("items").execute(CHANGE_STATE, change.model_dump())
    if not done["changed"]:
        raise NotFoundError(
            "the item was not changed",
            why="there is none of that id",
            fix="Look at the dead letters, and at who sent it",
        )
    context.record_change("state", old="", new=change.state)
