"""What services wrote of a run: lines of log groups that name it, or its trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from affidavit import SettingsError
from affidavit_harness.engine.call import error_name
from affidavit_harness.engine.clients import Clients
from affidavit_harness.protocol import KnownRun
from affidavit_harness.run_ids import trace_root

LATE_MS: Final = 120_000
"""So long after its deadline a run's clean-up may still write."""


class ServiceLine(NamedTuple):
    """One line of a log group."""

    at_ms: int
    group: str
    text: str


def service_lines(about: KnownRun) -> Iterator[ServiceLine]:
    """Yield them, group by group. What they may hold is the business of whoever wrote them.

    Raises:
        SettingsError: No group is known, or one may not be read.

    """
    if not about.logs:
        raise SettingsError(
            "nobody says which logs there are",
            why="the run was played here, or harness.yaml has no logs: for its environment",
            fix="Add them; Terraform's output says them",
        )
    # Filtering is no word that the wall of read-only clients takes for reading.
    client = Clients(read_only=False)("logs")
    seen: set[str] = set()
    for group in about.logs:
        for word in (about.run, trace_root(about.run)):
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=group,
                filterPattern=f'"{word}"',
                startTime=about.started_ms,
                endTime=about.deadline_ms + LATE_MS,
            )
            try:
                found = [one for page in pages for one in page["events"]]
            except Exception as error:  # noqa: BLE001 - boto3's
                raise _unread(group, error_name(error)) from None
            for one in found:
                if one["eventId"] not in seen:
                    seen.add(one["eventId"])
                    yield ServiceLine(one["timestamp"], group, str(one["message"]).rstrip())


def _unread(group: str, raised: str) -> SettingsError:
    return SettingsError(
        f"{group} cannot be read", why=f"it raised {raised}", fix="Check the group and your rights"
    )
