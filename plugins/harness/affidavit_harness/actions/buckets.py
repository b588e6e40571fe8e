"""`s3.get`, `s3.put` and `s3.delete`. Writes touch keys of the run's own only."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from affidavit.plugin import (
    ActionCall,
    ActionContext,
    ActionParams,
    ActionResult,
    AtomicAction,
    Grant,
    always,
)
from affidavit_harness.actions.own_keys import must_be_ours

LARGEST: Final = 1_048_576
"""Bytes of an object that are read."""


class ObjectName(ActionParams):
    """Which object."""

    bucket: str
    key: str


class ObjectPut(ObjectName):
    """Its content: text as it is, anything else as JSON."""

    body: Any


def get(params: ObjectName, context: ActionContext) -> ActionResult:
    """Return `exists`, and if so `size`, `body` (decoded if it is JSON) and `sha256`."""
    client = context.client("s3")
    try:
        told = client.get_object(Bucket=params.bucket, Key=params.key)
    except client.exceptions.NoSuchKey:
        return {"exists": False}
    with told["Body"] as stream:
        data = stream.read(LARGEST)
    text = data.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return {
        "exists": True,
        "size": told["ContentLength"],
        "body": body,
        "sha256": hashlib.sha256(data).hexdigest(),
        "content_type": told.get("ContentType", ""),
    }


def put(params: ObjectPut, context: ActionContext) -> ActionResult:
    """Write one object under a key of the run's own."""
    must_be_ours(params.key, context)
    text = params.body if isinstance(params.body, str) else json.dumps(params.body)
    told = context.client("s3").put_object(
        Bucket=params.bucket,
        Key=params.key,
        Body=text.encode(),
        Tagging=f"itest-run={context.run.id}",
    )
    return {"etag": told["ETag"].strip('"')}


def undo_put(params: ObjectPut, context: ActionContext) -> ActionCall:
    """Delete the object. Of what may not be written, nothing is kept to be undone."""
    must_be_ours(params.key, context)
    return ActionCall("s3.delete", {"bucket": params.bucket, "key": params.key})


def delete(params: ObjectName, context: ActionContext) -> ActionResult:
    """Delete one object of the run's own. One that is not there is fine."""
    must_be_ours(params.key, context)
    context.client("s3").delete_object(Bucket=params.bucket, Key=params.key)
    return {"deleted": True}


ACTIONS = (
    AtomicAction(
        name="s3.get",
        summary="Read one object",
        params=ObjectName,
        run=get,
        # Who may not list is told 403 and not 404, and could never say that nothing is there.
        grants=(Grant("buckets", ("s3:GetObject",)), Grant("bucket_lists", ("s3:ListBucket",))),
        cacheable=True,
    ),
    AtomicAction(
        name="s3.put",
        summary="Write one object under a key of the run's own",
        params=ObjectPut,
        run=put,
        effects=always("write"),
        undo=undo_put,
        grants=(
            Grant(
                "buckets", ("s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"), own_keys=True
            ),
        ),
    ),
    AtomicAction(
        name="s3.delete",
        summary="Delete one object of the run's own",
        params=ObjectName,
        run=delete,
        effects=always("write"),
        compensates=True,
        grants=(Grant("buckets", ("s3:DeleteObject",), own_keys=True),),
    ),
)
