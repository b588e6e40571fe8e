"""What a policy's `off_record` would have to list, as the rights of a function say it.

Rights name actions of IAM, a policy names operations of botocore. Most are called alike; those
that are not stand here. What a right gives without naming it (`s3:Get*`) is left to a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from affidavit_service.service_model import Function

OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "lambda.InvokeFunction": ("lambda.Invoke",),
    "s3.DeleteObject": ("s3.DeleteObject", "s3.DeleteObjects"),
    "s3.GetObject": ("s3.GetObject", "s3.HeadObject"),
    "s3.ListAllMyBuckets": ("s3.ListBuckets",),
    "s3.ListBucket": ("s3.ListObjectsV2", "s3.ListObjects", "s3.HeadBucket"),
    "s3.PutObject": (
        *("s3.PutObject", "s3.CreateMultipartUpload", "s3.UploadPart"),
        "s3.CompleteMultipartUpload",
    ),
    "states.StartExecution": ("stepfunctions.StartExecution",),
    "states.StartSyncExecution": ("stepfunctions.StartSyncExecution",),
}
"""Operations that one action allows, where their names differ.

https://docs.aws.amazon.com/service-authorization/latest/reference/"""

SERVICES: Final[Mapping[str, str]] = {"states": "stepfunctions", "execute-api": ""}
"""Prefixes of IAM that botocore's services are not called after; empty: no service of botocore."""

_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_FIRST: Final = {"s3": 0, "dynamodb": 1}
"""Which part of a resource is the one that a request names; otherwise it is the last."""

_UNLIKE: Final = frozenset({"secretsmanager"})
"""Services whose resources end in characters that no request says."""


def operations(functions: Iterable[Function]) -> tuple[list[str], list[str]]:
    """Return the operations that functions' own rights allow, and the actions left to a reader.

    An operation names its resource if the right names one as a request would: a queue, a topic, a
    table, a bucket, a function.
    """
    found: set[str] = set()
    others: set[str] = set()
    for statement in (one for function in functions for one in function.rights.statements):
        places = [_place(resource) for resource in statement.resources]
        for action in statement.actions:
            named = _operations(action)
            found.update(f"{one} {place}".strip() for one in named for place in places)
            if not named:
                others.add(action)
    wide = {one for one in found if " " not in one}
    return sorted(one for one in found if one in wide or one.split()[0] not in wide), sorted(others)


def _operations(action: str) -> tuple[str, ...]:
    prefix, _, name = action.partition(":")
    service = SERVICES.get(prefix, prefix)
    if not service or not name.isalnum():
        return ()
    return OTHER_NAMES.get(f"{prefix}.{name}", (f"{service}.{name}",))


def _place(resource: str) -> str:
    """Return the name of one resource; empty if it is none, or a pattern."""
    service, tail = (resource.split(":", 5)[2:] + [""] * 4)[::3][:2]
    parts = re.split("[/:]", tail)
    at = _FIRST.get(service, -1)
    name = parts[at] if len(parts) > at else ""
    return name if service not in _UNLIKE and _NAME.fullmatch(name) else ""
