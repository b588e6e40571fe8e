"""What the distributions of this folder are used by: one handler, invoked once."""

import os

from affidavit import AuditContext, Query, audited
from affidavit.plugin import build_runtime, invoke, spec_of

FIND = Query(name="find", sql="select :id as id", binds=frozenset({"id"}))


@audited(action="ASK", actor="user")
def handler(event: dict[str, str], context: AuditContext) -> dict[str, str]:
    context.mail("asked", "ops", {"ssn": "123-45-6789", "n": 1})
    row = context.source("acme").fetch_one(FIND, {"id": event["id"]})
    return {"id": str(row and row["id"])}


if __name__ == "__main__":
    more = dict([os.environ["ACME_MORE"].split("=")]) if "ACME_MORE" in os.environ else {}
    event = {"id": "A1", "user": "alice", **more}
    print(invoke(spec_of(handler), event, None, build_runtime()))
