"""The second rung: a queue keeps what the table does not take, until it is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerUnavailableError
from affidavit.plugin import Entry, pack_entry
from affidavit_dynamodb.clients import client, code_of, fix_for


class SqsSpill:
    """Sends entries to one queue, together in one message."""

    name = "sqs"

    def __init__(self, queue: str, region: str = "") -> None:
        self._queue = queue
        self._region = region
        self._pool: ThreadPoolExecutor | None = None

    def keep(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Send `entries`; SQS has stored them on several machines when it answers."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(2, thread_name_prefix="affidavit-sqs")
        future = self._pool.submit(self._send, "\n".join(map(pack_entry, entries)))
        try:
            future.result(max(0.0, timeout_s))
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
        except LateError:
            code = "nothing in time"
        else:
            return
        raise LedgerUnavailableError(
            "the spill queue cannot be used", why=f"it answered {code}", fix=fix_for(code)
        )

    def _send(self, body: str) -> Any:
        return client("sqs", self._region).send_message(QueueUrl=self._queue, MessageBody=body)
