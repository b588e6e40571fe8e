"""Captures that are too long for the state of an execution, in the harness's bucket.

Step Functions carries 256 KiB from state to state. What is longer lies here
under the run's id, and expires with the reports.
"""

from __future__ import annotations

import json
from typing import Any, Final

PREFIX: Final = "captured/"


class BucketShelf:
    """Keeps values as objects. What it has read once in this process it does not read again."""

    _read: Final[dict[str, Any]] = {}

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def keep(self, run: str, name: str, value: Any) -> str:
        """Keep a value and return its key."""
        key = f"{PREFIX}{run}/{name}.json"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(value).encode())
        return key

    def fetch(self, place: str) -> Any:
        """Return what was kept under a key."""
        if place not in self._read:
            told = self._client.get_object(Bucket=self._bucket, Key=place)
            self._read.clear()  # one run's, and a function may see many
            self._read[place] = json.loads(told["Body"].read())
        return self._read[place]
