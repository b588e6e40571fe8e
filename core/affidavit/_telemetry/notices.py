"""Mail and events about what was done: queued by a handler, sent after the answer is decided.

A notice is a courtesy, the record is the evidence. So a notice is sent last, in
bounded time, and only for what was answered and is on record; its failure is
counted and logged and changes nothing. What it says has been through the
redactor: it leaves the account in clear text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, unique
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from urllib.parse import SplitResult

if TYPE_CHECKING:
    from affidavit._redact import Clean

MAX_NOTICES: Final = 20
"""How many notices one invocation may queue; more are counted as failed."""

NOTICE_S: Final = 2.0
"""How long all notices of one invocation may take. The caller is waiting."""


@unique
class Medium(Enum):
    """How a notice travels.

    >>> [medium.value for medium in Medium]
    ['mail', 'event']
    """

    MAIL = "mail"
    EVENT = "event"


class PendingNotice(NamedTuple):
    """A notice as the handler asked for it. `values` are raw."""

    medium: Medium
    name: str
    to: tuple[str, ...]
    values: Mapping[str, Any]


class Notice(NamedTuple):
    """A notice that may be sent.

    `name` is the mail's template or the event's type. `to` names audiences that
    the deployment knows, or addresses. `values` is an object.

    >>> Notice._fields[:3]
    ('medium', 'name', 'to')
    """

    medium: Medium
    name: str
    to: tuple[str, ...]
    values: "Clean"  # noqa: UP037 - compiled, a name that is not quoted must be there
    request_id: str
    action: str


class Notifier(Protocol):
    """Somebody who sends notices.

    >>> sorted(n for n in vars(Notifier) if not n.startswith("_"))
    ['send']
    """

    def send(self, notice: Notice, *, timeout_s: float) -> None:
        """Send one notice, within about `timeout_s`; raise if it did not work.

        Of what is raised only the type is repeated.
        """
        ...


class NotifierFactory(NamedTuple):
    """A plugin's offer of notifiers whose URL has this `scheme`. `open` connects lazily.

    >>> NotifierFactory("pigeon", open=lambda url: None).scheme
    'pigeon'
    """

    scheme: str
    open: Callable[[SplitResult], Notifier]


class FailedNotice(NamedTuple):
    """A notice that was not sent: which one, and the type of what was raised."""

    medium: Medium
    name: str
    why: str


class Dispatcher:
    """Sends the notices of one process, one invocation after another, in bounded time."""

    def __init__(self, notifier: Notifier | None, limit_s: float = NOTICE_S) -> None:
        self.limit_s = limit_s
        self._notifier = notifier
        self._stuck: threading.Thread | None = None

    def send(
        self, notices: Sequence[Notice], *, timeout_s: float
    ) -> tuple[int, list[FailedNotice]]:
        """Return how many were sent, and those that were not. Never raises.

        Sending runs in a thread, because a name that does not resolve obeys no
        timeout of a client. A thread that is stuck is left alone; while it is,
        nothing else is tried.
        """
        if self._notifier is None:
            return 0, _all_failed(notices, "NotConfigured")
        if self._stuck is not None and self._stuck.is_alive():
            return 0, _all_failed(notices, "StillBusy")
        told: list[str] = []
        work = threading.Thread(
            target=_send_all, args=(self._notifier, notices, timeout_s, told), daemon=True
        )
        self._stuck = work
        work.start()
        work.join(timeout_s)
        # What it tells from now on is too late.
        outcomes = [*told, *["TimedOut"] * len(notices)][: len(notices)]
        pairs = list(zip(notices, outcomes, strict=True))
        failed = [FailedNotice(notice.medium, notice.name, why) for notice, why in pairs if why]
        return len(notices) - len(failed), failed


def _send_all(
    notifier: Notifier, notices: Sequence[Notice], timeout_s: float, told: list[str]
) -> None:
    """Send one after another; append an empty text or the type of an exception for each."""
    for notice in notices:
        try:
            notifier.send(notice, timeout_s=timeout_s)
        except BaseException as error:  # noqa: BLE001 - a notifier is a plugin's code
            told.append(type(error).__name__)
        else:
            told.append("")


def _all_failed(notices: Sequence[Notice], why: str) -> list[FailedNotice]:
    return [FailedNotice(notice.medium, notice.name, why) for notice in notices]
