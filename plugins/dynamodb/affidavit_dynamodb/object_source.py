"""A bucket as a data source: one object by its key, whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from affidavit import (
    RequestTemplate,
    Row,
    Scalar,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)
from affidavit.plugin import Permit, check_permit
from affidavit_dynamodb.clients import Failure, client, code_of, fix_for
from affidavit_dynamodb.location import BucketLocation, locate_bucket
from affidavit_dynamodb.timed_calls import TimedCalls

_MISSING: Final = frozenset({"NoSuchKey", "404"})
_KINDS: Final[Mapping[str, type[SourceError]]] = {
    "AccessDenied": SourceForbiddenError,
    "ConnectTimeoutError": SourceTimeoutError,
    "InvalidAccessKeyId": SourceForbiddenError,
    "InvalidObjectState": StatementError,
    "KeyTooLongError": StatementError,
    "ReadTimeoutError": SourceTimeoutError,
    "SignatureDoesNotMatch": SourceForbiddenError,
}


class _Found(NamedTuple):
    answer: Mapping[str, Any]
    body: bytes | None


class BucketSource:
    """One bucket, or what lies under a prefix of it. It is read only."""

    def __init__(self, name: str, location: BucketLocation) -> None:
        self.name = name
        self._location = location
        self._calls = TimedCalls("affidavit-objects", threads=4, pause_s=0.05)

    def run_request(
        self,
        permit: Permit,
        template: RequestTemplate,
        binds: Mapping[str, Scalar],
        *,
        max_rows: int,
    ) -> Sequence[Row]:
        """Fetch an object; see `affidavit.plugin.RequestSource`.

        A row has `body`, `size`, `type`, `etag` and `version`. No object is no row.
        """
        check_permit(permit)
        template.check_binds(binds)
        if template.write or template.headers or "?" in template.line:
            raise _refused(template, "it is more than GET and a key, and this source only reads")
        key = self._location.prefix + template.key(binds)
        deadline = time.monotonic() + permit.deadline_s
        try:
            found = self._calls.patiently(deadline, lambda: self._fetch(key))
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        except TimeoutError:
            raise SourceTimeoutError(
                f"request {template.name} failed",
                why="the time of this invocation is used up",
                fix="Ask for a smaller object, or allow the function more time",
            ) from None
        else:
            permit.refer(_reference(found.answer))
            return self._rows(template, found, max_rows)
        permit.refer(_reference(getattr(failure, "response", {})))
        code = code_of(failure)
        if code in _MISSING:
            return []
        raise _KINDS.get(code, SourceUnavailableError)(
            f"request {template.name} failed", why=f"S3 answered {code}", fix=fix_for(code)
        )

    def _fetch(self, key: str) -> _Found:
        place = self._location
        answer = client("s3", place.region).get_object(Bucket=place.bucket, Key=key)
        body = answer["Body"]
        try:
            if answer["ContentLength"] > place.limit:
                return _Found(answer, None)
            return _Found(answer, body.read())
        except (HTTPException, OSError) as error:
            raise HTTPClientError(error=type(error).__name__) from None
        finally:
            body.close()

    def _rows(self, template: RequestTemplate, found: _Found, max_rows: int) -> list[Row]:
        if found.body is None:
            raise _refused(template, f"the object holds more than {self._location.limit} bytes")
        if max_rows < 1:
            raise _refused(template, f"it finds more than {max_rows} rows")
        answer = found.answer
        told: dict[str, Any] = {"body": found.body, "size": len(found.body)}
        told |= {"type": answer.get("ContentType"), "etag": answer.get("ETag")}
        return [told | {"version": answer.get("VersionId")}]


def open_bucket(name: str, url: SplitResult) -> BucketSource:
    """Open the bucket that `s3://bucket/prefix?region=…` names; the first request connects.

    Raises:
        SettingsError: The URL names no bucket, or has an unknown parameter.

    """
    return BucketSource(name, locate_bucket(url))


def _reference(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))


def _refused(template: RequestTemplate, why: str) -> StatementError:
    return StatementError(
        f"request {template.name} cannot be sent", why=why, fix="See docs/named-requests.md"
    )
