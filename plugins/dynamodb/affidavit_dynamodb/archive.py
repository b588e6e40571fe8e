"""An archive in S3 with Object Lock in compliance mode: nobody removes an object early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import SplitResult

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerConflictError, LedgerMissingError, LedgerUnavailableError
from affidavit_dynamodb.clients import Failure, code_of, fix_for, patient
from affidavit_dynamodb.location import locate_archive

WORK: Final = "work/"
"""Where the sealer keeps its notes. They are not locked, and nothing there is evidence."""

_EXISTS: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
_BINARY: Final = "binary/octet-stream"
_NEVER: Final = datetime.fromtimestamp(0, UTC)
_LOCKED: Final = frozenset({"AccessDenied", "ObjectLocked"})
_ABSENT: Final = frozenset({"NoSuchKey", "404"})


class S3Archive:
    """Objects below one prefix of one bucket."""

    def __init__(self, bucket: str, prefix: str, region: str = "") -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._region = region
        self._made: Any = None

    def __reduce__(self) -> tuple[type[S3Archive], tuple[str, str, str]]:
        """Travel to a worker process without the client."""
        return S3Archive, (self._bucket, self._prefix, self._region)

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        """Write an object that does not exist yet, locked until `retain_until`."""
        try:
            self._s3().put_object(
                Bucket=self._bucket,
                Key=self._prefix + key,
                Body=data,
                # Terraform reads what says that it is JSON.
                ContentType="application/json" if key.endswith(".json") else _BINARY,
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=datetime.fromtimestamp(retain_until, UTC),
            )
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return
        if code_of(failure) not in _EXISTS:
            raise _unavailable(failure)
        if self.get(key) != data:
            raise LedgerConflictError(
                f"{key} is kept already with other bytes",
                why="what is archived is never changed",
                fix="Find out who else seals into this archive",
            )

    def get(self, key: str) -> bytes:
        """Read an object."""
        try:
            answer = self._s3().get_object(Bucket=self._bucket, Key=self._prefix + key)
            data: bytes = answer["Body"].read()
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return data
        if code_of(failure) in _ABSENT:
            raise LedgerMissingError(
                f"{key} is not in the archive",
                why="S3 has no object of that name",
                fix="Restore it from a copy of the archive",
            )
        raise _unavailable(failure)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """List objects; S3 lists them in alphabetical order."""
        start = {"StartAfter": self._prefix + after} if after else {}
        while True:
            try:
                answer = self._s3().list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix + prefix, **start
                )
            except (BotoCoreError, ClientError) as error:
                failure: Failure = error
                break
            for found in answer.get("Contents", []):
                yield str(found["Key"]).removeprefix(self._prefix)
            if not answer.get("IsTruncated"):
                return
            start = {"ContinuationToken": answer["NextContinuationToken"]}
        raise _unavailable(failure)

    def remove(self, key: str) -> bool:
        """Remove every version of an object; False if S3 keeps one locked still."""
        name = self._prefix + key
        try:
            found = self._s3().list_object_versions(Bucket=self._bucket, Prefix=name)
            for version in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
                if version["Key"] == name:
                    self._s3().delete_object(
                        Bucket=self._bucket, Key=name, VersionId=version["VersionId"]
                    )
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return True
        if code_of(failure) in _LOCKED:
            return False
        raise _unavailable(failure)

    def extend(self, key: str, retain_until: int) -> bool:
        """Lock an object until then; False if it is locked that long already."""
        name, until = self._prefix + key, datetime.fromtimestamp(retain_until, UTC)
        try:
            held = self._s3().head_object(Bucket=self._bucket, Key=name)
            if held.get("ObjectLockRetainUntilDate", _NEVER) >= until:
                return False
            self._s3().put_object_retention(
                Bucket=self._bucket,
                Key=name,
                Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
            )
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return True
        raise _unavailable(failure)

    def read(self, key: str) -> bytes | None:
        """Return a note of the sealer's."""
        try:
            answer = self._s3().get_object(Bucket=self._bucket, Key=self._prefix + WORK + key)
            data: bytes = answer["Body"].read()
        except (BotoCoreError, ClientError) as error:
            if code_of(error) in _ABSENT:
                return None
            failure: Failure = error
        else:
            return data
        raise _unavailable(failure)

    def write(self, key: str, data: bytes) -> None:
        """Replace a note."""
        self._note("put_object", key, Body=data, ChecksumAlgorithm="SHA256")

    def delete(self, key: str) -> None:
        """Forget a note."""
        self._note("delete_object", key)

    def names(self, prefix: str) -> Iterator[str]:
        """List notes."""
        for key in self.keys(WORK + prefix):
            yield key.removeprefix(WORK)

    def _note(self, operation: str, key: str, **arguments: Any) -> None:
        try:
            getattr(self._s3(), operation)(
                Bucket=self._bucket, Key=self._prefix + WORK + key, **arguments
            )
        except (BotoCoreError, ClientError) as error:
            failure: Failure = error
        else:
            return
        raise _unavailable(failure)

    def _s3(self) -> Any:
        if self._made is None:
            self._made = patient("s3", self._region)
        return self._made


def open_archive(url: SplitResult) -> tuple[S3Archive, S3Archive]:
    """Open the archive that an `s3:` URL names.

    Raises:
        SettingsError: The URL names no bucket.

    """
    archive = S3Archive(*locate_archive(url))
    return archive, archive


def _unavailable(failure: Failure) -> LedgerUnavailableError:
    code = code_of(failure)
    return LedgerUnavailableError(
        "the archive in S3 cannot be used", why=f"it answered {code}", fix=fix_for(code)
    )
