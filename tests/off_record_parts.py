"""A handler that does what a test asks of it, and what its record says of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from affidavit import AuditContext, audited
from affidavit._policy.access_rules import OffRecordRules
from affidavit._policy.load import load_policy
from affidavit._policy.model import Policy
from affidavit._policy.words import OffRecord
from affidavit.testing import make_runtime, run


def holding(mode: OffRecord = OffRecord.RECORD, **lists: tuple[str, ...]) -> Policy:
    """Return a policy that holds handlers to this."""
    return load_policy("baseline")._replace(off_record=OffRecordRules(mode, **lists))


def off(record: Any) -> list[tuple[str, str, str]]:
    """Return what a record lists: kind, name, and what came of it."""
    said = record.document.get("off", [])
    return [(one["k"], one.get("n", one.get("r", "")), one["d"]) for one in said]


def reached(act: Callable[[], Any], policy: Policy | None = None) -> list[tuple[str, str, str]]:
    """Let a handler do something, and return what its record lists then."""

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        act()
        return {}

    bench = make_runtime(policy=policy or holding())
    run(handler, {"who": "jane"}, bench)
    return off(bench.records[-1])
