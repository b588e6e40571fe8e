"""The archive on S3: written once, locked, and shared with nobody's notes."""

from __future__ import annotations

import pickle
import time
from urllib.parse import urlsplit

import pytest

from affidavit import LedgerConflictError, LedgerUnavailableError
from affidavit_dynamodb.archive import S3Archive, open_archive
from cloud import Cloud, FaultyFront

LATER = int(time.time()) + 86_400


@pytest.fixture
def archive(cloud: Cloud) -> S3Archive:
    """An empty one."""
    return open_archive(urlsplit(f"s3://{cloud.bucket}/log"))[0]


def test_an_object_is_written_once_and_locked(archive: S3Archive, cloud: Cloud) -> None:
    """In compliance mode, so that not even the account's root can remove it."""
    archive.put("a/1", b"one", retain_until=LATER)
    archive.put("a/1", b"one", retain_until=LATER)
    with pytest.raises(LedgerConflictError):
        archive.put("a/1", b"two", retain_until=LATER)
    assert b"one" == archive.get("a/1")
    told = cloud.aws("s3").head_object(Bucket=cloud.bucket, Key="log/a/1")
    assert "COMPLIANCE" == told["ObjectLockMode"]
    assert LATER == int(told["ObjectLockRetainUntilDate"].timestamp())


def test_an_object_in_json_says_that_it_is(archive: S3Archive, cloud: Cloud) -> None:
    """Terraform reads no other ones, and holds a manifest of a release against its function."""
    for key, kind in (("price.manifest.json", "application/json"), ("a", "binary/octet-stream")):
        archive.put(key, b"{}", retain_until=LATER)
        told = cloud.aws("s3").head_object(Bucket=cloud.bucket, Key=f"log/{key}")
        assert kind == told["ContentType"]


def test_objects_are_listed_in_order_below_a_prefix(archive: S3Archive) -> None:
    """Notes do not count."""
    for key in ("b/2", "a/1", "b/1"):
        archive.put(key, b"", retain_until=LATER)
    archive.write("state", b"1")
    assert ["b/1", "b/2"] == list(archive.keys("b/"))
    assert ["state"] == list(archive.names(""))


def test_notes_come_and_go(archive: S3Archive) -> None:
    """They are a sealer's own, and no evidence."""
    assert archive.read("state") is None
    archive.write("state", b"1")
    archive.write("state", b"2")
    assert b"2" == archive.read("state")
    archive.delete("state")
    assert archive.read("state") is None


def test_what_is_not_there_is_an_error(archive: S3Archive) -> None:
    """And not empty."""
    with pytest.raises(LedgerUnavailableError, match="is not in the archive"):
        archive.get("missing")


def test_a_service_that_is_down_is_said(archive: S3Archive, front: FaultyFront) -> None:
    """For each operation, after a few attempts."""
    front.fault = lambda _, __: (400, "AccessDenied")
    acts = [
        lambda: archive.put("a", b"", retain_until=LATER),
        lambda: archive.get("a"),
        lambda: list(archive.keys("")),
        lambda: archive.write("a", b""),
        lambda: archive.read("a"),
        lambda: archive.delete("a"),
    ]
    for act in acts:
        with pytest.raises(LedgerUnavailableError):
            act()


def test_it_travels_to_a_worker_process(archive: S3Archive) -> None:
    """Without its connections: a verifier uses all cores."""
    archive.put("a", b"1", retain_until=LATER)
    assert b"1" == pickle.loads(pickle.dumps(archive)).get("a")  # noqa: S301 - our own object


def test_what_is_locked_stays_and_what_is_not_goes_with_all_its_versions(
    archive: S3Archive, cloud: Cloud
) -> None:
    """A removal for good: not a marker over what is still there."""
    s3 = cloud.aws("s3")
    archive.put("a/locked", b"1", retain_until=LATER)
    for body in (b"1", b"2"):
        s3.put_object(Bucket=cloud.bucket, Key="log/a/free", Body=body)
    s3.put_object(Bucket=cloud.bucket, Key="log/a/freer", Body=b"3")
    assert (False, True, True) == tuple(map(archive.remove, ("a/locked", "a/free", "a/none")))
    left = s3.list_object_versions(Bucket=cloud.bucket, Prefix="log/a/")
    assert ["log/a/freer", "log/a/locked"] == [one["Key"] for one in left["Versions"]]
    assert [] == left.get("DeleteMarkers", [])


def test_a_lock_becomes_longer_and_never_shorter(archive: S3Archive, cloud: Cloud) -> None:
    """For a policy that demands more than it did."""
    archive.put("a/1", b"1", retain_until=LATER)
    assert (False, True, False) == tuple(
        archive.extend("a/1", LATER + more) for more in (-3600, 86_400, 3600)
    )
    told = cloud.aws("s3").head_object(Bucket=cloud.bucket, Key="log/a/1")
    assert LATER + 86_400 == int(told["ObjectLockRetainUntilDate"].timestamp())


def test_a_listing_begins_behind_a_name(archive: S3Archive) -> None:
    """Not from the first of millions."""
    for key in ("b/1", "b/2", "b/3", "c/1"):
        archive.put(key, b"", retain_until=LATER)
    assert ["b/2", "b/3"] == list(archive.keys("b/", "b/1"))
