"""Handlers of different shapes that keep every promise: the suite lets them pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from affidavit import AuditContext, ConflictError, NotFoundError, Query, audited
from affidavit.testing import MemorySource, api_gateway_v1, api_gateway_v2, platform_event
from affidavit_testing import compliance_suite

FIND = Query(
    name="find_visit",
    sql="select day, ward, reason from visits where patient = :patient",
    binds=frozenset({"patient"}),
)
LIST = Query(
    name="list_visits",
    sql="select day, ward from visits where patient = :patient order by day",
    binds=frozenset({"patient"}),
)
MOVE = Query(
    name="move_visit",
    sql="update visits set ward = :ward where patient = :patient",
    binds=frozenset({"patient", "ward"}),
    write=True,
)
VISIT = {"day": date(2026, 1, 23), "ward": "north", "reason": "check-up"}
SOURCES = {
    "clinic": {"find_visit": VISIT, "list_visits": [VISIT, VISIT], "move_visit": []},
    "prices": {"find_price": {"price": Decimal("99.99"), "currency": "USD"}},
}

Patient = Annotated[str, Field(pattern=r"^P-[0-9]{6,9}$")]


class Strict(BaseModel):
    """No field that is not declared."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Asked(Strict):
    patient: Patient
    asked_by: UUID


class Visit(Strict):
    day: date
    ward: str


# 1. A model in, a model out, one read.
@audited(action="VISIT_READ", request=Asked, response=Visit, actor="asked_by", subject="patient")
def one_visit(asked: Asked, context: AuditContext) -> Visit | None:
    row = context.source("clinic").fetch_one(FIND, {"patient": asked.patient})
    return None if row is None else Visit.model_validate({k: row[k] for k in ("day", "ward")})


# 2. A list of models, nested in another one.
class Visits(Strict):
    visits: list[Visit]
    total: int


@audited(action="VISITS_LIST", request=Asked, response=Visits, subject="patient")
def many_visits(asked: Asked, context: AuditContext) -> Visits:
    rows = context.source("clinic").fetch_all(LIST, {"patient": asked.patient})
    found = [Visit.model_validate({k: row[k] for k in ("day", "ward")}) for row in rows]
    return Visits(visits=found, total=len(found))


# 3. A bare decorator on a handler that composes its own answer.
@audited
def composed(event: dict[str, Any], context: Any) -> dict[str, Any]:
    said = event.get("queryStringParameters") or {}
    row = context.source("clinic").fetch_one(FIND, {"patient": str(said.get("patient", ""))})
    if row is None:
        return {"statusCode": 404, "body": "{}"}
    return {"statusCode": 200, "body": json.dumps({"ward": row["ward"]})}


# 4. A write, with what changed on record.
class Ward(Enum):
    NORTH = "north"
    SOUTH = "south"


class Move(Strict):
    patient: Patient
    ward: Ward
    from_ward: Ward = Ward.NORTH


@audited(action="VISIT_MOVE", request=Move, response=Visits, subject="patient")
def moves(asked: Move, context: AuditContext) -> Visits:
    if asked.ward is asked.from_ward:
        raise ConflictError("nothing to move", why="both wards are the same", fix="Name another")
    context.record_change("ward", old=asked.from_ward.value, new=asked.ward.value)
    context.source("clinic").execute(MOVE, {"patient": asked.patient, "ward": asked.ward.value})
    return Visits(visits=[], total=0)


# 5. An object that can be called, with settings of its own.
class Reader:
    """Reads from whichever source it was made for."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __call__(self, asked: Asked, context: AuditContext) -> Visit:
        row = context.source(self.source).fetch_one(FIND, {"patient": asked.patient})
        if row is None:
            raise NotFoundError("no visit", why="nobody was there", fix="Ask for another patient")
        return Visit.model_validate({k: row[k] for k in ("day", "ward")})


an_object = audited(action="VISIT_READ", request=Asked, response=Visit)(Reader("clinic"))


# 6. No source at all, free text, and metrics of its own.
class Remark(Strict):
    text: str = Field(max_length=200)
    stars: int = Field(ge=1, le=5)


class Thanks(Strict):
    thanks: bool


@audited(action="REMARK", request=Remark, response=Thanks)
def remarks(asked: Remark, context: AuditContext) -> Thanks:
    context.log.info("remark.received", length=len(asked.text), text=asked.text)
    context.metrics.add("Stars", asked.stars, "Count", channel="web")
    return Thanks(thanks=True)


# 7. Nested requests: they come in a body, or directly.
class Line(Strict):
    sku: Annotated[str, Field(pattern=r"^[A-Z]{3}[0-9]{3}$")]
    amount: Decimal = Field(gt=0, le=1000, decimal_places=2)


class Order(Strict):
    patient: Patient
    lines: list[Line] = Field(min_length=1, max_length=3)
    note: str | None = None


class Total(Strict):
    lines: int


@audited(action="ORDER", request=Order, response=Total, subject="patient")
def orders(asked: Order, context: AuditContext) -> Total:
    return Total(lines=len(asked.lines))


# 8. A task of a state machine.
@audited(action="TASK", request=Asked, response=dict[str, int], subject="patient")
def task(asked: Asked, context: AuditContext) -> dict[str, int]:
    return {"visits": len(context.source("clinic").fetch_all(LIST, {"patient": asked.patient}))}


# 9. Two sources, one of them a source of one's own, and failures that it handles.
class Priced(Strict):
    ward: str
    price: Decimal | None


PRICE = Query(
    name="find_price", sql="select price from prices where ward = :ward", binds=frozenset({"ward"})
)


@audited(action="PRICE_READ", request=Asked, response=Priced)
def two_sources(asked: Asked, context: AuditContext) -> Priced | None:
    row = context.source("clinic").fetch_one(FIND, {"patient": asked.patient})
    if row is None:
        return None
    found = context.source("prices").fetch_one(PRICE, {"ward": str(row["ward"])})
    price = None if found is None else found["price"]
    return Priced(ward=str(row["ward"]), price=price if isinstance(price, Decimal) else None)


# 10. An event without a model whose actor and subject are fields of it.
@audited(action="BADGE", actor="who", subject="badge", resource="doors", purpose="entry")
def badges(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    return {"statusCode": 204, "headers": {"cache-control": "no-store"}}


# 11. A decorator of one's own that times the call and touches nothing.
def timed(handler: Any) -> Any:
    """Call `handler` between two looks at the clock."""
    import functools
    import time

    @functools.wraps(handler)
    def outer(event: Any, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return handler(event, context)
        finally:
            assert time.perf_counter() >= started

    return outer


behind_a_decorator = timed(one_visit)

TestOneVisit = compliance_suite(one_visit, policy="hipaa", sources=SOURCES)
TestManyVisits = compliance_suite(many_visits, policy="gdpr", sources=SOURCES)
TestComposed = compliance_suite(
    composed,
    policy="hipaa",
    sources=SOURCES,
    events=[
        api_gateway_v1(query={"patient": "P-100001"}),
        api_gateway_v2(query={"patient": "P-100002"}),
    ],
)
TestMoves = compliance_suite(moves, policy="part11", sources=SOURCES)
TestAnObject = compliance_suite(an_object, policy="pci", sources=SOURCES)
TestRemarks = compliance_suite(remarks, policy="baseline")
TestOrders = compliance_suite(orders, policy="hipaa")
TestTask = compliance_suite(task, policy="hipaa", sources=SOURCES, via=["step_functions"])
TestTwoSources = compliance_suite(
    two_sources,
    policy="baseline",
    sources={
        "clinic": {"find_visit": VISIT},
        "prices": MemorySource("prices", {"find_price": [{"price": Decimal("9.50")}]}),
    },
)
TestBadges = compliance_suite(
    badges,
    policy="baseline",
    events=[api_gateway_v1(method="POST", body={"who": "person-100001", "badge": "B-100001"})],
)
TestBehindADecorator = compliance_suite(behind_a_decorator, policy="hipaa", sources=SOURCES)


# 13. A trigger of a user pool: the service names itself, and nobody else is named.
@audited(action="PRE_SIGN_UP")
def pre_sign_up(event: dict[str, Any], _: AuditContext) -> dict[str, Any]:
    known = event["triggerSource"].startswith("PreSignUp_")
    return {"response": {"autoConfirmUser": known}}


TestPreSignUp = compliance_suite(
    pre_sign_up,
    policy="hipaa",
    events=[platform_event("cognito", triggerSource="PreSignUp_SignUp")],
)


# 12. A batch: each record by itself.
@audited(each=True, action="VISIT_IMPORT", request=Asked, subject="patient")
def imports(asked: Asked, context: AuditContext) -> None:
    found = context.source("clinic").fetch_one(FIND, {"patient": asked.patient})
    context.log.info("visit.imported", found=found is not None)


TestImports = compliance_suite(imports, policy="hipaa", sources=SOURCES)
