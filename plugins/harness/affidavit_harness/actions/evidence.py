"""`ledger.expect` and `sql.query`: look into the ledger, and into a source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field

from affidavit import AuditContext, Query, audited
from affidavit.plugin import (
    ActionContext,
    ActionError,
    ActionParams,
    ActionResult,
    AtomicAction,
    Grant,
)

MOST: Final = 200
"""Records of one person that a test looks at."""


class Expect(ActionParams):
    """Whose records: an actor, a subject, or both. Names become tokens before anything is read.

    In DynamoDB an actor alone is looked for in the whole index; a subject is found at once.
    """

    actor: str | None = None
    subject: str | None = None
    since_run: Annotated[bool, Field(description="Only those since the run began.")] = True
    phases: Annotated[str, Field(pattern="^[GIODW]+$")] = "ODW"


class Sql(ActionParams):
    """One statement that reads, with named binds."""

    source: Annotated[str, Field(description="Name of a source: AFFIDAVIT_SOURCE_<NAME>.")]
    sql: Annotated[str, Field(max_length=4000)]
    binds: dict[str, str | int | float | None] = Field(default_factory=dict)


def expect(params: Expect, context: ActionContext) -> ActionResult:
    """Return the `records` of an actor or a subject, as they were kept, and their `count`."""
    from affidavit_ledger.who import BEGINNING, END, find_accesses  # noqa: PLC0415 - heavy

    if params.actor is None and params.subject is None:
        raise ActionError(
            "Harness.Params", "nobody is named", why="no actor, no subject", fix="Name one"
        )
    runtime = _runtime(context)
    since = BEGINNING
    if params.since_run:
        from affidavit.plugin import iso_utc  # noqa: PLC0415 - beside its use

        since = iso_utc(context.run.started_ms - 1000)
    found = find_accesses(
        runtime.ledger,
        actor=params.actor,
        subject=params.subject,
        since=since,
        until=END,
        tenant=runtime.tenant,
    )
    records = [dict(one.record.document) for one in found if one.record.phase in params.phases][
        :MOST
    ]
    return {"records": records, "count": len(records)}


def _ask(event: dict[str, Any], context: AuditContext) -> dict[str, Any]:
    # affidavit: allow AFF105 - the statement is the scenario's, and Query checks it when it is made
    query = Query(name="harness_query", sql=event["sql"], binds=frozenset(event["binds"]))
    rows = context.source(event["source"]).fetch_all(query, event["binds"])
    return {"rows": [_plain(dict(row)) for row in rows]}


class _Invocation(NamedTuple):
    """What a record says of the invocation that leaves it: the run."""

    aws_request_id: str
    function_name: str = "affidavit-harness"
    function_version: str = "$LATEST"


def sql(params: Sql, context: ActionContext) -> ActionResult:
    """Return `rows` and their `count`. The reading is audited like any other."""
    event = params.model_dump()
    # Decorated here: it takes the runtime of this context, which not every harness has.
    ask: Any = audited(action="HARNESS_QUERY", runtime=_runtime(context))(_ask)
    told = ask(event, _Invocation(f"{context.run.id}-{context.now_ms()}"))
    rows = told.get("rows", []) if isinstance(told, dict) else []
    return {"rows": rows, "count": len(rows) if isinstance(rows, Sequence) else 0}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    plain = (str, int, float, type(None))
    return {name: value if isinstance(value, plain) else str(value) for name, value in row.items()}


def _runtime(context: ActionContext) -> Any:
    runtime = context.runtime()
    if runtime is None:
        raise ActionError(
            "Harness.Ledger",
            "no ledger is named here",
            why="the harness has no runtime",
            fix="Set AFFIDAVIT_LEDGER, or name databases: in harness.yaml",
        )
    return runtime


ACTIONS = (
    AtomicAction(
        name="ledger.expect",
        summary="Look at the audit records of an actor or a subject",
        params=Expect,
        run=expect,
        grants=(
            Grant(
                "ledgers",
                ("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Scan"),
            ),
            Grant("ledger_keys", ("kms:Decrypt", "kms:GenerateMac")),
        ),
    ),
    AtomicAction(
        name="sql.query",
        summary="Read from a source, with named binds",
        params=Sql,
        run=sql,
        # The read leaves a record, and that needs a chain.
        grants=(
            Grant("ledgers", ("dynamodb:PutItem",)),
            Grant("spills", ("sqs:SendMessage",)),
            Grant("ledger_keys", ("kms:GenerateDataKey", "kms:GenerateMac")),
        ),
    ),
)
