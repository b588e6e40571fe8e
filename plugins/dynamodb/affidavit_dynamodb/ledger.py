"""Open the ledger that a `dynamodb:` URL names."""

from __future__ import annotations

from urllib.parse import SplitResult

from affidavit.plugin import Ledger
from affidavit_dynamodb.clients import client
from affidavit_dynamodb.kms_keys import KmsKeys
from affidavit_dynamodb.location import COLD_TIMEOUT_MS, locate_ledger
from affidavit_dynamodb.reader import DynamoDbReader
from affidavit_dynamodb.spill import SqsSpill
from affidavit_dynamodb.store import DynamoDbStore
from affidavit_dynamodb.subjects import DynamoDbSubjects


def open_ledger(url: SplitResult) -> Ledger:
    """Put store, keys, reader and spill together. Nothing connects yet.

    Raises:
        SettingsError: The URL cannot be used.

    """
    place = locate_ledger(url)
    return Ledger(
        store=DynamoDbStore(place.table, place.region),
        keys=KmsKeys(place.keys, place.tokens, place.bound, place.region, place.earlier),
        reader=DynamoDbReader(place.table, place.region),
        spill=SqsSpill(place.spill, place.region) if place.spill else None,
        subjects=DynamoDbSubjects(place.subjects, place.region) if place.subjects else None,
        whoami=lambda: str(client("sts", place.region).get_caller_identity()["Arn"]),
        timeout_s=place.timeout_ms / 1000,
        cold_timeout_s=max(COLD_TIMEOUT_MS, place.timeout_ms) / 1000,
    )
