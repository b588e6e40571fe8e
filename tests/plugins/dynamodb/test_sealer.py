"""The sealer's functions: what they report back, and what they count."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from affidavit._records.spill_line import pack_spilled
from affidavit.plugin import Entry, WriterId
from affidavit_dynamodb.items import item_of
from affidavit_dynamodb.sealer import (
    checkpoint_handler,
    doctor_handler,
    replay_handler,
    stream_handler,
)
from cloud import INDEX, Cloud, protect, stream_events
from tsa_stand_in import StandInAuthority, answering

AT = "2026-01-23T12:00:00.000Z"


@pytest.fixture(autouse=True)
def _deployed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AFFIDAVIT_NAMESPACE", "Acme/Audit")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sealer")


def _entry(seq: int) -> Entry:
    body = b'{"exp":8589934592,"ph":"O","prev":"","seq":%d,"v":1,"wid":"%s"}' % (seq, b"w" * 22)
    return Entry(WriterId("w" * 22), seq, body, bytes(16), 2**33, AT)


def _put(cloud: Cloud, seq: int) -> None:
    cloud.aws("dynamodb").put_item(TableName=cloud.table, Item=item_of(_entry(seq)))


def test_what_comes_before_an_unreadable_record_is_archived(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda takes it for done, and goes on from the one that is named."""
    _put(cloud, 0)
    junk = {"pk": {"S": "W#junk"}, "sk": {"N": "0"}, "note": {"S": "hunter2"}}
    cloud.aws("dynamodb").put_item(TableName=cloud.table, Item=junk)
    _put(cloud, 1)
    (event,) = stream_events(cloud)
    bad = event["Records"][1]["dynamodb"]["SequenceNumber"]

    assert {"batchItemFailures": [{"itemIdentifier": bad}]} == stream_handler(event, None)
    assert 1 == checkpoint_handler({}, None)["size"]
    told = capsys.readouterr().out
    first = json.loads(told.splitlines()[0])
    assert (1, 1) == (first["Sealed"], first["StreamFailed"])
    assert "hunter2" not in told


def test_every_line_is_a_metric_line(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    """In the namespace that the deployment names."""
    _put(cloud, 0)
    for event in stream_events(cloud):
        stream_handler(event, None)
    checkpoint_handler({}, None)
    for line in capsys.readouterr().out.splitlines():
        told = json.loads(line)
        (directive,) = told["_aws"]["CloudWatchMetrics"]
        assert "Acme/Audit" == directive["Namespace"]
        assert all(metric["Name"] in told for metric in directive["Metrics"])


def test_a_poison_message_does_not_hold_the_others_back(cloud: Cloud) -> None:
    """It alone is reported, and in the end set aside."""
    event = {
        "Records": [
            {"messageId": "1", "body": pack_spilled(_entry(0))},
            {"messageId": "2", "body": "hunter2"},
            {"messageId": "3", "body": pack_spilled(_entry(1))},
        ]
    }
    assert {"batchItemFailures": [{"itemIdentifier": "2"}]} == replay_handler(event, None)
    assert 2 == cloud.aws("dynamodb").scan(TableName=cloud.table)["Count"]


def test_a_checkpoint_is_signed_even_if_nothing_happened() -> None:
    """A log that falls silent is an alarm."""
    assert 0 == checkpoint_handler({}, None)["size"]
    assert 0 == checkpoint_handler({}, None)["size"]


def test_a_deployed_sealer_asks_for_time_stamps_and_counts_those_it_does_not_get(
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The checkpoint is there either way."""
    known, counted = StandInAuthority(ends=2120), []
    (tmp_path / "tsa.pem").write_bytes(known.pem)
    with answering(lambda query: known.answer(query, time.time_ns() // 10**9)) as url:
        for place in (url, "http://127.0.0.1:9"):
            monkeypatch.setenv("AFFIDAVIT_TSA", f"{place}?certificates={tmp_path / 'tsa.pem'}")
            checkpoint_handler({}, None)
            counted.append(json.loads(capsys.readouterr().out)["Unstamped"])
    listed = cloud.aws("s3").list_objects_v2(Bucket=cloud.bucket, Prefix="log/timestamps/")

    assert [0, 1] == counted
    assert 1 == listed["KeyCount"]


def _ready(cloud: Cloud) -> None:
    """Set the table up as Terraform does, and let the sealer sign once."""
    protect(cloud)
    checkpoint_handler({}, None)


def _drift(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    number = doctor_handler({}, None)["drift"]
    *lines, metrics = map(json.loads, capsys.readouterr().out.splitlines())
    assert number == len(lines) == metrics["Drift"]
    return [line["found"] for line in lines]


def test_nothing_has_drifted_from_what_terraform_made(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """The count is a metric line; an alarm hangs on it."""
    _ready(cloud)
    assert [] == _drift(capsys)


@pytest.mark.parametrize("gone", ["expiry", "policy", "stream", "index", "actors", "sealer"])
def test_what_of_the_table_has_drifted_is_named(
    gone: str, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """One thing at a time."""
    _ready(cloud)
    dynamodb = cloud.aws("dynamodb")
    if gone == "expiry":
        off = {"Enabled": False, "AttributeName": "x"}
        dynamodb.update_time_to_live(TableName=cloud.table, TimeToLiveSpecification=off)
    elif gone == "policy":
        arn = dynamodb.describe_table(TableName=cloud.table)["Table"]["TableArn"]
        dynamodb.delete_resource_policy(ResourceArn=arn)
    elif gone == "stream":
        off = {"StreamEnabled": False}
        dynamodb.update_table(TableName=cloud.table, StreamSpecification=off)
    elif gone in {"index", "actors"}:
        drop = [{"Delete": {"IndexName": "by_subject"}}]
        dynamodb.update_table(TableName=cloud.table, GlobalSecondaryIndexUpdates=drop)
        if gone == "actors":
            bare = INDEX | {"Projection": {"ProjectionType": "KEYS_ONLY"}}
            make = [{"Create": bare}]
            dynamodb.update_table(TableName=cloud.table, GlobalSecondaryIndexUpdates=make)
    else:
        key = "log/work/state.json"
        cloud.aws("s3").put_object(Bucket=cloud.bucket, Key=key, Body=b"{}")
    (found,) = _drift(capsys)
    words = {"expiry": "expire", "policy": "deny", "sealer": "notes"}
    assert words.get(gone, gone) in found
