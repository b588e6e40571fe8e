"""The second rung: a queue keeps what the tables do not take, until it is replayed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerUnavailableError
from affidavit.plugin import Spilled, pack_spilled
from affidavit_dynamodb.clients import client, code_of, fix_for

MESSAGE_BYTES: Final = 256 * 1024
"""What a queue takes in one message, whatever its age."""


class SqsSpill:
    """Sends entries and salts to one queue, together in one message as long as they fit."""

    name = "sqs"

    def __init__(self, queue: str, region: str = "") -> None:
        self._queue = queue
        self._region = region
        self._pool: ThreadPoolExecutor | None = None

    def keep(self, items: Sequence[Spilled], *, timeout_s: float) -> None:
        """Send `items`; SQS has stored them on several machines when it answers."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(2, thread_name_prefix="affidavit-sqs")
        # Several messages: what the first ones brought is replayed all the same, and a
        # batch that is sent again makes the very same items.
        lines = map(pack_spilled, items)
        sent = [self._pool.submit(self._send, body) for body in _messages(lines)]
        deadline = time.monotonic() + timeout_s
        try:
            for future in sent:
                future.result(max(0.0, deadline - time.monotonic()))
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
        except LateError:
            code = "nothing in time"
        else:
            return
        raise LedgerUnavailableError(
            "the spill queue cannot be used", why=f"it answered {code}", fix=fix_for(code)
        )

    def waiting_count(self) -> int:
        """Return about how many messages wait, if this role may see it."""
        wanted = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        try:
            told = client("sqs", self._region).get_queue_attributes(
                QueueUrl=self._queue, AttributeNames=list(wanted)
            )
        except (BotoCoreError, ClientError):
            return 0
        return sum(int(told.get("Attributes", {}).get(name, 0)) for name in wanted)

    def _send(self, body: str) -> Any:
        return client("sqs", self._region).send_message(QueueUrl=self._queue, MessageBody=body)


def _messages(lines: Iterable[str]) -> Iterator[str]:
    """Join lines, which are ASCII, into messages that a queue takes."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        if waiting and size + len(line) + 1 > MESSAGE_BYTES:
            yield "\n".join(waiting)
            waiting, size = [], 0
        waiting.append(line)
        size += len(line) + 1
    yield "\n".join(waiting)
