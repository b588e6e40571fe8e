"""Salts of subjects in a table of their own, without stream, backup or archive."""

from __future__ import annotations

import time
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerUnavailableError
from affidavit.plugin import Token
from affidavit_dynamodb.clients import client, code_of, fix_for
from affidavit_dynamodb.timed_calls import TimedCalls

_PREFIX = "K#"
_THREADS: Final = 2


class DynamoDbSubjects:
    """Keeps salts in one table. A handler's role may read and add; only an eraser deletes."""

    def __init__(self, table: str, region: str = "") -> None:
        self._table = table
        self._region = region
        self._calls = TimedCalls("affidavit-salts", threads=_THREADS, pause_s=0)

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        """Return a salt; of two functions that keep one at once, the first one's counts."""
        deadline = time.monotonic() + timeout_s
        try:
            return self._calls.once(deadline, lambda: self._keep(place, salt))
        except TimeoutError:
            code = "nothing in time"
        raise _unavailable(code)

    def read(self, place: Token) -> str | None:
        """Return a salt, or None."""
        item = self._call("get_item", Key=_key(place), ConsistentRead=True).get("Item")
        return None if item is None else str(item["salt"]["S"])

    def destroy(self, place: Token) -> bool:
        """Destroy a salt."""
        answer = self._call("delete_item", Key=_key(place), ReturnValues="ALL_OLD")
        return bool(answer.get("Attributes"))

    def _keep(self, place: Token, salt: str) -> str:
        found = self.read(place)  # a fifth of the price of a write, and mostly it is there
        if found is not None:
            return found
        try:
            client("dynamodb", self._region).put_item(
                TableName=self._table,
                Item={**_key(place), "salt": {"S": salt}},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (BotoCoreError, ClientError) as error:
            item = getattr(error, "response", {}).get("Item")
            if item is None:
                raise _unavailable(code_of(error)) from None
            return str(item["salt"]["S"])
        return salt

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            dynamodb = client("dynamodb", self._region)
            return getattr(dynamodb, operation)(TableName=self._table, **arguments)
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
        raise _unavailable(code)


def _key(place: Token) -> dict[str, Any]:
    return {"pk": {"S": _PREFIX + place}}


def _unavailable(code: str) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        "the salts of subjects cannot be had", why=f"DynamoDB answered {code}", fix=fix_for(code)
    )
