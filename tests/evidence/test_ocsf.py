"""What a SIEM gets: events that keep OCSF's released form, and whose chain can be followed."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.plugin import Entry
from affidavit_ledger.ocsf import OCSF_VERSIONS, as_ocsf
from ocsf_facts import chains, missing


def events_of(entries: list[Entry], version: str) -> list[dict[str, Any]]:
    """Return the events, read back."""
    return [json.loads(line) for line in as_ocsf(entries, version)]


@given(entries=chains(), version=st.sampled_from(OCSF_VERSIONS))
def test_an_event_has_what_its_schema_demands(entries: list[Entry], version: str) -> None:
    """As far as the extract goes; `make ocsf` asks the published schemas."""
    for event in events_of(entries, version):
        assert [] == list(missing("", event))
        assert version == event["metadata"]["version"]


@given(entries=chains(), version=st.sampled_from(OCSF_VERSIONS))
def test_every_record_but_the_genesis_is_an_event(entries: list[Entry], version: str) -> None:
    """Opening records too; the record's own bytes come along."""
    events = events_of(entries, version)
    assert [entry.body.decode() for entry in entries[1:]] == [e["raw_data"] for e in events]


@given(entries=chains(), version=st.sampled_from(OCSF_VERSIONS))
def test_a_chain_can_be_followed_from_event_to_event(entries: list[Entry], version: str) -> None:
    """What an event names as the one before is there, and its fingerprint is of its raw data."""
    events = events_of(entries, version)
    known = {event["metadata"]["uid"]: event for event in events}
    for event in events:
        before = event["unmapped"].get("prev_event")
        if event is events[0]:
            assert before is None
        else:
            raw = known[before["uid"]]["raw_data"]
            assert sha256(raw.encode()).hexdigest() == before["fingerprint"]["value"]
        own = event.get("raw_data_hash") or event["unmapped"]["fingerprint"]
        assert sha256(event["raw_data"].encode()).hexdigest() == own["value"]
        assert ("raw_data_hash" in event) == (version != "1.5.0")


@given(entries=chains(), version=st.sampled_from(OCSF_VERSIONS))
def test_the_cloud_comes_with_its_profile(entries: list[Entry], version: str) -> None:
    """And neither is there outside of AWS."""
    for event in events_of(entries, version):
        region = json.loads(event["raw_data"])["src"]["reg"]
        cloud = {"provider": "AWS", "region": region} if region else None
        assert (cloud, ["cloud"] if region else None) == (
            event.get("cloud"),
            event["metadata"].get("profiles"),
        )


@pytest.mark.parametrize(
    ("changed", "read", "activity"),
    [(True, True, (3, "Update")), (False, True, (2, "Read")), (False, False, (99, "Other"))],
)
@given(data=st.data())
def test_an_event_says_what_was_done(
    changed: bool, read: bool, activity: tuple[int, str], data: Any
) -> None:
    """A change counts before a read."""
    entries = data.draw(chains())
    for event in events_of(entries, OCSF_VERSIONS[-1]):
        said = json.loads(event["raw_data"])
        if (bool(said.get("chg")), bool(said.get("q")) or changed) == (changed, read):
            assert activity == (event["activity_id"], event["activity_name"])
            assert 600300 + activity[0] == event["type_uid"]
