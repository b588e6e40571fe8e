"""A handler as it was. One line is new: `@audited`."""

from __future__ import annotations

import json

from affidavit import audited


def state_of(item_id):
    """Return the state of an item, or None: put your own look-up here."""
    return "open" if item_id == "I-100001" else None


@audited
def handler(event, context):
    """Answer as before; who asked, when and with what outcome is on record."""
    item_id = (event.get("pathParameters") or {}).get("id")
    state = state_of(item_id)
    if state is None:
        return {"statusCode": 404, "body": "{}"}
    return {"statusCode": 200, "body": json.dumps({"id": item_id, "state": state})}
