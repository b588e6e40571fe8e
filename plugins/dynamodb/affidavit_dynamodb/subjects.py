"""Salts of subjects in a table of their own, without stream, backup or archive."""

from __future__ import annotations

import secrets
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerUnavailableError
from affidavit.plugin import Token
from affidavit_dynamodb.clients import client, code_of, fix_for

_PREFIX = "K#"


class DynamoDbSubjects:
    """Keeps salts in one table. A handler's role may read and add; only an eraser deletes."""

    def __init__(self, table: str, region: str = "") -> None:
        self._table = table
        self._region = region

    def read_or_make(self, lookup: Token) -> str:
        """Return a salt; of two functions that make one at once, the first one's counts."""
        found = self.read(lookup)
        if found is not None:
            return found
        salt = secrets.token_hex(16)
        try:
            client("dynamodb", self._region).put_item(
                TableName=self._table,
                Item={**_key(lookup), "salt": {"S": salt}},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (BotoCoreError, ClientError) as error:
            item = getattr(error, "response", {}).get("Item")
            if item is None:
                raise _unavailable(error) from None
            return str(item["salt"]["S"])
        return salt

    def read(self, lookup: Token) -> str | None:
        """Return a salt, or None."""
        item = self._call("get_item", Key=_key(lookup), ConsistentRead=True).get("Item")
        return None if item is None else str(item["salt"]["S"])

    def destroy(self, lookup: Token) -> bool:
        """Destroy a salt."""
        answer = self._call("delete_item", Key=_key(lookup), ReturnValues="ALL_OLD")
        return bool(answer.get("Attributes"))

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            dynamodb = client("dynamodb", self._region)
            return getattr(dynamodb, operation)(TableName=self._table, **arguments)
        except (BotoCoreError, ClientError) as error:
            failure = error
        raise _unavailable(failure)


def _key(lookup: Token) -> dict[str, Any]:
    return {"pk": {"S": _PREFIX + lookup}}


def _unavailable(error: BotoCoreError | ClientError) -> LedgerUnavailableError:
    code = code_of(error)
    return LedgerUnavailableError(
        "the salts of subjects cannot be had", why=f"DynamoDB answered {code}", fix=fix_for(code)
    )
