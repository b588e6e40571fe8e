"""A bucket as a data source, in moto over HTTP."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from affidavit import (
    RequestTemplate,
    SettingsError,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    UnauditedAccessError,
    audited,
)
from affidavit._policy.words import OffRecord
from affidavit.plugin import Permit
from affidavit.testing import check_source, make_runtime, run
from affidavit_dynamodb.object_source import BucketSource, open_bucket
from cloud import REGION, Cloud, FaultyFront
from off_record_parts import holding

SCAN = RequestTemplate(name="find_scan", line="GET /scans/{patient}/{id}.txt")
BINDS = {"patient": "P1", "id": "A 1+ä"}


@pytest.fixture
def bucket(cloud: Cloud) -> str:
    """A bucket with one scan."""
    name = "scans-" + cloud.table.partition("-")[0]
    client = boto3.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(
        Bucket=name, Key="clinic/scans/P1/A 1+ä.txt", Body=b"first", ContentType="text/plain"
    )
    return name


@pytest.fixture
def source(bucket: str) -> BucketSource:
    """A source over what lies under a prefix."""
    return open_bucket("scans", urlsplit(f"s3://{bucket}/clinic?limit=5"))


def _ask(source: BucketSource, template: RequestTemplate = SCAN, **more: Any) -> Any:
    permit = Permit(more.pop("deadline_s", 10), "r", "f", None, refer=more.pop("refer", list))
    return source.run_request(permit, template, {**BINDS, **more}, max_rows=1000)


class _Body:
    """The column that does not depend on the bucket."""

    def __init__(self, inner: BucketSource) -> None:
        self.name, self._inner = inner.name, inner

    def run_request(self, *args: Any, **named: Any) -> Any:
        return [{"body": row["body"]} for row in self._inner.run_request(*args, **named)]


def test_it_keeps_the_contract_of_sources(source: BucketSource) -> None:
    """The promises that the kernel relies on."""
    check_source(
        _Body(source), query=SCAN, binds=BINDS, rows=[{"body": b"first"}], hostile_bind="id"
    )


def test_a_row_says_what_the_object_is(source: BucketSource) -> None:
    """Its size, its type, and which one it was."""
    (row,) = _ask(source)

    assert (5, "text/plain", None) == (row["size"], row["type"], row["version"])
    assert row["etag"]


def test_a_row_of_a_bucket_with_versions_says_which_one_it_is(
    source: BucketSource, bucket: str
) -> None:
    """So that an auditor can read the same bytes again."""
    client = boto3.client("s3")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put = client.put_object(Bucket=bucket, Key="clinic/scans/P1/A 1+ä.txt", Body=b"again")
    (row,) = _ask(source)
    assert (b"again", put["VersionId"]) == (row["body"], row["version"])


def test_no_object_is_no_row(source: BucketSource) -> None:
    """Looking is what is audited."""
    assert [] == _ask(source, id="B2")


def test_an_object_over_the_limit_is_an_error(cloud: Cloud, bucket: str) -> None:
    """It is not read, and never cut."""
    with pytest.raises(StatementError, match="more than 4"):
        _ask(open_bucket("scans", urlsplit(f"s3://{bucket}/clinic?limit=4")))


def test_a_read_and_the_id_of_s3_stand_in_the_record(
    source: BucketSource, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found or not; nothing of it is off the record."""
    # Not through the proxy: its threads are in this process, and would be the handler's.
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)

    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        scans = context.source("scans")
        return {"rows": [len(scans.fetch_all(SCAN, {**BINDS, "id": one})) for one in event["ids"]]}

    bench = make_runtime(policy=holding(OffRecord.REFUSE), sources=[source])
    run(handler, {"who": "jane", "ids": ["A 1+ä", "B2"]}, bench)
    document = bench.records[-1].document

    assert [1, 0] == [read["r"] for read in document["q"]]
    assert all(len(read["i"]) >= 16 for read in document["q"])
    assert "off" not in document


@pytest.mark.parametrize(
    "template",
    [
        RequestTemplate(name="q", line="PUT /a", write=True),
        RequestTemplate(name="q", line="GET /a?versionId={v}"),
        RequestTemplate(name="q", line="GET /a", headers={"Range": "bytes=0-1"}),
    ],
)
def test_it_takes_get_and_a_key(source: BucketSource, template: RequestTemplate) -> None:
    """Nothing else is sent on quietly as something else."""
    permit = Permit(10, "r", "f", None)
    with pytest.raises(StatementError):
        source.run_request(permit, template, dict.fromkeys(template.binds, "x"), max_rows=1)


def test_what_s3_says_is_not_repeated(cloud: Cloud) -> None:
    """A bucket that is not there; the message of S3 names it."""
    with pytest.raises(SourceUnavailableError, match="NoSuchBucket") as caught:
        _ask(open_bucket("scans", urlsplit("s3://jane-roe-is-not-here")))
    assert "jane" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind"), [(403, SourceForbiddenError), (503, SourceUnavailableError)]
)
def test_a_refusal_has_its_kind(
    source: BucketSource, front: FaultyFront, fault: int, kind: type[SourceError]
) -> None:
    """Rights to mend, or a time to wait."""
    code = {403: "AccessDenied", 503: "SlowDown"}[fault]
    front.fault = lambda _, __: (fault, code)
    with pytest.raises(kind, match=code):
        _ask(source)


def test_a_deadline_is_kept(source: BucketSource, front: FaultyFront) -> None:
    """However long S3 takes."""
    front.fault = lambda _, __: time.sleep(1)
    began = time.monotonic()
    with pytest.raises(SourceTimeoutError):
        _ask(source, deadline_s=0.3)
    assert time.monotonic() - began < 4


def test_it_does_nothing_without_a_permit(source: BucketSource) -> None:
    """As every source."""
    with pytest.raises(UnauditedAccessError):
        source.run_request(object(), SCAN, BINDS, max_rows=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["s3://", "s3://a b", "s3://abc?limit=0", "s3://abc?nope=1"])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    """When it is opened."""
    with pytest.raises(SettingsError):
        open_bucket("scans", urlsplit(url))
