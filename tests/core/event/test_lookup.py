"""Sources are found by shape, and rare ones cost nothing until they come."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from affidavit import PluginError, audited
from affidavit._event.event_source import Delivery, EventSource, says
from affidavit._event.lookup import _RARE, BUILT_IN, EventSources, _built_in
from affidavit._event.request import read_request
from affidavit._runtime.event_plugins import offered_readers, offered_sources
from affidavit._runtime.plugins import Plugins
from affidavit.plugin import ActorReader, hookimpl
from affidavit.testing import kinesis, make_runtime, platform_event, run, sqs, step
from event_samples import PLATFORM, SAMPLES, sample

_FRESH = """
import json, sys
from affidavit._event.request import read_request
from affidavit.testing import api_gateway_v1, sqs
for event in ({"id": 1}, [], api_gateway_v1(), sqs(["x"])):
    read_request(event)
print(json.dumps(sorted(name for name in sys.modules if name.startswith("affidavit._event."))))
"""
DECIDERS = {
    "apigw.authorizer",
    "appsync.authorizer",
    "client-vpn",
    "iot.authorizer",
    "transfer.authorizer",
}
_USUAL = {"event_source", "lookup", "messaging", "payloads", "request", "validate", "model_fields"}


def test_what_is_rare_is_not_imported_for_what_is_usual() -> None:
    """A cold start pays for the sources that it gets."""
    done = subprocess.run(
        [sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.rsplit(".", 1)[-1] for name in json.loads(done.stdout)}

    assert loaded <= _USUAL | {"actor", "inputs"}


@pytest.mark.parametrize("marker", _RARE)
def test_a_marker_leads_to_a_source_that_has_it(marker: str) -> None:
    """The table and the modules say the same."""
    for name in _RARE[marker]:
        assert marker in _built_in(name).markers


@pytest.mark.parametrize("name", PLATFORM)
@pytest.mark.parametrize("policy", ["baseline", "hipaa"])
def test_a_bare_wrap_hands_every_event_on_and_knows_who_sent_it(name: str, policy: str) -> None:
    """Nothing is refused under `baseline`, nor under `hipaa`: a service or a person is named."""
    bench, event = make_runtime(policy=policy), platform_event(name)
    wrapped = audited(action="X", runtime=bench.runtime)(lambda given, _: given)

    assert event == wrapped(event, None)
    # Who is asked who may come in, and answers with the question, has let nobody in.
    status = {"durable-execution": "error"}.get(name, "deny" if name in DECIDERS else "ok")
    assert (name, status) == (
        bench.records[-1].document["src"]["via"],
        bench.records[-1].status,
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_no_order_of_members_changes_the_source(name: str) -> None:
    """What is found depends on what is there."""
    event = sample(name)
    if isinstance(event, dict):
        turned = dict(reversed(event.items()))
        assert read_request(event).via == read_request(turned).via


def test_each_item_of_a_map_is_an_event_of_its_own() -> None:
    """Entered at the same time in the same state."""
    ids = set()
    for place in (0, 1, None):
        event = step({"id": 1})
        if place is not None:
            event["StepFunctions"]["Map"] = {"Item": {"Index": place, "Value": "x"}}
        ids.add(read_request(event).event_id)

    assert 3 == len(ids)


def test_records_of_a_pipe_are_those_of_its_source() -> None:
    """A stream's records come without their envelope."""
    record = {
        **kinesis(['"x"'])["Records"][0]["kinesis"],
        **{key: value for key, value in kinesis(['"x"'])["Records"][0].items() if key != "kinesis"},
    }
    seen: list[Any] = []
    wrapped = audited(action="X", each=True, request=str)(lambda given, _: seen.append(given))
    bench = make_runtime()

    assert {"batchItemFailures": []} == run(wrapped, [record], bench)
    assert {"batchItemFailures": []} == run(wrapped, sqs(['"y"'])["Records"], bench)
    assert ["pipes", "pipes"] == [
        record.document["src"]["via"] for record in bench.records if record.status
    ]


CAMERA = EventSource(
    "acme.camera",
    lambda event, _: Delivery(event=str(event["shot"]), service="acme"),
    markers=("shot",),
    recognise=says("maker", "acme"),
)


class Acme:
    """A plugin that offers a source and a reader."""

    @hookimpl
    def affidavit_event_sources(self) -> list[EventSource]:
        return [CAMERA]

    @hookimpl
    def affidavit_actor_readers(self) -> list[ActorReader]:
        return [ActorReader("acme", ("direct",), lambda _: None)]


class Greedy:
    """A plugin that takes a built-in name."""

    @hookimpl
    def affidavit_event_sources(self) -> list[EventSource]:
        return [CAMERA._replace(via="sqs")]


@pytest.mark.parametrize(
    ("source", "via"),
    [
        ("aws:kafka", "kafka"),
        ("SelfManagedKafka", "kafka"),
        ("aws:SelfManagedKafka", "kafka"),
        ("aws:mq", "mq"),
        ("aws:amq", "mq"),
        ("aws:rmq", "mq"),
        ("aws:docdb", "documentdb"),
        ("aws:other", "direct"),
    ],
)
def test_a_broker_is_known_by_each_name_that_it_has(source: str, via: str) -> None:
    """Whoever runs it, and whichever of them it is."""
    name = via if via != "direct" else "mq"
    assert via == read_request(platform_event(name, eventSource=source)).via


def test_a_plugins_source_is_found_by_its_marker() -> None:
    """And stands in the record under its own name."""
    plugins = Plugins({"acme": Acme()})
    sources = offered_sources(plugins)

    assert "acme.camera" == read_request({"shot": 7, "maker": "acme"}, sources).via
    assert "direct" == read_request({"shot": 7, "maker": "else"}, sources).via
    assert "direct" == read_request({"shot": 7, "maker": "acme"}).via
    assert ["acme"] == [reader.name for reader in offered_readers(plugins)]
    assert BUILT_IN is offered_sources(Plugins({}))


def test_a_source_that_takes_nothing_apart_carries_nothing() -> None:
    """A source of a plugin need not say how its events are opened."""
    assert None is json.loads(CAMERA.open({"shot": 7}, 100))
    assert {} == CAMERA.context({"shot": 7})
    assert ({"shot": 7},) == CAMERA.records({"shot": 7})


def test_a_built_in_source_comes_first() -> None:
    """A plugin cannot take events away from it."""
    sources = EventSources([CAMERA._replace(markers=("awslogs",), recognise=bool)])

    assert "cloudwatch-logs" == read_request(platform_event("cloudwatch-logs"), sources).via


def test_a_plugin_cannot_take_a_built_in_name() -> None:
    """A record could not say which of the two it was."""
    with pytest.raises(PluginError, match="event source that is built in: it is called sqs"):
        offered_sources(Plugins({"greedy": Greedy()}))
