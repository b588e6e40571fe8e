"""Which rights a call of S3 needs: S3 says with method, path and headers what it does.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from affidavit_localcloud.rights.aws_requests import ApiCall
from affidavit_localcloud.rights.needs import Need, key_needs
from affidavit_localcloud.rights.resources import Region

OF_OBJECTS: Final = {
    "acl": "ObjectAcl",
    "legal-hold": "ObjectLegalHold",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
}
OF_BUCKETS: Final = {
    "acl": "BucketAcl",
    "accelerate": "AccelerateConfiguration",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
DELETES_OF_THEIR_OWN: Final = frozenset({"policy", "website", "publicAccessBlock"})
KEYS: Final = re.compile(rb"<Key>([^<]*)</Key>")
LOCKED_UNTIL: Final = "x-amz-object-lock-retain-until-date"


def of_s3(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield what a call of buckets or objects needs."""
    bucket, _, key = call.path.lstrip("/").partition("/")
    if not bucket:
        yield Need("s3:ListAllMyBuckets", "*")
    elif not key:
        yield from _of_bucket(call, bucket)
    elif call.method in {"GET", "HEAD"}:
        yield from _reading(call, place, bucket, key)
    elif call.method == "DELETE":
        yield from _removing(call, bucket, key)
    else:
        yield from _writing(call, place, bucket, key)


def object_arn(bucket: str, key: str) -> str:
    """Return an object's ARN."""
    return f"arn:aws:s3:::{bucket}/{key}"


def _of_bucket(call: ApiCall, bucket: str) -> Iterator[Need]:
    arn = f"arn:aws:s3:::{bucket}"
    named = next((name for name in OF_BUCKETS if name in call.query), None)
    if named is not None:
        deletes = call.method == "DELETE" and named in DELETES_OF_THEIR_OWN
        verb = "Delete" if deletes else "Get" if call.method in {"GET", "HEAD"} else "Put"
        yield Need(f"s3:{verb}{OF_BUCKETS[named]}", arn)
    elif "delete" in call.query:
        for name in KEYS.findall(call.parameters.get("body", b"")):
            yield Need("s3:DeleteObject", object_arn(bucket, name.decode("utf-8", "replace")))
    elif call.method in {"GET", "HEAD"}:
        kind = "ListBucketVersions" if "versions" in call.query else "ListBucket"
        kind = "ListBucketMultipartUploads" if "uploads" in call.query else kind
        told = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
        context = {name: (call.query[q],) for name, q in told.items() if call.query.get(q)}
        yield Need(f"s3:{kind}", arn, context)
    else:
        yield Need("s3:DeleteBucket" if call.method == "DELETE" else "s3:CreateBucket", arn)


def _reading(call: ApiCall, place: Region, bucket: str, key: str) -> Iterator[Need]:
    arn = object_arn(bucket, key)
    version = "Version" if call.query.get("versionId") else ""
    named = next((name for name in OF_OBJECTS if name in call.query), None)
    if named in {"acl", "tagging"}:
        kind = OF_OBJECTS[named].removeprefix("Object")
        yield Need(f"s3:GetObject{version}{kind}", arn)
    elif named is not None:
        yield Need(f"s3:Get{OF_OBJECTS[named]}", arn)
    elif "uploadId" in call.query:
        yield Need("s3:ListMultipartUploadParts", arn)
    else:
        yield Need(f"s3:GetObject{version}", arn)
        yield from key_needs(place, place.object_key(bucket, key), "s3", "Decrypt")


def _removing(call: ApiCall, bucket: str, key: str) -> Iterator[Need]:
    arn = object_arn(bucket, key)
    version = "Version" if call.query.get("versionId") else ""
    if "tagging" in call.query:
        yield Need(f"s3:DeleteObject{version}Tagging", arn)
    elif "uploadId" in call.query:
        yield Need("s3:AbortMultipartUpload", arn)
    else:
        yield Need(f"s3:DeleteObject{version}", arn)
    if call.headers.get("x-amz-bypass-governance-retention") == "true":
        yield Need("s3:BypassGovernanceRetention", arn)


def _writing(call: ApiCall, place: Region, bucket: str, key: str) -> Iterator[Need]:
    arn = object_arn(bucket, key)
    context = _of_write(call)
    named = next((name for name in OF_OBJECTS if name in call.query), None)
    if named is not None:
        yield Need(f"s3:Put{OF_OBJECTS[named]}", arn, context)
        return
    yield Need("s3:PutObject", arn, context)
    for header, kind in (
        (LOCKED_UNTIL, "Retention"),
        ("x-amz-object-lock-legal-hold", "LegalHold"),
        ("x-amz-tagging", "Tagging"),
        ("x-amz-acl", "Acl"),
    ):
        if header in call.headers:
            yield Need(f"s3:PutObject{kind}", arn, context)
    source = unquote(call.headers.get("x-amz-copy-source", "")).lstrip("/").partition("?")
    if source[0]:
        old, _, name = source[0].partition("/")
        kind = "GetObjectVersion" if source[2] else "GetObject"
        yield Need(f"s3:{kind}", object_arn(old, name))
        yield from key_needs(place, place.object_key(old, name), "s3", "Decrypt")
    wanted = call.headers.get("x-amz-server-side-encryption-aws-kms-key-id", "")
    own = place.key_arn(wanted) if wanted else place.bucket_key(bucket)
    parts = ("Decrypt",) if {"uploads", "uploadId"} & call.query.keys() else ()
    yield from key_needs(place, own, "s3", "GenerateDataKey", *parts)


def _of_write(call: ApiCall) -> dict[str, Any]:
    told = {
        "s3:if-none-match": "if-none-match",
        "s3:if-match": "if-match",
        "s3:x-amz-acl": "x-amz-acl",
        "s3:object-lock-mode": "x-amz-object-lock-mode",
        "s3:object-lock-retain-until-date": LOCKED_UNTIL,
        "s3:x-amz-server-side-encryption": "x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": (
            "x-amz-server-side-encryption-aws-kms-key-id"
        ),
    }
    context = {
        name: (call.headers[header],) for name, header in told.items() if header in call.headers
    }
    if LOCKED_UNTIL in call.headers:
        context["s3:object-lock-remaining-retention-days"] = (_days(call.headers[LOCKED_UNTIL]),)
    return context


def _days(until: str) -> str:
    """Return how many days from now a moment is, rounded down; 0 if it is no moment."""
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        return "0"
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return str(max(0, (moment - datetime.fromtimestamp(time.time(), UTC)).days))
