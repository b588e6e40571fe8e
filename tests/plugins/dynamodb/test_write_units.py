"""What evidence costs in write units, counted over what is really sent."""

from __future__ import annotations

from typing import Any

import pytest

import strategies as my
from affidavit import AuditContext
from affidavit._policy.words import Declare
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.runtime import Runtime, build_runtime
from affidavit.testing import Bench, api_gateway_v1, run
from affidavit_dynamodb import clients
from affidavit_ledger.who import BEGINNING, END, find_accesses
from cloud import Cloud
from write_units import charge

HANDLER = my.handler_of(my.BEHAVIOURS[3])
WARM = 4


def _runtime(cloud: Cloud, declare: Declare) -> Runtime:
    plugins = load_plugins(["dynamodb", "ledger", "policy", "sqlite"])
    built = build_runtime(cloud.environ, plugins=plugins, emit=lambda _: None)
    policy = built.policy._replace(declare=declare)
    return built._replace(sources={"memory": my.sources()}, policy=policy)


def _units(cloud: Cloud, runtime: Runtime, number: int) -> list[int]:
    """Ask so often, each time by another person about another one; the units of each request."""
    sent: list[int] = []
    indexes = cloud.aws("dynamodb").describe_table(TableName=cloud.table)["Table"][
        "GlobalSecondaryIndexes"
    ]

    def put(params: dict[str, Any], **_: Any) -> None:
        sent[-1] += charge(params["Item"], indexes).units

    def transact(params: dict[str, Any], **_: Any) -> None:
        items = [each["Put"]["Item"] for each in params["TransactItems"]]
        sent[-1] += sum(charge(item, indexes, times=2).units for item in items)

    events = clients.client("dynamodb", "").meta.events
    events.register("provide-client-params.dynamodb.PutItem", put)
    events.register("provide-client-params.dynamodb.TransactWriteItems", transact)
    for asked in range(number):
        sent.append(0)
        event = api_gateway_v1(query={"id": f"S{asked}", "who": f"w{asked}"})
        answer: Any = run(HANDLER, event, Bench(runtime=runtime, store=None))
        assert 200 == answer["statusCode"]
    return sent


@pytest.mark.parametrize(
    ("declare", "units"), [(Declare.BEFORE, 3), (Declare.OVERLAP, 3), (Declare.NONE, 2)]
)
def test_a_request_is_three_units_and_two_without_an_opening_record(
    declare: Declare, units: int, cloud: Cloud
) -> None:
    """By DynamoDB's arithmetic over each item, and where a chain begins three more."""
    runtime = _runtime(cloud, declare)
    first, *others = _units(cloud, runtime, 1 + WARM)

    assert [units] * WARM == others
    assert units + 3 == first


@pytest.mark.parametrize("declare", [Declare.BEFORE, Declare.OVERLAP])
def test_an_access_that_has_read_is_found_both_ways_before_it_ends(
    declare: Declare, cloud: Cloud
) -> None:
    """What the ledger holds then is what it holds if the process is killed there."""
    runtime, found = _runtime(cloud, declare), []

    def reads_and_looks(asked: Any, context: AuditContext) -> Any:
        note = my.BEHAVIOURS[3].act(asked, context)
        for who in ({"actor": "w", "subject": None}, {"actor": None, "subject": "A1"}):
            accesses = find_accesses(runtime.ledger, since=BEGINNING, until=END, **who)
            found.append([access.status for access in accesses])
        return note

    _units(cloud, runtime, 1)
    event = api_gateway_v1(query={"id": "A1", "who": "w"})
    handler = my.handler_of(my.Behaviour("looks", reads_and_looks, "ok", 200))
    run(handler, event, Bench(runtime=runtime, store=None))

    assert [["unknown"], ["unknown"]] == found
